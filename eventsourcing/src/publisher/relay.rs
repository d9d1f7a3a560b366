//! [`Relay`]: a bus as a handler of the projections' driver.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::bus::{Bus, PublishError};
use crate::envelope::RecordedEvent;
use crate::projection::{
    Fingerprint, Handler, HandlerError, Place, ProjectionOptions, ProjectionRunner,
    ProjectionStore, ProjectionTx,
};
use crate::store::Filter;

impl<P: ProjectionStore> ProjectionRunner<P> {
    /// Adds a publisher: it sends the events that match `filter` to a bus, each at least once, those of a stream one after the
    /// other. It is run, seen and managed like a projection of this name, which is stored: never change it.
    ///
    /// An event that the bus refuses is parked for its stream only, and tried again there; while the bus is unavailable,
    /// everything waits. Each event is a commit of its own, so that little is sent twice after a crash: what the store of
    /// rows had not made durable.
    ///
    /// Should its rows be lost, because they were damaged and begun anew, then everything since it began is sent again, with the
    /// same ids: that is what at least once means.
    ///
    /// What was sent is not sent again otherwise: a publisher cannot be reset or rebuilt, and another filter is about what comes from then
    /// on; what it would have let through before is left out. `verify` then takes what the two filters say differently of the past for
    /// differences. [`Projections::begin_anew`](crate::Projections::begin_anew) sends the past again, from where you say, and also says
    /// where to go on once the publisher has stopped because the log was restored from a backup.
    #[must_use]
    pub fn add_publisher(self, name: &'static str, filter: Filter, bus: impl Bus) -> Self {
        self.add_publisher_with(name, filter, bus, ProjectionOptions::default())
    }

    /// As [`ProjectionRunner::add_publisher`], with options of its own.
    ///
    /// As many events are on their way at a time as there are partitions; their number is settled when it is first run, and with
    /// [`begin_anew`](crate::Projections::begin_anew).
    /// `event_timeout` is how long the bus has to answer before it counts as unavailable. `batch` has no effect.
    #[must_use]
    pub fn add_publisher_with(
        self,
        name: &'static str,
        filter: Filter,
        bus: impl Bus,
        mut options: ProjectionOptions,
    ) -> Self {
        options.batch = 1; // what comes before a refused event is not to be sent once more
        self.add_handler(Arc::new(Relay { name, filter, bus }), options)
    }
}

struct Relay<B> {
    name: &'static str,
    filter: Filter,
    bus: B,
}

#[async_trait]
impl<B: Bus, T: ProjectionTx> Handler<T> for Relay<B> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn fingerprint(&self, _partitions: u32) -> Fingerprint {
        // What was sent stays so, whatever is to be sent from now on.
        Fingerprint::lasting()
    }

    fn is_rebuildable(&self) -> bool {
        false
    }

    fn filter(&self) -> Filter {
        self.filter.clone()
    }

    fn key<'a>(&self, event: &'a RecordedEvent) -> Cow<'a, str> {
        Cow::Borrowed(event.stream.as_str())
    }

    async fn handle(
        &self,
        event: &RecordedEvent,
        _place: Place,
        _tx: &mut T,
    ) -> Result<(), HandlerError> {
        self.bus.publish(event).await.map_err(|error| match error {
            PublishError::Unavailable(_) => HandlerError::Unavailable(error.to_string()),
            PublishError::Refused(_) => HandlerError::Failed(error.to_string()),
        })
    }

    fn timed_out(&self, longest: Duration) -> HandlerError {
        // Nothing says that it is this event's fault.
        HandlerError::Unavailable(format!("the bus has not answered for {longest:?}"))
    }
}
