//! How a subscription goes on: what it holds, what it waits for, and reading.
//!
//! Every change of [`Run`] is made between two awaits, after the answer has come. So a dropped future leaves it as it was.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{self, Either};

use super::{Batch, StartAt, Subscription, SubscriptionError};
use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::store::{EventStore, HeadWatch, LogPage, StreamRange};
use crate::time::Timestamp;
use crate::version::Position;

/// How long it relies on the store's hints before it looks for itself.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How far a subscription has come.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Where to read on; `None` before it has begun.
    fetched: Option<Position>,
    /// Everything up to here has been handed out or does not match.
    examined: Position,
    /// Read and not handed out.
    events: VecDeque<RecordedEvent>,
    /// The log's end when it was read last.
    head: Position,
    /// Nothing before this time is wanted.
    not_before: Option<Timestamp>,
    watch: Option<HeadWatch>,
    /// The store has been closed.
    closed: bool,
    /// How often in a row the store did not answer.
    failures: u32,
    /// Why not to read at once.
    pause: Pause,
}

#[derive(Debug, Clone, Copy, Default)]
enum Pause {
    #[default]
    None,
    /// Everything has been read; look again at this time at the latest.
    CaughtUp(Timestamp),
    /// The store did not answer; ask again then, which was so far away.
    Failed(Timestamp, Duration),
}

impl Run {
    pub(super) fn examined(&self) -> Position {
        self.examined
    }

    /// Takes what has been read, up to so many events and bytes; `None` if there is nothing new.
    pub(super) fn take(&mut self, max: usize, max_bytes: usize) -> Option<Batch> {
        let fetched = self.fetched?;
        if self.events.is_empty() && self.examined >= fetched {
            return None;
        }
        let (mut count, mut bytes) = (0, 0);
        while count < max && bytes < max_bytes.max(1) {
            let Some(event) = self.events.get(count) else {
                break;
            };
            (count, bytes) = (count + 1, bytes + event.payload.len());
        }
        let events: Vec<_> = self.events.drain(..count).collect();
        self.examined = match events.last() {
            Some(last) if !self.events.is_empty() => last.position,
            _ => fetched,
        };
        if self.events.is_empty() {
            // Not the room of the largest page for ever.
            self.events = VecDeque::new();
        }
        Some(Batch {
            events,
            examined: self.examined,
            head: self.head,
        })
    }

    fn begin_at(&mut self, start: Position, not_before: Option<Timestamp>) {
        (self.fetched, self.examined, self.head) = (Some(start), start, start);
        self.not_before = not_before;
    }

    fn add(&mut self, page: LogPage, now: Timestamp) {
        let before = self.fetched.replace(page.next);
        if !page.events.is_empty() {
            // Times never fall.
            self.not_before = None;
        }
        self.events = page.events.into();
        self.head = page.head;
        // A page that does not advance is against the contract; it must not become a busy loop.
        let is_stuck = before.is_some_and(|before| page.next <= before);
        self.pause = if is_stuck || page.next >= page.head {
            Pause::CaughtUp(now + LOOK_AGAIN)
        } else {
            Pause::None
        };
    }
}

impl<S: EventStore> Subscription<S> {
    /// Fixes where it begins, unless it has begun.
    pub(super) async fn begin(&mut self) -> Result<Position, SubscriptionError> {
        loop {
            if let Some(fetched) = self.run.fetched {
                return Ok(fetched);
            }
            let (start, not_before) = match self.start {
                StartAt::Beginning => (Position::START, None),
                StartAt::After(position) => (position, None),
                StartAt::Time(time) => (Position::START, Some(time)),
                StartAt::End => {
                    self.pause().await?;
                    let head = self.store.head().await;
                    let Some(head) = self.answered(Position::START, head)? else {
                        continue;
                    };
                    (head, None)
                }
            };
            self.run.begin_at(start, not_before);
        }
    }

    /// Waits until reading may be of use, and reads once.
    pub(super) async fn read_on(&mut self, wanted: usize) -> Result<(), SubscriptionError> {
        let after = self.begin().await?;
        self.pause().await?;
        let filter = match self.run.not_before {
            Some(time) => &self.filter.clone().not_before(time),
            None => &self.filter,
        };
        let limit = wanted.max(StreamRange::DEFAULT_LIMIT);
        let page = self.store.read_all(after, filter, limit).await;
        if let Some(page) = self.answered(after, page)? {
            self.run.add(page, self.clock.now());
        }
        Ok(())
    }

    /// Waits for as long as reading would be of no use.
    async fn pause(&mut self) -> Result<(), SubscriptionError> {
        let now = || self.clock.now();
        match self.run.pause {
            Pause::None => {}
            Pause::CaughtUp(_) if self.run.closed => return Err(self.closed()),
            Pause::CaughtUp(look_again) => {
                let after = self.run.fetched.unwrap_or(Position::START);
                // Should the clock have been put back, then not for longer than that all the same.
                let left = look_again.since(now()).min(LOOK_AGAIN);
                let watch = self.run.watch.get_or_insert_with(|| self.store.watch());
                if let Some(None) = either(watch.beyond(after), self.clock.sleep(left)).await {
                    // What was written before it was closed is still to be read.
                    self.run.closed = true;
                }
            }
            Pause::Failed(again, delay) => {
                let left = again.since(now()).min(delay);
                self.clock.sleep(left).await;
            }
        }
        self.run.pause = Pause::None;
        Ok(())
    }

    /// What the store said; `None` if it is to be asked again.
    fn answered<T>(
        &mut self,
        after: Position,
        answer: Result<T, ReadError>,
    ) -> Result<Option<T>, SubscriptionError> {
        let failures = std::mem::take(&mut self.run.failures);
        let source = match answer {
            Ok(answer) => return Ok(Some(answer)),
            Err(ReadError::PositionBeyondHead { after, head }) => {
                return Err(SubscriptionError::BeyondHead { after, head });
            }
            Err(source @ ReadError::Unavailable { .. }) => source,
            Err(source) => return Err(SubscriptionError::Read { after, source }),
        };
        let watch = self.run.watch.get_or_insert_with(|| self.store.watch());
        if watch.is_closed() {
            return Err(self.closed());
        }
        let attempts = failures + 1;
        let Some(delay) = self.backoff.delay(attempts) else {
            return Err(SubscriptionError::Unavailable {
                after,
                attempts,
                source,
            });
        };
        tracing::warn!(%after, attempts, ?delay, error = %source, "a subscription's store is unavailable");
        self.run.failures = attempts;
        self.run.pause = Pause::Failed(self.clock.now() + delay, delay);
        Ok(None)
    }

    fn closed(&self) -> SubscriptionError {
        let examined = self.run.examined;
        SubscriptionError::Closed { examined }
    }
}

/// What the first of two comes to, if it is done before the second.
async fn either<T>(first: impl Future<Output = T>, second: impl Future<Output = ()>) -> Option<T> {
    match future::select(pin!(first), pin!(second)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}
