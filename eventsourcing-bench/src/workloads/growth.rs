//! What an append and a load cost as the store grows: streams of 50 events, each event a commit, 64 streams in turn.
//!
//! Floors, at each size: a bare preallocated file for the append, positioned reads of the same frames for the load. The
//! store is flat if its own medians at the sizes stay within 1.5 times; the ratios tell the machine's mood from its own.

use eventsourcing::{EventSourced, Repository};
use eventsourcing_sled::SledStore;

use super::fill::{self, Layout};
use super::{append, runtime};
use crate::Failure;
use crate::args::Args;
use crate::domain::Account;
use crate::floor::file::{BareFile, Room};
use crate::floor::frame;
use crate::floor::log::Log;
use crate::measure::{Contest, Laps, Sample};
use crate::result::Report;

const EVENTS: usize = 50;
const APPENDS: usize = 200;
const LOADS: u64 = 1_000;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let (runtime, scratch) = (runtime()?, args.scratch()?);
    let path = scratch.path().join("store");
    let mut bare = BareFile::create(&scratch.path().join("bare"), Room::Preallocated(16 << 20))?;
    let mut group = Vec::new();
    frame::encode(
        &mut group,
        "account-0",
        "account.deposited",
        1,
        &[b' '; 100],
    );
    let sizes = if args.quick {
        [1_000, 2_000, 4_000]
    } else {
        [10_000, 1_000_000, 5_000_000]
    };
    let mut accounts = 0;
    for size in sizes {
        let more = (size / EVENTS) as u64;
        fill::sled(&runtime, &path, accounts..more, EVENTS, Layout::InTurn(64))?;
        accounts = more;
        let log = Log::open(&path)?;
        let store = SledStore::open(&path)?;
        let lines = Contest::new("growth", size)
            .side("floor: append to a bare file", "fsync", || {
                append::groups(&mut bare, &group, 1, APPENDS)
            })
            .side("sled: append", "fsync", || {
                let begun = std::time::Instant::now();
                let laps = runtime.block_on(append::own_stream(&store, u64::MAX, APPENDS))?;
                Ok(Sample {
                    ops: laps.len() as u64,
                    elapsed: begun.elapsed(),
                    laps,
                    ..Sample::default()
                })
            })
            .run(args.rounds(7))?;
        report.lines(&lines)?;
        let repository = EventSourced::<Account, _>::new(store);
        // Far apart, so that neighbours in the log do not help each other.
        let chosen: Vec<u64> = (0..LOADS)
            .map(|turn| turn.wrapping_mul(7_919) % accounts)
            .collect();
        let mut buffer = Vec::new();
        let lines = Contest::new("growth", size)
            .side("floor: load by positioned reads", "none", || {
                let mut laps = Laps::start(1);
                for account in &chosen {
                    let stream = format!("account-{account}");
                    let places = log
                        .streams
                        .get(&stream)
                        .ok_or("a stream is missing in the log")?;
                    std::hint::black_box(log.load(places, &stream, &mut buffer)?);
                    laps.done();
                }
                Ok(laps.finish())
            })
            .side("sled: load", "none", || {
                runtime.block_on(async {
                    let mut laps = Laps::start(1);
                    for account in &chosen {
                        std::hint::black_box(repository.load(account).await?);
                        laps.done();
                    }
                    Ok(laps.finish())
                })
            })
            .run(args.rounds(7))?;
        report.lines(&lines)?;
        repository.store().close();
    }
    Ok(())
}
