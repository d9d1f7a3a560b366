//! What an operator waits for: checking a whole store, and copying it, while nothing else is done.
//!
//! Floor: the log files read in windows of 256 KiB, checksums, parsing. That leaves out comparing the index with the log, that
//! each event follows its stream's event before, and whatever is written.

use std::fs;

use eventsourcing_sled::SledStore;

use super::fill::{self, Layout};
use super::{rss, runtime};
use crate::Failure;
use crate::args::Args;
use crate::floor::frame;
use crate::floor::log::Log;
use crate::measure::{Contest, Laps, Sample};
use crate::result::Report;

/// Events in a stream.
const EVENTS: usize = 50;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let (runtime, scratch) = (runtime()?, args.scratch()?);
    let accounts = args.size(1_000_000, 10_000).div_ceil(EVENTS);
    let path = scratch.path().join("store");
    let layout = Layout::InTurn(64);
    fill::sled(&runtime, &path, 0..accounts as u64, EVENTS, layout)?;
    let log = Log::open(&path)?;
    let (backup, restored) = (
        scratch.path().join("backup"),
        scratch.path().join("restored"),
    );
    let store = SledStore::open(&path)?;
    let events = store.stats()?.events;
    let lines = Contest::new("upkeep", accounts * EVENTS)
        .side("floor: read the log and check it", "none", || {
            timed(events, || read(&log))
        })
        .side("verify", "none", || {
            timed(events, || {
                let sound = store.verify()?.is_sound();
                sound
                    .then_some(())
                    .ok_or_else(|| "the store is damaged".into())
            })
        })
        .side("backup", "fsync", || {
            let _ = fs::remove_dir_all(&backup);
            timed(events, || Ok(store.backup(&backup).map(drop)?))
        })
        .side("restore", "fsync", || {
            let _ = fs::remove_dir_all(&restored);
            timed(events, || {
                Ok(SledStore::restore(&backup, &restored).map(drop)?)
            })
        })
        .side("rebuild_index", "none", || {
            timed(events, || Ok(store.rebuild_index()?))
        })
        .run(args.rounds(3))?;
    Ok(report.lines(&lines)?)
}

/// Does something with all events, and notes the peak of memory meanwhile.
fn timed(events: u64, run: impl FnOnce() -> Result<(), Failure>) -> Result<Sample, Failure> {
    rss::reset_peak();
    let clock = Laps::start(1);
    run()?;
    let sample = clock.finish();
    Ok(Sample {
        ops: events,
        laps: vec![sample.elapsed.as_secs_f64() * 1e9],
        peak_rss_mib: rss::peak_mib(),
        ..sample
    })
}

fn read(log: &Log) -> Result<(), Failure> {
    log.each_frame(|_, bytes| frame::parse(bytes, |_| Ok(())))
}
