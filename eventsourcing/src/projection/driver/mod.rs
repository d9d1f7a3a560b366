//! [`Driver`]: reads the log for one partition of one generation and hands the events to a handler.
//!
//! It knows only what the rows say: after anything that went wrong it reads them again and goes on from there. So it may be
//! dropped at any await, and be wrong about nothing when it comes back.

mod begin;
mod commit;
mod guard;
mod load;
mod process;
mod replay;
mod timers;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{self, Either};
use tokio::sync::watch;

use self::commit::Block;
pub(crate) use self::guard::guarded;
use super::board::Board;
use super::decided::Skips;
use super::handler::Handler;
use super::options::ProjectionOptions;
use super::parking::Parking;
use super::partition::Partition;
use super::progress::Progress;
use super::stop::StopReason;
use super::store::{Generation, ProjectionStore};
use super::trouble::Trouble;
use crate::backoff::Backoff;
use crate::store::{EventStore, Filter};
use crate::subscription::{Batch, StartAt, Subscription};
use crate::time::{Clock, Timestamp};
use crate::version::Position;

/// Where projections run: the log they read, the rows they write, the clock they wait on.
pub(super) struct Site<P> {
    pub(super) events: Arc<dyn EventStore>,
    pub(super) rows: Arc<P>,
    pub(super) clock: Arc<dyn Clock>,
}

impl<P> Site<P> {
    /// Whether the log was closed: then there is nothing to wait for.
    pub(super) fn is_closed(&self) -> bool {
        self.events.watch().is_closed()
    }
}

/// Until when a driver runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Until it is told to stop.
    Told,
    /// Until it has come to where the log ended when it began: else it would not end while others write.
    Head,
}

/// What a driver is about.
pub(super) struct Job<P: ProjectionStore> {
    pub(super) site: Arc<Site<P>>,
    pub(super) handler: Arc<dyn Handler<P::Tx>>,
    pub(super) options: Arc<ProjectionOptions>,
    pub(super) board: Arc<Board>,
    pub(super) skips: Arc<Skips>,
    pub(super) generation: Generation,
    /// Behind this position the generation begins.
    pub(super) base: Position,
}

impl<P: ProjectionStore> Clone for Job<P> {
    fn clone(&self) -> Self {
        Self {
            site: self.site.clone(),
            handler: self.handler.clone(),
            options: self.options.clone(),
            board: self.board.clone(),
            skips: self.skips.clone(),
            generation: self.generation.clone(),
            base: self.base,
        }
    }
}

/// One partition of one generation, under one epoch.
pub(super) struct Driver<P: ProjectionStore> {
    job: Job<P>,
    epoch: u64,
    partition: Partition,
    filter: Filter,
    /// As in the rows, but that the position may be further, over events that are none of its business.
    progress: Progress,
    /// The position in the rows.
    saved: Position,
    /// Whether the rows say nothing yet.
    is_new: bool,
    parking: Parking,
    /// The last block that was written to.
    block: Option<Block>,
    /// When the handler wants to be called.
    timer: Option<Timestamp>,
    /// It is due, and events that were recorded before come first.
    timer_waits: bool,
    driven: Driven,
    /// How often in a row it could not go on.
    failures: u32,
}

/// What a driver says about itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Driven {
    pub(super) position: Position,
    /// The log's end when it was looked at last.
    pub(super) head: Position,
    /// Everything recorded up to then is accounted for.
    pub(super) complete_until: Option<Timestamp>,
    pub(super) parked: u64,
    /// Events handed to the handler since the start.
    pub(super) handled: u64,
}

impl Driven {
    pub(super) fn is_caught_up(&self) -> bool {
        self.position >= self.head
    }
}

/// Drivers try again by themselves, so their subscriptions do not.
const ONCE: Backoff = Backoff {
    first: Duration::ZERO,
    longest: Duration::ZERO,
    attempts: 1,
};

/// How many positions without events are passed before the progress is written all the same.
const WRITE_PROGRESS: u64 = 4_096;

/// Why a driver is no longer driven.
pub(super) enum Ended {
    /// It has come as far as it was to.
    Done,
    /// The generation has to be claimed again.
    Reopened,
    /// It has stopped by itself.
    Stopped(StopReason),
}

impl<P: ProjectionStore> Driver<P> {
    pub(super) fn new(job: Job<P>, epoch: u64, partition: Partition) -> Self {
        let now = job.site.clock.now();
        let fingerprint = job.handler.fingerprint(partition.of);
        Self {
            progress: Progress::new(job.base, epoch, fingerprint, now),
            saved: job.base,
            is_new: true,
            filter: job.handler.filter(),
            job,
            epoch,
            partition,
            parking: Parking::default(),
            block: None,
            timer: None,
            timer_waits: false,
            driven: Driven::default(),
            failures: 0,
        }
    }

    /// Runs, waiting out what passes by itself.
    pub(super) async fn run(&mut self, until: Until, halt: &mut watch::Receiver<bool>) -> Ended {
        loop {
            let trouble = match self.work(until, halt).await {
                Ok(()) => return Ended::Done,
                Err(trouble) => trouble,
            };
            self.failures += 1;
            let why = match trouble {
                Trouble::Stop(reason) => return Ended::Stopped(reason),
                Trouble::Reopened(_) => return Ended::Reopened,
                Trouble::Again(_) if self.job.site.is_closed() => {
                    return Ended::Stopped(StopReason::Closed);
                }
                // Whoever was in the way has got on; only if that goes on for long does waiting help.
                Trouble::Conflict(_) if self.failures < 10 => continue,
                Trouble::Conflict(why) | Trouble::Again(why) => why,
            };
            let Some(delay) = self.job.options.patience.delay(self.failures) else {
                return Ended::Stopped(StopReason::Store(why));
            };
            tracing::warn!(generation = %self.job.generation, ?delay, why, "a projection cannot go on; it tries again");
            self.job.board.waiting(self.job.generation.number, why);
            if self
                .or_halt(self.job.site.clock.sleep(delay), halt)
                .await
                .is_none()
            {
                return Ended::Done;
            }
        }
    }

    async fn work(
        &mut self,
        until: Until,
        halt: &mut watch::Receiver<bool>,
    ) -> Result<(), Trouble> {
        self.load().await?;
        if !self.take_up(halt).await? {
            return Ok(());
        }
        let end = self.driven.head;
        let mut log = Subscription::new(self.job.site.events.clone())
            .filter(self.filter.clone())
            .clock(self.job.site.clock.clone())
            .backoff(ONCE)
            .from(StartAt::After(self.progress.position));
        loop {
            self.replay_due().await?;
            self.fire_due().await?;
            let told = *halt.borrow_and_update();
            let there = until == Until::Head && self.progress.position >= end && !self.is_due();
            if there {
                self.driven.head = end;
                self.show();
            }
            if told || there {
                return self.save().await;
            }
            let (wake, asked) = (self.next_due(), self.now());
            if let Some(batch) = self.next(&mut log, wake, halt).await? {
                // Who has timers takes one event at a time.
                let first = batch.events.first();
                if let Some(first) = first
                    && !self.fire_before(first, halt).await?
                {
                    continue; // it is read again
                }
                self.process(batch, asked).await?;
            }
            self.failures = 0;
        }
    }

    /// Whether the handler is to be called at once.
    fn is_due(&self) -> bool {
        !self.timer_waits && self.timer.is_some_and(|time| time <= self.now())
    }

    /// The next events; `None` if something else is to be done first.
    async fn next(
        &self,
        log: &mut Subscription<Arc<dyn EventStore>>,
        wake: Option<Timestamp>,
        halt: &mut watch::Receiver<bool>,
    ) -> Result<Option<Batch>, Trouble> {
        let clock = &self.job.site.clock;
        let woken = async {
            match wake {
                Some(time) => clock.sleep_until(time).await,
                None => future::pending().await,
            }
        };
        let batch = log.next_batch(self.job.options.batch.max(1));
        let next = async {
            // Events first: what is due gets its turn after them.
            match future::select(pin!(batch), pin!(woken)).await {
                Either::Left((batch, _)) => Some(batch),
                Either::Right(_) => None,
            }
        };
        match self.or_halt(next, halt).await.flatten() {
            Some(batch) => Ok(Some(batch?)),
            None => Ok(None),
        }
    }

    /// Waits for something, unless told to halt.
    async fn or_halt<T>(
        &self,
        wait: impl Future<Output = T>,
        halt: &mut watch::Receiver<bool>,
    ) -> Option<T> {
        // Should the one who could tell be gone, then there is nobody to run for.
        let told = halt.wait_for(|halt| *halt);
        match future::select(pin!(told), pin!(wait)).await {
            Either::Left(_) => None,
            Either::Right((value, _)) => Some(value),
        }
    }

    /// When there is something to do without new events.
    fn next_due(&self) -> Option<Timestamp> {
        let retry = self.parking.next_due().map(|(time, _)| time);
        let timer = self.timer.filter(|_| !self.timer_waits);
        retry.into_iter().chain(timer).min()
    }

    fn now(&self) -> Timestamp {
        self.job.site.clock.now()
    }

    fn event_timeout(&self) -> Option<Duration> {
        self.job.options.event_timeout
    }

    fn show(&mut self) {
        self.driven.position = self.progress.position;
        self.driven.parked = self.progress.parked.count();
        let (number, partition) = (self.job.generation.number, self.partition.index);
        self.job
            .board
            .driven(number, partition, self.driven, self.now());
    }
}
