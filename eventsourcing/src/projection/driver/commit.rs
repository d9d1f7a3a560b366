//! One transaction: what a step adds to the books, written together with its effects.

use std::collections::BTreeMap;

use super::super::digest::{Digest, Seen};
use super::super::handler::{HandlerError, Place};
use super::super::history::event_at;
use super::super::parking::{Blocked, ParkedEvent};
use super::super::progress::{Progress, block_of};
use super::super::rows;
use super::super::stop::StopReason;
use super::super::store::{ProjectionStore, ProjectionTx};
use super::super::trouble::Trouble;
use super::Driver;
use super::guard::{Cut, guarded};
use crate::envelope::RecordedEvent;
use crate::version::Position;

/// What is in a block's row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    number: u64,
    digest: Digest,
}

/// A step that is being made: a transaction, and the books as they will be.
pub(super) struct Step<T> {
    pub(super) tx: T,
    pub(super) progress: Progress,
    blocks: BTreeMap<u64, Digest>,
}

/// Why an event could not be handled.
pub(super) enum Failed {
    /// It is the event's fault, or its handler's.
    Event(String),
    /// It is not.
    Other(Trouble),
}

impl<P: ProjectionStore> Driver<P> {
    pub(super) async fn begin(&self) -> Result<Step<P::Tx>, Trouble> {
        let rows = &self.job.site.rows;
        Ok(Step {
            tx: rows.begin(&self.job.generation, self.epoch).await?,
            progress: self.progress,
            blocks: BTreeMap::new(),
        })
    }

    /// Hands the event to the handler; `late` if it was parked.
    pub(super) async fn handle(
        &self,
        event: &RecordedEvent,
        late: bool,
        step: &mut Step<P::Tx>,
    ) -> Result<(), Failed> {
        let clock = &*self.job.site.clock;
        let place = Place {
            late,
            parked: self.parking.first(),
        };
        let handling = self.job.handler.handle(event, place, &mut step.tx);
        let outcome = guarded(clock, self.event_timeout(), handling).await;
        if let Some(refused) = step.tx.failure() {
            return Err(Failed::Other(refused.into()));
        }
        let outcome = outcome.unwrap_or_else(|cut| match cut {
            Cut::TimedOut(longest) => Err(self.job.handler.timed_out(longest)),
            Cut::Panicked(_) => Err(HandlerError::Failed(cut.to_string())),
        });
        outcome.map_err(|error| match error {
            HandlerError::Failed(error) => Failed::Event(error),
            HandlerError::Unavailable(why) => Failed::Other(Trouble::Again(why)),
        })
    }

    /// An event of the log enters the books, in whatever way.
    pub(super) async fn account(&self, seen: Seen, step: &mut Step<P::Tx>) -> Result<(), Trouble> {
        let number = block_of(seen.position);
        let mut digest = match (step.blocks.get(&number), self.block) {
            (Some(digest), _) => *digest,
            (None, Some(block)) if block.number == number => block.digest,
            (None, _) => {
                let key = rows::block(self.partition.index, number);
                match step.tx.get(&key).await? {
                    None => Digest::default(),
                    Some(bytes) => Digest::from_bytes(&bytes).ok_or_else(|| {
                        rows::damaged(&self.job.generation, &key, &"it is no digest")
                    })?,
                }
            }
        };
        digest.add(seen);
        step.blocks.insert(number, digest);
        step.progress.anchor = Some(seen);
        Ok(())
    }

    /// An event that failed or waits takes up room.
    pub(super) async fn park(
        &self,
        event: &ParkedEvent,
        step: &mut Step<P::Tx>,
    ) -> Result<(), Trouble> {
        let (limit, partitions) = (self.job.options.max_parked, self.partition.of);
        let parked = step.progress.parked.count();
        if parked >= limit.div_ceil(partitions.into()) {
            return Err(Trouble::Stop(StopReason::TooManyParked {
                parked,
                limit,
                partitions,
            }));
        }
        step.progress.parked.add(event.seen());
        self.write_parked(event, step).await
    }

    /// Somebody has decided to leave an event out.
    pub(super) async fn skip(&self, seen: Seen, step: &mut Step<P::Tx>) -> Result<(), Trouble> {
        step.progress.skipped.add(seen);
        step.tx
            .put(&rows::skipped(seen.position), Some(&[]))
            .await?;
        Ok(())
    }

    /// Writes the rows of a parked event; one that failed blocks its key.
    pub(super) async fn write_parked(
        &self,
        event: &ParkedEvent,
        step: &mut Step<P::Tx>,
    ) -> Result<(), Trouble> {
        let row = rows::waiting(&event.key, event.position);
        rows::put(&mut step.tx, &row, event).await?;
        let row = rows::parked(event.position);
        step.tx.put(&row, Some(event.key.as_bytes())).await?;
        if let Some(failure) = &event.failure {
            let blocked = Blocked {
                key: event.key.clone(),
                from: event.position,
                retry_at: failure.retry_at,
            };
            rows::put(&mut step.tx, &rows::key(&event.key), &blocked).await?;
        }
        Ok(())
    }

    /// Makes the progress stand on the event at its position, which may be none of its business: a log that was restored to an
    /// earlier moment and written on has another one there.
    async fn anchor(&self, progress: &mut Progress) -> Result<(), Trouble> {
        let anchored = progress.anchor.map(|anchor| anchor.position);
        if anchored.unwrap_or(Position::START) < progress.position {
            let event = event_at(&*self.job.site.events, progress.position).await?;
            // A store may leave positions out.
            progress.anchor = event.as_ref().map(Seen::from).or(progress.anchor);
        }
        Ok(())
    }

    /// Commits the step, progress and all.
    pub(super) async fn commit(&mut self, mut step: Step<P::Tx>) -> Result<(), Trouble> {
        self.anchor(&mut step.progress).await?;
        let timer = self.ask_timer(&mut step.tx).await?;
        step.progress.epoch = self.epoch;
        step.progress.updated_at = self.now();
        let mut block = self.block;
        for (number, digest) in step.blocks {
            let key = rows::block(self.partition.index, number);
            step.tx.put(&key, Some(&digest.to_bytes())).await?;
            block = Some(Block { number, digest });
        }
        let key = rows::progress(self.partition.index);
        rows::put(&mut step.tx, &key, &step.progress).await?;
        self.job.site.rows.commit(step.tx).await?;
        self.saved = step.progress.position;
        (self.progress, self.block, self.timer) = (step.progress, block, timer);
        Ok(())
    }

    /// Writes how far it has come, if the rows do not say so yet.
    pub(super) async fn save(&mut self) -> Result<(), Trouble> {
        if self.progress.position > self.saved {
            let step = self.begin().await?;
            self.commit(step).await?;
        }
        Ok(())
    }
}
