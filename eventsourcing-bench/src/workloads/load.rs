//! Aggregates of 10, 1,000 and 10,000 events.
//!
//! Floors: in memory, the same payloads in a list, decoded after a `match` on the stored name and folded. On disk,
//! positioned reads of the store's own log files at known places, checksums, and the same fold. Both know where the
//! events are; finding a stream by its id is the subject's own cost.

use std::path::Path;

use eventsourcing::{EventSourced, EventStore, MemoryStore, Repository, SnapshotStore};
use eventsourcing_sled::SledStore;
use tokio::runtime::Runtime;

use super::fill::{self, Layout};
use super::{current_thread, runtime};
use crate::Failure;
use crate::args::Args;
use crate::domain::{self, Account};
use crate::floor::fold::{self, Stored};
use crate::floor::log::{Log, Place};
use crate::measure::{Contest, Laps, Sample};
use crate::result::Report;

/// Events that each side reads in a round.
const EVENTS: usize = 100_000;
/// Events in a commit; what a short command sequence leaves behind.
const CHUNK: usize = 5;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    for events in [10, 1_000, 10_000] {
        let scale = Scale {
            events,
            accounts: (20_000 / events).clamp(2, 500) as u64,
            loads: (args.size(EVENTS, 20_000) / events).max(1),
        };
        memory(&scale, args, report)?;
        disk(&scale, args, report)?;
    }
    Ok(())
}

struct Scale {
    events: usize,
    accounts: u64,
    loads: usize,
}

impl Scale {
    /// Calls `load` with one account after the other.
    fn time(&self, mut load: impl FnMut(u64) -> Result<(), Failure>) -> Result<Sample, Failure> {
        let mut laps = self.laps();
        for turn in 0..self.loads as u64 {
            load(turn % self.accounts)?;
            laps.done();
        }
        Ok(laps.finish())
    }

    /// The same through a repository.
    fn time_repository<S: EventStore>(
        &self,
        runtime: &Runtime,
        repository: &EventSourced<Account, S>,
    ) -> Result<Sample, Failure> {
        runtime.block_on(async {
            let mut laps = self.laps();
            for turn in 0..self.loads as u64 {
                std::hint::black_box(repository.load(&(turn % self.accounts)).await?);
                laps.done();
            }
            Ok(laps.finish())
        })
    }

    fn laps(&self) -> Laps {
        Laps::start(if self.events < 100 { 32 } else { 1 })
    }
}

fn memory(scale: &Scale, args: &Args, report: &mut Report) -> Result<(), Failure> {
    let runtime = current_thread()?;
    let (store, kept) = (MemoryStore::new(), MemoryStore::new());
    let history = fill::history(scale.events)?;
    for store in [&store, &kept] {
        runtime.block_on(fill::one_by_one(store, 0..scale.accounts, &history, CHUNK))?;
    }
    let plain = EventSourced::<Account, _>::new(store);
    let snapshots = EventSourced::<Account, _>::new(kept).snapshot_every(1);
    runtime.block_on(snapshot_all(&snapshots, scale))?;
    // Each account's own copies, as the store has its own.
    let copies: Vec<Vec<Stored>> = (0..scale.accounts)
        .map(|_| {
            fill::history(scale.events).map(|events| events.iter().map(Stored::from).collect())
        })
        .collect::<Result<_, _>>()?;
    let lines = Contest::new("load", scale.events)
        .side("floor: fold in memory", "none", || {
            scale.time(|account| {
                std::hint::black_box(fold::fold(&copies[index(account)])?);
                Ok(())
            })
        })
        .side("memory", "none", || scale.time_repository(&runtime, &plain))
        .side("memory, with snapshot", "none", || {
            scale.time_repository(&runtime, &snapshots)
        })
        .run(args.rounds(31))?;
    Ok(report.lines(&lines)?)
}

fn disk(scale: &Scale, args: &Args, report: &mut Report) -> Result<(), Failure> {
    let runtime = runtime()?;
    let scratch = args.scratch()?;
    let (path, kept) = (
        scratch.path().join("plain"),
        scratch.path().join("snapshots"),
    );
    for path in [&path, &kept] {
        fill::sled(
            &runtime,
            path,
            0..scale.accounts,
            scale.events,
            Layout::OneByOne(CHUNK),
        )?;
    }
    let log = Log::open(&path)?;
    let places = places(&log, scale.accounts)?;
    let plain = EventSourced::<Account, _>::new(SledStore::open(&path)?);
    let snapshots = EventSourced::<Account, _>::new(open(&kept)?).snapshot_every(1);
    runtime.block_on(snapshot_all(&snapshots, scale))?;
    let mut buffer = Vec::new();
    let lines = Contest::new("load", scale.events)
        .side("floor: positioned reads and fold", "none", || {
            scale.time(|account| {
                let (stream, places) = &places[index(account)];
                std::hint::black_box(log.load(places, stream, &mut buffer)?);
                Ok(())
            })
        })
        .side("sled", "none", || scale.time_repository(&runtime, &plain))
        .side("sled, with snapshot", "none", || {
            scale.time_repository(&runtime, &snapshots)
        })
        .run(args.rounds(31))?;
    Ok(report.lines(&lines)?)
}

fn open(path: &Path) -> Result<SledStore, Failure> {
    Ok(SledStore::open(path)?)
}

fn index(account: u64) -> usize {
    usize::try_from(account).unwrap_or(usize::MAX)
}

/// The frames of each account's stream.
fn places(log: &Log, accounts: u64) -> Result<Vec<(String, Vec<Place>)>, Failure> {
    (0..accounts)
        .map(|account| {
            let stream = fill::stream(account)?.to_string();
            let places = log
                .streams
                .get(&stream)
                .ok_or("a stream is missing in the log")?
                .clone();
            Ok((stream, places))
        })
        .collect()
}

/// One more event for each account, so that its snapshot is taken at the end of its stream.
async fn snapshot_all<S: EventStore + SnapshotStore>(
    repository: &EventSourced<Account, S>,
    scale: &Scale,
) -> Result<(), Failure> {
    for account in 0..scale.accounts {
        let mut root = repository.load(&account).await?;
        root.record(domain::event(1));
        repository.save(&mut root).await?;
    }
    repository.flush_snapshots().await;
    Ok(())
}
