//! Trying parked events again, in the order of their key.

use std::sync::Arc;

use super::super::digest::Seen;
use super::super::history::event_at;
use super::super::parking::ParkedEvent;
use super::super::rows;
use super::super::stop::StopReason;
use super::super::store::{ProjectionStore, ProjectionTx};
use super::super::trouble::Trouble;
use super::Driver;
use super::commit::Failed;
use super::timers::settled;
use crate::time::Timestamp;

/// Most events of a key in one transaction.
const PAGE: usize = 256;

/// Most keys that are tried again before it is looked for new events.
const KEYS_AT_A_TIME: usize = 16;

/// What became of an attempt to handle some of a key's events.
enum Attempt {
    /// There is nothing left: the key is free.
    Freed,
    /// There is more.
    Some,
    /// The event at this place failed; nothing was written.
    Failed(usize, Box<ParkedEvent>, String),
}

impl<P: ProjectionStore> Driver<P> {
    /// Tries again what is due, or part of it.
    pub(super) async fn replay_due(&mut self) -> Result<(), Trouble> {
        for _ in 0..KEYS_AT_A_TIME {
            let now = self.now();
            let Some((_, key)) = self.parking.next_due().filter(|(time, _)| *time <= now) else {
                break;
            };
            let key = key.clone();
            self.replay(&key).await?;
            self.show();
        }
        Ok(())
    }

    /// Tries a key again now, or all, and returns how many events were parked before and are after.
    pub(in super::super) async fn retry(
        &mut self,
        key: Option<&str>,
    ) -> Result<(u64, u64), Trouble> {
        self.load().await?;
        let before = self.progress.parked.count();
        let keys: Vec<Arc<str>> = self.parking.keys().cloned().collect();
        let wanted = |blocked: &&Arc<str>| key.is_none_or(|key| ***blocked == *key);
        for key in keys.iter().filter(wanted) {
            self.replay(key).await?;
        }
        self.hasten(key).await?;
        Ok((before, self.progress.parked.count()))
    }

    /// Handles the events of a key that wait, until none is left or one fails.
    async fn replay(&mut self, key: &str) -> Result<(), Trouble> {
        let most = self.job.options.batch.clamp(1, PAGE);
        let mut take = most;
        loop {
            match self.replay_some(key, take).await? {
                Attempt::Freed => {
                    tracing::info!(generation = %self.job.generation, key, "a parked key goes on");
                    return Ok(());
                }
                Attempt::Some => take = most,
                Attempt::Failed(0, event, error) => {
                    return self.park_again(*event, error).await;
                }
                Attempt::Failed(before, ..) => take = before,
            }
        }
    }

    async fn replay_some(&mut self, key: &str, take: usize) -> Result<Attempt, Trouble> {
        let mut step = self.begin().await?;
        let generation = &self.job.generation;
        let waiting = rows::scan(&mut step.tx, &rows::waiting_of(key), None, take).await?;
        let mut handled = 0;
        for (index, (row, value)) in waiting.iter().enumerate() {
            let parked: ParkedEvent = rows::parse(generation, row, value)?;
            let seen = parked.seen();
            if self.job.skips.contains(seen) {
                self.skip(seen, &mut step).await?;
            } else {
                let event = event_at(&*self.job.site.events, seen.position).await?;
                let Some(event) = event.filter(|event| Seen::from(event) == seen) else {
                    return Err(Trouble::Stop(StopReason::OtherHistory {
                        position: step.progress.position,
                        why: format!(
                            "the parked event {} at {} is not there",
                            seen.event_id, seen.position
                        ),
                    }));
                };
                match self.handle(&event, true, &mut step).await {
                    Ok(()) => step.progress.applied.add(seen),
                    Err(Failed::Event(error)) => {
                        return Ok(Attempt::Failed(index, parked.into(), error));
                    }
                    Err(Failed::Other(trouble)) => return Err(trouble),
                }
                handled += 1;
            }
            step.progress.parked.remove(seen);
            step.tx.put(row, None).await?;
            step.tx.put(&rows::parked(seen.position), None).await?;
        }
        let freed = waiting.len() < take;
        if freed {
            step.tx.put(&rows::key(key), None).await?;
            let outcome = self.job.handler.freed(key, &mut step.tx).await;
            settled(Ok(outcome), &step.tx)?;
            // Before the handler is asked what is due next. Should this not be committed, the rows are read again.
            self.parking.free(key);
        }
        self.commit(step).await?;
        self.driven.handled += handled;
        Ok(if freed { Attempt::Freed } else { Attempt::Some })
    }

    /// An event failed once more.
    async fn park_again(&mut self, mut event: ParkedEvent, error: String) -> Result<(), Trouble> {
        let attempts = event.failure.as_ref().map_or(0, |failure| failure.attempts) + 1;
        let retry_at = self.retry_at(attempts);
        tracing::warn!(
            generation = %self.job.generation, key = event.key, position = %event.position, attempts, error, ?retry_at,
            "a parked event failed again"
        );
        event.fail(error, self.now(), retry_at);
        let mut step = self.begin().await?;
        self.write_parked(&event, &mut step).await?;
        self.commit(step).await?;
        self.parking.block(&event.key, event.position, retry_at);
        Ok(())
    }

    /// When an event is tried again that has failed so often.
    pub(super) fn retry_at(&self, attempts: u32) -> Option<Timestamp> {
        let delay = self.job.options.retries.delay(attempts)?;
        Some(self.now() + delay)
    }
}
