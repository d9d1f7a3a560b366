//! The whole log through `read_all`, decoded to the typed event and folded into one state.
//!
//! Floor: the log files read in windows of 256 KiB, checksums, parsing, the same decoding and fold. It makes no events that
//! outlive the window.

use std::collections::HashMap;
use std::hint::black_box;

use eventsourcing::{EventStore, Filter, Json, Position};
use eventsourcing_sled::SledStore;
use tokio::runtime::Runtime;

use super::fill::{self, Layout};
use super::{rss, runtime};
use crate::Failure;
use crate::args::Args;
use crate::domain::{Account, AccountEvent};
use crate::floor::fold;
use crate::floor::frame;
use crate::floor::log::Log;
use crate::measure::{Contest, Laps, Sample};
use crate::result::Report;

/// Events in a stream.
const EVENTS: usize = 50;
/// Events in a page.
const PAGE: usize = 1_000;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let (runtime, scratch) = (runtime()?, args.scratch()?);
    let accounts = args.size(1_000_000, 10_000).div_ceil(EVENTS);
    let path = scratch.path().join("store");
    fill::sled(
        &runtime,
        &path,
        0..accounts as u64,
        EVENTS,
        Layout::InTurn(64),
    )?;
    // Where each stream is does not matter here, and would count as memory held.
    let log = Log {
        streams: HashMap::new(),
        ..Log::open(&path)?
    };
    let store = SledStore::open(&path)?;
    let lines = Contest::new("scan", accounts * EVENTS)
        .side("floor: read the log and fold", "none", || {
            watched(|| by_hand(&log))
        })
        .side("sled", "none", || watched(|| scan(&runtime, &store)))
        .run(args.rounds(7))?;
    Ok(report.lines(&lines)?)
}

/// Notes the peak of memory meanwhile.
fn watched(run: impl FnOnce() -> Result<Sample, Failure>) -> Result<Sample, Failure> {
    rss::reset_peak();
    let sample = run()?;
    Ok(Sample {
        peak_rss_mib: rss::peak_mib(),
        ..sample
    })
}

fn by_hand(log: &Log) -> Result<Sample, Failure> {
    let (mut account, mut laps) = (Account::default(), Laps::start(1024));
    log.each_frame(|_, bytes| {
        frame::parse(bytes, |event| {
            fold::apply(
                &mut account,
                fold::decode(event.name, event.version, event.payload)?,
            );
            laps.done();
            Ok(())
        })
    })?;
    black_box(account);
    Ok(laps.finish())
}

fn scan<S: EventStore>(runtime: &Runtime, store: &S) -> Result<Sample, Failure> {
    runtime.block_on(async {
        let (mut account, mut laps) = (Account::default(), Laps::start(1024));
        let (mut after, filter) = (Position::START, Filter::all());
        loop {
            let page = store.read_all(after, &filter, PAGE).await?;
            for event in &page.events {
                event
                    .decode::<AccountEvent>(&Json)?
                    .for_each(|event| fold::apply(&mut account, event));
                laps.done();
            }
            if page.next >= page.head {
                break;
            }
            after = page.next;
        }
        black_box(account);
        Ok(laps.finish())
    })
}
