//! What becomes of a batch: events are handled together, and alone where one fails.

use super::super::digest::Seen;
use super::super::handler::key_of;
use super::super::parking::ParkedEvent;
use super::super::stop::StopReason;
use super::super::store::ProjectionStore;
use super::super::trouble::Trouble;
use super::commit::Failed;
use super::{Driver, WRITE_PROGRESS};
use crate::envelope::RecordedEvent;
use crate::subscription::Batch;
use crate::time::Timestamp;
use crate::version::Position;

/// What became of an attempt to handle several events in one transaction.
enum Attempt {
    Committed,
    /// The event at this place failed; nothing was written.
    Failed(usize, String),
    /// No more may be parked than what comes before this place; nothing was written.
    Full(usize),
}

impl<P: ProjectionStore> Driver<P> {
    /// Handles a batch: in one transaction if nothing fails. What stands before an event that fails is committed without it.
    /// `asked` is from before it was read: what is recorded while it is handled is not in it.
    pub(super) async fn process(&mut self, batch: Batch, asked: Timestamp) -> Result<(), Trouble> {
        let mut events = &batch.events[..];
        let mut take = events.len();
        while !events.is_empty() {
            let (some, rest) = events.split_at(take);
            let examined = if rest.is_empty() {
                batch.examined
            } else {
                some[take - 1].position
            };
            match self.attempt(some, examined).await? {
                Attempt::Committed => events = rest,
                Attempt::Failed(0, error) => {
                    self.park_failed(&events[0], error).await?;
                    events = &events[1..];
                }
                Attempt::Failed(before, _) | Attempt::Full(before) => {
                    take = before;
                    continue;
                }
            }
            take = events.len();
            self.show();
        }
        self.progress.position = self.progress.position.max(batch.examined);
        self.driven.head = batch.head;
        self.driven.complete_until = if batch.is_caught_up() {
            Some(asked)
        } else {
            batch
                .events
                .last()
                .map(|event| event.recorded_at)
                .or(self.driven.complete_until)
        };
        if self.progress.position.get() - self.saved.get() >= WRITE_PROGRESS {
            self.save().await?;
        }
        self.show();
        Ok(())
    }

    /// Handles events in one transaction, with the progress up to `examined`.
    async fn attempt(
        &mut self,
        events: &[RecordedEvent],
        examined: Position,
    ) -> Result<Attempt, Trouble> {
        let mut step = self.begin().await?;
        let (mut handled, mut own) = (0, false);
        for (index, event) in events.iter().enumerate() {
            let key = key_of(&*self.job.handler, event);
            if !self.partition.has(&key) {
                continue;
            }
            own = true;
            let seen = Seen::from(event);
            if self.job.skips.contains(seen) {
                self.skip(seen, &mut step).await?;
            } else if self.parking.blocks(&key) {
                let fingerprint = step.progress.fingerprint;
                let event = ParkedEvent::behind(&key, event, fingerprint, self.now());
                match self.park(&event, &mut step).await {
                    // What comes before it is kept.
                    Err(Trouble::Stop(StopReason::TooManyParked { .. })) if index > 0 => {
                        return Ok(Attempt::Full(index));
                    }
                    parked => parked?,
                }
            } else {
                match self.handle(event, false, &mut step).await {
                    Ok(()) => step.progress.applied.add(seen),
                    Err(Failed::Event(error)) => return Ok(Attempt::Failed(index, error)),
                    Err(Failed::Other(trouble)) => return Err(trouble),
                }
                handled += 1;
            }
            self.account(seen, &mut step).await?;
        }
        if own {
            step.progress.position = examined;
            // Whosever it is: it need not be read again to know what lies there.
            let last = events.last().map(Seen::from);
            step.progress.anchor = last.max(step.progress.anchor);
            self.commit(step).await?;
        }
        self.progress.position = examined;
        self.driven.handled += handled;
        Ok(Attempt::Committed)
    }

    /// Parks an event that failed, and its key with it.
    async fn park_failed(&mut self, event: &RecordedEvent, error: String) -> Result<(), Trouble> {
        let mut step = self.begin().await?;
        let key = key_of(&*self.job.handler, event);
        let mut parked = ParkedEvent::behind(&key, event, step.progress.fingerprint, self.now());
        let retry_at = self.retry_at(1);
        tracing::warn!(
            generation = %self.job.generation, %key, position = %event.position, event_type = &*event.event_type,
            error, ?retry_at, "an event failed and is parked; later events of its key wait"
        );
        parked.fail(error, self.now(), retry_at);
        self.park(&parked, &mut step).await?;
        self.account(parked.seen(), &mut step).await?;
        step.progress.position = event.position;
        self.commit(step).await?;
        self.parking.block(&key, event.position, retry_at);
        Ok(())
    }
}
