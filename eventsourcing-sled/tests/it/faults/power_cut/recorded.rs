//! A recorded workload, and its images.

use std::collections::HashMap;
use std::fs;

use eventsourcing::RecordedEvent;
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::Tally;
use eventsourcing_testkit::faults::power_cut::{Cut, Recorder, Recording};

use super::check::{Outcome, check};
use crate::support::{child, log};

/// A segment of sled's file.
const SLED_SEGMENT: u64 = 512 << 10;

/// What a program has promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promises {
    /// What it has acknowledged.
    Acknowledged,
    /// Only what it says is sure.
    Said,
}

/// What was promised before a cut.
#[derive(Debug, Default)]
pub(super) struct Promised {
    /// Everything up to here.
    pub(super) position: u64,
    /// Checkpoints, by name.
    pub(super) checkpoints: HashMap<String, u64>,
}

/// A recorded program and what its store held in the end.
#[derive(Debug)]
pub(super) struct Recorded {
    recording: Recording,
    history: Vec<RecordedEvent>,
    scratch: tempfile::TempDir,
}

impl Recorded {
    /// Runs a program of [the workloads](super::workload).
    pub(super) fn new(role: &str) -> Self {
        Self::run(role, |recorder| recorder)
    }

    /// Runs it while the `nth` `fdatasync` of each thread fails.
    pub(super) fn with_failing_syncs(role: &str, nth: u32) -> Self {
        let recorded = Self::run(role, |recorder| recorder.failing_sync(nth));
        let (_, failed) = recorded.recording.syncs();
        assert!(failed >= 8, "{failed} failed syncs");
        recorded
    }

    fn run(role: &str, prepare: impl FnOnce(Recorder) -> Recorder) -> Self {
        let scratch = tempfile::tempdir().expect("a directory");
        let disk = scratch.path().join("disk");
        fs::create_dir(&disk).expect("a directory");
        let role = format!("faults::power_cut::workload::{role}");
        let recording = prepare(Recorder::new(&disk)).record(&child(&role, &disk));
        let store = SledStore::open(disk.join("store")).expect("the store of an undisturbed run");
        let history = log(&store).expect("its log");
        Self {
            recording,
            history,
            scratch,
        }
    }

    /// The same program, had it written nothing that was there already.
    pub(super) fn without_repeated_writes(self) -> Self {
        let recording = self.recording.without_repeated_writes();
        Self { recording, ..self }
    }

    pub(super) fn assert_sled_used_segments_again(&self) {
        let reused = self.recording.reused("db", SLED_SEGMENT);
        assert!(reused > 0, "sled has not used any segment again");
    }

    /// Checks that nothing promised is lost at any of so many cuts.
    pub(super) fn survives(&self, fault: &str, by: Promises, images: usize) {
        let (tally, unsound) = self.cut(fault, by, images, false);
        if let Some(first) = unsound.first() {
            panic!("{} of {images} stores are unsound: {first}", unsound.len());
        }
        tally.finish();
    }

    /// Checks that something is: this is a control.
    pub(super) fn loses(&self, fault: &str, by: Promises, images: usize) {
        self.cut(fault, by, images, true).0.finish_control();
    }

    fn cut(&self, fault: &str, by: Promises, images: usize, control: bool) -> (Tally, Vec<String>) {
        let mut tally = Tally::new(fault);
        let mut replay = self.recording.replay();
        let mut kept = None;
        let (mut rebuilt, mut unsound) = (0, Vec::new());
        for cut in self.recording.cuts(images, 1) {
            let image = self.scratch.path().join("image");
            replay.image(cut, &image);
            let promised = self.promised(cut, by);
            let position = promised.position;
            let outcome = check(&image, &self.history, promised);
            fs::remove_dir_all(&image).expect("removing an image");
            let failed = !matches!(outcome, Outcome::Whole { .. });
            if failed && !control && kept.is_none() {
                kept = Some(self.keep(cut));
            }
            let what = || format!("{cut:?}: {outcome}; the first such image is in {kept:?}");
            match &outcome {
                Outcome::Whole { index_rebuilt } => {
                    tally.round(position, 0, String::new);
                    rebuilt += usize::from(*index_rebuilt);
                }
                Outcome::Lost(lost) => tally.round(position, *lost, what),
                Outcome::Unopenable(_) => tally.unopenable(what),
                Outcome::Unsound(_) => unsound.push(what()),
            }
        }
        tally.note(format!("index rebuilt {rebuilt} times"));
        (tally, unsound)
    }

    fn promised(&self, cut: Cut, by: Promises) -> Promised {
        let mut promised = Promised::default();
        for line in self.recording.said(cut) {
            // The test harness may have begun the line.
            let line = line
                .split_once("... ")
                .map_or(line.as_str(), |(_, line)| line);
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["acked", _, _, last] if by == Promises::Acknowledged => {
                    promised.position = promised.position.max(last.parse().expect("a position"));
                }
                ["sure", last] => {
                    promised.position = promised.position.max(last.parse().expect("a position"));
                }
                ["checkpoint", name, position] => {
                    let position = position.parse().expect("a position");
                    promised.checkpoints.insert(name.to_owned(), position);
                }
                _ => {}
            }
        }
        promised
    }

    /// Leaves an image and the trace for whoever wants to see what went wrong, and says where.
    fn keep(&self, cut: Cut) -> String {
        let kept = tempfile::Builder::new().prefix("power-cut-").tempdir();
        let kept = kept.expect("a directory").keep();
        self.recording.replay().image(cut, &kept.join("image"));
        fs::copy(self.scratch.path().join("disk.trace"), kept.join("trace")).expect("the trace");
        kept.display().to_string()
    }
}
