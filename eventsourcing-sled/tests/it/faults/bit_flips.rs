//! One bit is another, anywhere in the store: it is reported, with its position, or changes nothing.

use std::path::{Path, PathBuf};

use eventsourcing::{CheckpointStore, RecordedEvent, SnapshotStore};
use eventsourcing_sled::{OpenError, SledStore};
use eventsourcing_testkit::faults::{Tally, rounds};
use fastrand::Rng;
use tempfile::TempDir;

use super::image::{Image, SEGMENT_HEADER, scratch};
use super::probe::Probe;
use super::sample::Sample;
use crate::support::{account, block_on, fill, log};

/// A bit of a store.
#[derive(Debug, Clone)]
struct Bit {
    file: PathBuf,
    at: usize,
    of_eight: u32,
}

impl Bit {
    fn flip(&self, image: &Image) -> Image {
        image.flipped(&self.file, self.at, self.of_eight)
    }
}

/// Flips bits one at a time in copies of a store, and counts.
struct Flips {
    sample: Sample,
    dir: TempDir,
    tally: Tally,
    rng: Rng,
}

impl Flips {
    fn new(fault: &str, seed: u64) -> Self {
        Self {
            sample: Sample::new(),
            dir: scratch(),
            tally: Tally::new(fault),
            rng: Rng::with_seed(seed),
        }
    }

    fn open(&self, image: &Image) -> Result<SledStore, OpenError> {
        image.restore(self.dir.path());
        Sample::open(self.dir.path())
    }

    fn bit(&mut self, file: &Path, at: usize) -> Bit {
        let (file, of_eight) = (file.to_owned(), self.rng.u32(0..8));
        Bit { file, at, of_eight }
    }

    /// Counts a round in which everything was asked for; problems are losses.
    fn count(&mut self, bit: &Bit, problems: &[String]) {
        self.count_of(self.sample.events.len(), bit, problems);
    }

    fn count_of(&mut self, checked: usize, bit: &Bit, problems: &[String]) {
        let checked = checked as u64;
        self.tally.round(checked, problems.len() as u64, || {
            format!("{bit:?}: {problems:?}")
        });
    }
}

fn probe(store: &SledStore, expected: &[RecordedEvent], damaged: [u64; 2]) -> Vec<String> {
    block_on(Probe::all(store, expected, damaged[0]..=damaged[1]))
}

/// Damages nothing.
const SOUND: [u64; 2] = [1, 0];

#[test]
fn in_the_log() {
    let mut flips = Flips::new("a bit of the log flipped", 11);
    let segments = flips.sample.image.segments();
    let (sealed, last) = (
        &segments[..segments.len() - 1],
        &segments[segments.len() - 1],
    );
    assert!(sealed.len() > 2 && last.1.len() > 3, "{segments:?}");
    for round in 0..rounds(100, 4000) {
        // The last one as often as all others.
        let (file, frames) = if round % 2 == 0 {
            last
        } else {
            &sealed[flips.rng.usize(..sealed.len())]
        };
        let len = flips.sample.image.bytes(file).len();
        // Headers are small: they have their share.
        let at = match flips.rng.u8(..4) {
            0 => flips.rng.usize(..SEGMENT_HEADER),
            _ => flips.rng.usize(SEGMENT_HEADER..len),
        };
        let bit = flips.bit(file, at);
        let opened = flips.open(&bit.flip(&flips.sample.image));
        let frame = frames.iter().find(|frame| frame.bytes.contains(&at));
        let damaged = frame.map(|frame| [*frame.positions.start(), *frame.positions.end()]);
        let first = *frames[0].positions.start();
        let problems = match (opened, damaged) {
            // Sealed segments are not read when the store is opened.
            (Ok(store), Some(damaged)) if file != &last.0 => {
                probe(&store, &flips.sample.events, damaged)
            }
            (Err(OpenError::Corruption { position, .. }), Some(damaged)) => {
                let named = (damaged[0]..=damaged[1]).contains(&position.get());
                Vec::from_iter(
                    (!named).then(|| format!("position {position} instead of {damaged:?}")),
                )
            }
            (Err(OpenError::Corruption { position, .. }), None) if position.get() == first => {
                Vec::new()
            }
            (opened, _) => vec![format!("{opened:?}")],
        };
        flips.count(&bit, &problems);
    }
    flips.tally.finish();
}

#[test]
fn in_the_last_group_without_an_index() {
    let mut flips = Flips::new("a bit of the last group flipped, and the index lost", 12);
    flips.sample.image.remove("index");
    let segments = flips.sample.image.segments();
    let (file, frames) = &segments[segments.len() - 1];
    let group = frames[frames.len() - 1].group;
    let mut cut = 0;
    for _ in 0..rounds(20, 600) {
        let end = frames[frames.len() - 1].bytes.end;
        let at = flips.rng.usize(group..end);
        let bit = flips.bit(file, at);
        let frame = frames
            .iter()
            .find(|frame| frame.bytes.contains(&at))
            .expect("a frame");
        let left = usize::try_from(*frame.positions.start()).expect("small") - 1;
        cut += flips.sample.events.len() - left;
        let problems = match flips.open(&bit.flip(&flips.sample.image)) {
            // As after a crash while the group was being written: whole commits, and nothing of the damaged one.
            Ok(store) => probe(&store, &flips.sample.events[..left], SOUND),
            Err(error) => vec![error.to_string()],
        };
        flips.count_of(left, &bit, &problems);
    }
    flips.tally.note(format!(
        "cannot be told from a crash: {cut} events cut, never served damaged"
    ));
    flips.tally.finish();
}

#[test]
fn in_the_index() {
    let mut flips = Flips::new("a bit of the index flipped", 13);
    let files = flips.sample.image.names("index");
    let mut rebuilt = 0;
    for round in 0..rounds(60, 3000) {
        let file = &files[if round % 4 == 0 {
            flips.rng.usize(..files.len())
        } else {
            0
        }];
        let bytes = flips.sample.image.bytes(file);
        // sled's file is mostly empty.
        let full: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        let at = match flips.rng.u8(..8) {
            0 => flips.rng.usize(..bytes.len()),
            _ => full[flips.rng.usize(..full.len())],
        };
        let bit = flips.bit(file, at);
        let problems = match flips.open(&bit.flip(&flips.sample.image)) {
            Ok(store) => {
                let mut problems = probe(&store, &flips.sample.events, SOUND);
                problems.extend(beside(&store, &flips.sample));
                rebuilt += u64::from(store.stats().expect("figures").index_rebuilds > 0);
                problems.extend(goes_on(&store, flips.sample.events.len()));
                problems
            }
            Err(error) => {
                flips.tally.unopenable(|| format!("{bit:?}: {error}"));
                continue;
            }
        };
        flips.count(&bit, &problems);
    }
    flips.tally.note(format!(
        "{rebuilt} times rebuilt, else not noticed and harmless"
    ));
    flips.tally.finish();
}

#[test]
fn in_the_checkpoints() {
    let mut flips = Flips::new("a bit of the checkpoints flipped", 15);
    let file = Path::new("checkpoints");
    let bytes = flips.sample.image.bytes(file).len();
    let mut refused = 0;
    for round in 0..rounds(100, 2000) {
        let at = (round % bytes).max(flips.rng.usize(..bytes));
        let bit = flips.bit(file, at);
        let problems = match flips.open(&bit.flip(&flips.sample.image)) {
            // Every record is there twice.
            Ok(store) => beside(&store, &flips.sample),
            Err(OpenError::Corruption { reason, .. }) if at < 32 => {
                refused += 1;
                let named = reason.contains("`checkpoints`");
                Vec::from_iter((!named).then_some(reason))
            }
            Err(error) => vec![error.to_string()],
        };
        flips.count(&bit, &problems);
    }
    flips.tally.note(format!(
        "{refused} times refused, else mended from the other copy"
    ));
    flips.tally.finish();
}

/// A snapshot is there as it was, or not at all; the checkpoint is there.
fn beside(store: &SledStore, sample: &Sample) -> Vec<String> {
    let mut problems = Vec::new();
    let snapshot = block_on(store.load_snapshot(&account(1)));
    if !matches!(&snapshot, Ok(found) if found.as_ref().is_none_or(|found| *found == sample.snapshot))
    {
        problems.push(format!("a snapshot: {snapshot:?}"));
    }
    let checkpoint = block_on(store.load_checkpoint("reader"));
    if !matches!(&checkpoint, Ok(Some(found)) if *found == sample.checkpoint) {
        problems.push(format!("a checkpoint: {checkpoint:?}"));
    }
    problems
}

/// The store can be written to, and is sound once its index is built anew.
fn goes_on(store: &SledStore, events: usize) -> Vec<String> {
    fill(store, 5);
    let rebuilt = store.rebuild_index().map_err(|error| error.to_string());
    let report = rebuilt.and_then(|()| store.verify().map_err(|error| error.to_string()));
    let sound = report
        .as_ref()
        .is_ok_and(|report| report.is_sound() && report.events == events as u64 + 5);
    let length = log(store).map(|log| log.len()).ok();
    if sound && length == Some(events + 5) {
        Vec::new()
    } else {
        vec![format!("writing on: {report:?}, {length:?} events")]
    }
}

#[test]
fn in_format_and_lock() {
    let mut flips = Flips::new("a bit of FORMAT flipped, LOCK overwritten", 14);
    let file = PathBuf::from("FORMAT");
    let len = flips.sample.image.bytes(&file).len();
    for round in 0..rounds(40, 8 * len) {
        let (at, of_eight) = if rounds(0, 1) == 1 {
            (round / 8, u32::try_from(round % 8).expect("small"))
        } else {
            (flips.rng.usize(..len), flips.rng.u32(..8))
        };
        let file = file.clone();
        let bit = Bit { file, at, of_eight };
        let mut image = bit.flip(&flips.sample.image);
        image.set(&PathBuf::from("LOCK"), vec![flips.rng.u8(..); 10]);
        let problems = match flips.open(&image) {
            Ok(_) => vec!["it was not noticed".to_owned()],
            Err(OpenError::DamagedFormat { .. }) => {
                // Nothing was touched: with the right bit it is all there.
                let format = flips.sample.image.bytes(&bit.file);
                std::fs::write(flips.dir.path().join("FORMAT"), format).expect("repairing");
                let store = Sample::open(flips.dir.path()).expect("the repaired store");
                let same = log(&store).expect("the log") == flips.sample.events;
                Vec::from_iter((!same).then(|| "the refused store was changed".to_owned()))
            }
            Err(error) => vec![error.to_string()],
        };
        flips.count(&bit, &problems);
    }
    flips.tally.finish();
}
