//! Calling a handler when it wants to be called.

use tokio::sync::watch;

use super::super::handler::{Due, HandlerError};
use super::super::store::{ProjectionStore, ProjectionTx};
use super::super::trouble::Trouble;
use super::Driver;
use super::guard::{Cut, guarded};
use crate::envelope::RecordedEvent;
use crate::time::Timestamp;
use crate::version::Position;

/// How often a handler is called before it is looked for new events.
const CALLS_AT_A_TIME: usize = 16;

impl<P: ProjectionStore> Driver<P> {
    /// Calls the handler for what is due, or part of it.
    pub(super) async fn fire_due(&mut self) -> Result<(), Trouble> {
        self.timer_waits = false;
        for _ in 0..CALLS_AT_A_TIME {
            let now = self.now();
            let Some(time) = self.timer.filter(|time| *time <= now) else {
                break;
            };
            let Some(until) = self
                .accounted_until(now)
                .await?
                .filter(|until| time <= *until)
            else {
                self.timer_waits = true;
                break;
            };
            self.fire(until).await?;
        }
        Ok(())
    }

    /// What the handler could not do when it was due is due again now: for a key, or all.
    pub(super) async fn hasten(&mut self, key: Option<&str>) -> Result<(), Trouble> {
        let mut step = self.begin().await?;
        let hasten = self.job.handler.hasten(key, self.now(), &mut step.tx).await;
        if settled(Ok(hasten), &step.tx)? {
            self.commit(step).await?;
        }
        Ok(())
    }

    /// Calls the handler for what was due before the next event was recorded: what came too late comes too late, though nobody
    /// was there in time. Returns whether all was done before it was told to halt.
    pub(super) async fn fire_before(
        &mut self,
        event: &RecordedEvent,
        halt: &watch::Receiver<bool>,
    ) -> Result<bool, Trouble> {
        // Whoever recorded it may have another clock.
        let until = moment_before(event.recorded_at).min(self.now());
        while self.timer.is_some_and(|time| time <= until) {
            if *halt.borrow() {
                return Ok(false);
            }
            self.fire(until).await?;
            // There may be many, and others have something to do.
            tokio::task::yield_now().await;
        }
        Ok(true)
    }

    /// Lets the handler do some of what is due.
    async fn fire(&mut self, until: Timestamp) -> Result<(), Trouble> {
        let mut step = self.begin().await?;
        let waits = |key: &str| self.parking.blocks(key);
        let parked = self.parking.first();
        let due = Due {
            until,
            now: self.now(),
            handled: parked.map_or(self.progress.position, before),
        };
        let handler = &self.job.handler;
        let due = handler.due(due, &waits, &mut step.tx);
        let mut outcome = guarded(&*self.job.site.clock, self.event_timeout(), due).await;
        if let Err(Cut::TimedOut(longest)) = outcome {
            outcome = Ok(Err(handler.timed_out(longest)));
        }
        settled(outcome, &step.tx)?;
        self.commit(step).await
    }

    /// Until when everything that was recorded has been looked at: a deadline is not missed because nobody has read yet what
    /// came before it.
    async fn accounted_until(&mut self, now: Timestamp) -> Result<Option<Timestamp>, Trouble> {
        if self.driven.is_caught_up() {
            self.driven.head = self.job.site.events.head().await?;
        }
        if self.progress.position >= self.driven.head {
            return Ok(Some(now));
        }
        // There may be more of the same moment.
        Ok(self.driven.complete_until.map(moment_before))
    }

    /// When the handler wants to be called, as the rows in the transaction say.
    pub(super) async fn ask_timer(&self, tx: &mut P::Tx) -> Result<Option<Timestamp>, Trouble> {
        let waits = |key: &str| self.parking.blocks(key);
        let next = self.job.handler.next_due(&waits, tx);
        let outcome = guarded(&*self.job.site.clock, self.event_timeout(), next).await;
        settled(outcome, tx)
    }
}

fn before(position: Position) -> Position {
    Position::new(position.get().saturating_sub(1))
}

fn moment_before(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.as_micros().saturating_sub(1))
}

/// A handler parks what is poison to it by itself; whatever else keeps it from what is due may pass.
pub(super) fn settled<T>(
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
