//! From an event to the state's method. Floor: a `match` over the same events with the transitions in its arms.

use std::hint::black_box;

use crate::Failure;
use crate::args::Args;
use crate::measure::{Contest, Laps, Sample, as_f64};
use crate::meter::{self, Meter, MeterEvent};
use crate::result::Report;

/// Few enough to stay in the cache.
const EVENTS: usize = 4096;

/// Times both sides.
pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let n = args.size(1_000_000, 100_000);
    let events = meter::events(EVENTS);
    let lines = Contest::new("dispatch", n)
        .side("floor: match by hand", "none", || {
            Ok(time(&events, n, meter::fold_by_hand))
        })
        .side("derived", "none", || {
            Ok(time(&events, n, meter::fold_derived))
        })
        .run(args.rounds(51))?;
    Ok(report.lines(&lines)?)
}

/// Runs one side, for a program that counts its instructions.
pub(super) fn only(n: usize, fold: fn(&[MeterEvent]) -> Meter) {
    time(&meter::events(EVENTS), n, fold);
}

fn time(events: &[MeterEvent], n: usize, fold: fn(&[MeterEvent]) -> Meter) -> Sample {
    let mut laps = Laps::start(1);
    for _ in 0..n.div_ceil(events.len()) {
        black_box(fold(black_box(events)));
        laps.done();
    }
    // In events instead of passes over all of them.
    let (mut sample, per_pass) = (laps.finish(), events.len() as u64);
    sample.ops *= per_pass;
    sample
        .laps
        .iter_mut()
        .for_each(|lap| *lap /= as_f64(per_pass));
    sample
}
