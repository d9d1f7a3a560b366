//! Calling a handler when it wants to be called.

use super::super::handler::HandlerError;
use super::super::store::{ProjectionStore, ProjectionTx};
use super::super::trouble::Trouble;
use super::Driver;
use super::guard::{Cut, guarded};
use crate::time::Timestamp;

/// How often a handler is called before it is looked for new events.
const CALLS_AT_A_TIME: usize = 16;

impl<P: ProjectionStore> Driver<P> {
    /// Calls the handler for what is due, or part of it.
    pub(super) async fn fire_due(&mut self) -> Result<(), Trouble> {
        for _ in 0..CALLS_AT_A_TIME {
            let now = self.now();
            if self.timer.is_none_or(|time| time > now) {
                break;
            }
            let mut step = self.begin().await?;
            let due = self.job.handler.due(now, &mut step.tx);
            let outcome = guarded(&*self.job.site.clock, self.event_timeout(), due).await;
            settled(outcome, &step.tx)?;
            self.commit(step).await?;
        }
        Ok(())
    }

    /// When the handler wants to be called, as the rows in the transaction say.
    pub(super) async fn ask_timer(&self, tx: &mut P::Tx) -> Result<Option<Timestamp>, Trouble> {
        let next = self.job.handler.next_due(tx);
        let outcome = guarded(&*self.job.site.clock, self.event_timeout(), next).await;
        settled(outcome, tx)
    }
}

/// A handler parks what is poison to it by itself; whatever else keeps it from what is due may pass.
fn settled<T>(
    outcome: Result<Result<T, HandlerError>, Cut>,
    tx: &impl ProjectionTx,
) -> Result<T, Trouble> {
    if let Some(refused) = tx.failure() {
        return Err(refused.into());
    }
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(HandlerError::Failed(why) | HandlerError::Unavailable(why))) => {
            Err(Trouble::Again(why))
        }
        Err(cut) => Err(Trouble::Again(cut.to_string())),
    }
}
