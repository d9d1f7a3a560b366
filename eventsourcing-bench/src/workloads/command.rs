//! The full path: load an account of 50 events on average, decide, append, durably.
//!
//! Floor: the same by hand on a bare preallocated file that holds the same frames: positioned reads, checksums, fold,
//! the same decision, JSON, a frame; one write and one `fdatasync` for each group of as many commands as there are
//! writers, on one thread. It does not check versions at the write, index, or answer anyone.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use eventsourcing::{EventSourced, RepositoryExt};
use eventsourcing_sled::SledStore;
use tokio::runtime::Runtime;

use super::fill::{self, Layout};
use super::runtime;
use crate::Failure;
use crate::args::Args;
use crate::domain::{Account, Deposit};
use crate::floor::file::{BareFile, Room};
use crate::floor::frame;
use crate::floor::log::{Log, Place};
use crate::measure::{Contest, Laps, Sample, as_f64};
use crate::result::Report;

const ACCOUNTS: u64 = 512;
/// Before the run; it adds some.
const EVENTS: usize = 48;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    for writers in [1, 64] {
        let (runtime, scratch) = (runtime()?, args.scratch()?);
        let usual = if writers == 1 { 192 } else { 1_024 };
        let each = args.size(usual, writers).div_ceil(writers);
        let path = scratch.path().join("store");
        fill::sled(&runtime, &path, 0..ACCOUNTS, EVENTS, Layout::OneByOne(4))?;
        let mut by_hand = ByHand::copy(&Log::open(&path)?, &scratch.path().join("bare"))?;
        let store = SledStore::open(&path)?;
        let repository = EventSourced::<Account, _>::new(store.clone());
        let mut turn = Turn::default();
        let lines = Contest::new("command", writers)
            .side("floor: by hand on a bare file", "fsync", || {
                by_hand.commands(writers, each)
            })
            .side("sled", "fsync", || {
                commands(&runtime, &store, &repository, writers, turn.next(each))
            })
            .run(args.rounds(11))?;
        report.lines(&lines)?;
    }
    Ok(())
}

/// Which commands a round has: they go on where the last one ended, so that all accounts grow alike.
#[derive(Debug, Default)]
struct Turn(u64);

impl Turn {
    fn next(&mut self, each: usize) -> std::ops::Range<u64> {
        let start = self.0;
        self.0 += each as u64;
        start..self.0
    }
}

/// The account of a writer's `turn`-th command: no two writers share one.
fn account(writer: u64, turn: u64, writers: usize) -> u64 {
    let own = ACCOUNTS / writers as u64;
    writer * own + turn % own
}

fn commands(
    runtime: &Runtime,
    store: &SledStore,
    repository: &EventSourced<Account, SledStore>,
    writers: usize,
    turns: std::ops::Range<u64>,
) -> Result<Sample, Failure> {
    let before = store.stats()?;
    let begun = Instant::now();
    let laps = runtime.block_on(async {
        let start = |writer: u64| {
            let (repository, turns) = (repository.clone(), turns.clone());
            async move {
                let mut laps = Vec::new();
                for turn in turns {
                    let begun = Instant::now();
                    let command = Deposit {
                        account: account(writer, turn, writers),
                        cents: 73_051,
                    };
                    repository.execute(command).await?;
                    laps.push(begun.elapsed().as_secs_f64() * 1e9);
                }
                Ok::<_, Failure>(laps)
            }
        };
        if writers == 1 {
            return start(0).await;
        }
        let mut laps = Vec::new();
        for writer in (0..writers as u64)
            .map(|writer| tokio::spawn(start(writer)))
            .collect::<Vec<_>>()
        {
            laps.extend(writer.await??);
        }
        Ok(laps)
    })?;
    let elapsed = begun.elapsed();
    let after = store.stats()?;
    let syncs_per_commit =
        Some(as_f64(after.syncs - before.syncs) / as_f64(after.commits - before.commits));
    Ok(Sample {
        ops: laps.len() as u64,
        elapsed,
        laps,
        syncs_per_commit,
        peak_rss_mib: None,
    })
}

/// The floor: one file, and where each account's frames are in it.
struct ByHand {
    bare: BareFile,
    log: Log,
    accounts: HashMap<u64, (String, Vec<Place>)>,
    turn: u64,
}

impl ByHand {
    /// Copies a store's frames.
    fn copy(from: &Log, path: &Path) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        let mut moved = HashMap::new();
        from.each_frame(|place, frame| {
            moved.insert(
                (place.file, place.at),
                Place {
                    file: 0,
                    at: bytes.len() as u64,
                    len: place.len,
                },
            );
            bytes.extend_from_slice(frame);
            Ok(())
        })?;
        let mut accounts = HashMap::new();
        for account in 0..ACCOUNTS {
            let stream = fill::stream(account)?.to_string();
            let places = from
                .streams
                .get(&stream)
                .ok_or("a stream is missing in the log")?;
            let places = places
                .iter()
                .map(|place| moved[&(place.file, place.at)])
                .collect();
            accounts.insert(account, (stream, places));
        }
        let mut bare = BareFile::create(path, Room::Preallocated(bytes.len() + (64 << 20)))?;
        bare.append(&bytes)?;
        let log = Log {
            files: vec![(bare.file.try_clone()?, 0)],
            streams: HashMap::new(),
        };
        Ok(Self {
            bare,
            log,
            accounts,
            turn: 0,
        })
    }

    fn commands(&mut self, writers: usize, each: usize) -> Result<Sample, Failure> {
        let (mut buffer, mut payload, mut group) = (Vec::new(), Vec::new(), Vec::new());
        let mut laps = Laps::start(1);
        for _ in 0..each {
            group.clear();
            let mut written = Vec::with_capacity(writers);
            for writer in 0..writers as u64 {
                let number = account(writer, self.turn, writers);
                let (stream, places) = self.accounts.get(&number).ok_or("an unknown account")?;
                let state = self.log.load(places, stream, &mut buffer)?;
                let event = state.deposit(73_051)?;
                payload.clear();
                serde_json::to_writer(&mut payload, &event)?;
                let start = group.len();
                frame::encode(&mut group, stream, "account.deposited", 1, &payload);
                written.push((number, start, group.len() - start));
            }
            let at = self.bare.append(&group)?;
            for (number, start, len) in written {
                let place = Place {
                    file: 0,
                    at: at + start as u64,
                    len,
                };
                if let Some((_, places)) = self.accounts.get_mut(&number) {
                    places.push(place);
                }
            }
            self.turn += 1;
            laps.group_done(writers);
        }
        Ok(Sample {
            syncs_per_commit: Some(1.0 / as_f64(writers as u64)),
            ..laps.finish()
        })
    }
}
