//! What follows the log by itself, a few milliseconds behind: the read models from which lists and sums are read, and the
//! fulfilment process.

pub(crate) mod catalogue;
pub(crate) mod orders;
pub(crate) mod revenue;

use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    CommitId, EventStore, Position, ProjectionRunner, Projections, ReadModels, Receipt, Timestamp,
    View, Waited,
};

use self::catalogue::Catalogue;
use self::orders::Orders;
use self::revenue::Revenue;
use crate::clerks::Clerks;
use crate::domain::fulfilment::Fulfilment;
use crate::error::{Error, StartError};

/// The read models of one store, and what keeps them up to date.
#[derive(Clone)]
pub(crate) struct ReadSide {
    models: ReadModels,
    projections: Projections<ReadModels>,
}

impl ReadSide {
    pub(crate) fn start(
        store: Arc<dyn EventStore>,
        models: ReadModels,
        fulfilment: Fulfilment,
        clerks: Clerks,
    ) -> Result<Self, StartError> {
        let projections = ProjectionRunner::new(store, models.clone())
            .add(Orders)
            .add(Catalogue)
            .add(Revenue)
            .add_process(fulfilment, clerks)
            .start()?;
        Ok(Self {
            models,
            projections,
        })
    }

    /// The rows of a projection.
    pub(crate) fn view(&self, projection: &str) -> Result<View, Error> {
        Ok(self.models.view(projection)?)
    }

    /// For whoever looks after them.
    pub(crate) fn projections(&self) -> &Projections<ReadModels> {
        &self.projections
    }

    /// Waits until a projection shows the event at `position`, but not for ever.
    pub(crate) async fn wait(
        &self,
        projection: &str,
        position: Position,
        patience: Duration,
    ) -> Result<(), Error> {
        // A client has only the position; the rest of a receipt is not looked at.
        let receipt = Receipt {
            commit_id: CommitId::from_key(""),
            first: position,
            last: position,
            recorded_at: Timestamp::from_micros(0),
        };
        let waited = self.projections.wait_for(projection, &receipt, patience);
        match waited.await? {
            Waited::Parked => Err(Error::Parked {
                projection: projection.into(),
                position,
            }),
            _ => Ok(()),
        }
    }

    /// Lets every projection come to the end of what it is doing.
    pub(crate) async fn shutdown(&self) {
        self.projections.shutdown().await;
    }
}
