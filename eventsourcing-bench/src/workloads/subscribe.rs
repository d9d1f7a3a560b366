//! From the call of `append` until a subscription that had caught up has handed the event out.
//!
//! Floor: the same appends until they are answered, with nobody subscribed. A single writer appends again once its event has
//! been handed out, so the subscription waits for each one; eight writers wait for nobody, and it has to keep up. An operation
//! is an event that has been handed out, or for the floor an append that has been answered.

use std::collections::HashMap;
use std::time::Instant;

use eventsourcing::{
    Commit, EventStore, ExpectedVersion, MemoryStore, NewEvent, Position, StartAt, Subscription,
};
use eventsourcing_sled::SledStore;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::{fill, runtime};
use crate::Failure;
use crate::args::Args;
use crate::measure::{Contest, Sample};
use crate::result::Report;

/// Events that a side appends in a round.
const EVENTS: usize = 2_000;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let (runtime, scratch) = (runtime()?, args.scratch()?);
    for writers in [1, 8] {
        let round = Round {
            runtime: &runtime,
            writers,
            each: args.size(EVENTS, 80).div_ceil(writers),
            event: fill::history(1)?.remove(0),
        };
        let memory = Contest::new("subscribe", writers)
            .side("floor: memory, answered", "memory", || {
                round.answered(&MemoryStore::new())
            })
            .side("memory, handed out", "memory", || {
                round.handed_out(&MemoryStore::new())
            });
        report.lines(&memory.run(args.rounds(11))?)?;
        let open = |name: &str| SledStore::open(scratch.path().join(format!("{name}-{writers}")));
        let (alone, followed) = (open("alone")?, open("followed")?);
        let sled = Contest::new("subscribe", writers)
            .side("floor: sled, answered", "fsync", || round.answered(&alone))
            .side("sled, handed out", "fsync", || round.handed_out(&followed));
        report.lines(&sled.run(args.rounds(11))?)?;
    }
    Ok(())
}

/// What is done in a round.
struct Round<'a> {
    runtime: &'a Runtime,
    writers: usize,
    each: usize,
    event: NewEvent,
}

/// An append: what it wrote, when it was called and when it was answered.
type Appended = (Position, Instant, Instant);

impl Round<'_> {
    fn answered<S: EventStore + Clone>(&self, store: &S) -> Result<Sample, Failure> {
        let begun = Instant::now();
        let appended = self.runtime.block_on(self.append(store, None))?;
        let laps = appended
            .iter()
            .map(|(_, called, answered)| nanos(*called, *answered));
        Ok(sample(begun, laps.collect()))
    }

    fn handed_out<S: EventStore + Clone>(&self, store: &S) -> Result<Sample, Failure> {
        self.runtime.block_on(async {
            let count = self.writers * self.each;
            let mut subscription = Subscription::new(store.clone()).from(StartAt::End);
            let (seen, follow) = watch::channel(subscription.start().await?);
            let follower = tokio::spawn(async move {
                let mut handed_out = Vec::with_capacity(count);
                for _ in 0..count {
                    let event = subscription.next().await?;
                    handed_out.push((event.position, Instant::now()));
                    seen.send_replace(event.position);
                }
                Ok::<_, Failure>(handed_out)
            });
            let begun = Instant::now();
            let follow = (self.writers == 1).then_some(follow);
            let appended = self.append(store, follow).await?;
            let handed_out = follower.await??;
            let called: HashMap<_, _> = appended
                .iter()
                .map(|(at, called, _)| (*at, *called))
                .collect();
            let laps = handed_out.iter().map(|(position, at)| {
                let called = called.get(position).ok_or("nobody wrote this event")?;
                Ok(nanos(*called, *at))
            });
            Ok(sample(begun, laps.collect::<Result<_, Failure>>()?))
        })
    }

    /// Appends from as many tasks as there are writers; each waits until its event was seen, if there is something to wait for.
    async fn append<S: EventStore + Clone>(
        &self,
        store: &S,
        seen: Option<watch::Receiver<Position>>,
    ) -> Result<Vec<Appended>, Failure> {
        let writers = (0..self.writers as u64).map(|writer| {
            let (store, event, each) = (store.clone(), self.event.clone(), self.each);
            let (stream, mut seen) = (fill::stream(writer), seen.clone());
            tokio::spawn(async move {
                let (stream, mut appended) = (stream?, Vec::with_capacity(each));
                for _ in 0..each {
                    let commit = Commit::new();
                    let commit =
                        commit.append(stream.clone(), ExpectedVersion::Any, vec![event.clone()]);
                    let called = Instant::now();
                    let committed = store.append(commit).await?;
                    appended.push((committed.receipt.last, called, Instant::now()));
                    if let Some(seen) = &mut seen {
                        seen.wait_for(|seen| *seen >= committed.receipt.last)
                            .await?;
                    }
                }
                Ok::<_, Failure>(appended)
            })
        });
        let mut appended = Vec::new();
        for writer in writers.collect::<Vec<_>>() {
            appended.extend(writer.await??);
        }
        Ok(appended)
    }
}

fn nanos(from: Instant, until: Instant) -> f64 {
    (until - from).as_secs_f64() * 1e9
}

fn sample(begun: Instant, laps: Vec<f64>) -> Sample {
    Sample {
        ops: laps.len() as u64,
        elapsed: begun.elapsed(),
        laps,
        ..Sample::default()
    }
}
