//! The disk does not give back a part of the log: whoever checks it is told where, and the rest is read.

use std::path::{Path, PathBuf};

use eventsourcing_sled::SledStore;

use super::io_errors::{injected, restored, said};
use super::sample::Sample;
use crate::support::child_dir;

/// Verifies a store, and says what was found: in it, and by whom reads the log only.
#[test]
fn verifier() {
    let Some(dir) = child_dir() else { return };
    let said = match SledStore::verify_at(&dir) {
        Ok(report) => {
            let faults = report.faults.iter().map(ToString::to_string);
            let faults: Vec<_> = faults.collect();
            let (events, streams) = (report.events, report.damaged_streams.len());
            format!("{events} {streams} {}", faults.join(" | "))
        }
        Err(error) => format!("error: {error}"),
    };
    println!("said {said}\n");
}

/// What a verifier says while reads of a segment fail, so many of them.
fn verified(sample: &Sample, segment: &Path, when: &str) -> (u64, usize, String) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = restored(sample, &dir);
    let (file, fault) = (path.join(segment), format!("error=EIO:when={when}"));
    let role = "bad_sectors::verifier";
    let said = said(&mut injected(role, &path, &file, "pread64", &fault));
    let mut words = said.splitn(3, ' ');
    let mut word = || words.next().expect("three words").to_owned();
    let (events, streams) = (word(), word());
    let events = events.parse().unwrap_or_else(|_| panic!("{said}"));
    (events, streams.parse().expect("a number"), word())
}

/// First and last position in a segment.
fn positions(sample: &Sample, number: usize) -> (PathBuf, u64, u64) {
    let (file, frames) = sample.image.segments().swap_remove(number);
    let ends = |frame: Option<&super::image::Frame>| frame.expect("a frame").positions.clone();
    let (first, last) = (ends(frames.first()), ends(frames.last()));
    (file, *first.start(), *last.end())
}

#[test]
fn a_segment_that_cannot_be_read_is_a_fault_with_its_positions() {
    let sample = Sample::new();
    let all = sample.events.len() as u64;
    let (file, first, last) = positions(&sample, 1);
    let (events, streams, faults) = verified(&sample, &file, "1+");
    let expected = format!(
        "log fault at position {first}: positions {first} to {last} are lost: the disk does not give it back"
    );
    assert!(faults.starts_with(&expected), "{faults}");
    assert!(!faults.contains(" | "), "{faults}");
    assert_eq!(events, all - (last + 1 - first));
    assert!(streams > 0);
    // At the end nothing follows it.
    let count = sample.image.segments().len();
    let (file, first, last) = positions(&sample, count - 1);
    let (events, _, faults) = verified(&sample, &file, "1+");
    let expected = format!("log fault at position {first}: the disk does not give it back");
    assert!(faults.starts_with(&expected), "{faults}");
    assert_eq!(events, all - (last + 1 - first));
}

#[test]
fn around_a_read_that_fails_everything_else_is_read() {
    let sample = Sample::new();
    let all = sample.events.len() as u64;
    let (file, first, _) = positions(&sample, 1);
    // Many frames are read at once. That fails, then each is read on its own.
    assert_eq!(verified(&sample, &file, "1"), (all, 0, String::new()));
    // Also one of these.
    let (events, _, faults) = verified(&sample, &file, "1..2");
    assert!(
        faults.starts_with(&format!("log fault at position {first}: ")),
        "{faults}"
    );
    assert_eq!(events, all, "it could be read in the end");
}
