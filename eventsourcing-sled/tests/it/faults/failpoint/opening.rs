//! System calls that fail while a store is opened: it says which file, and opens once they work again.

use std::fs;
use std::path::Path;

use eventsourcing::RecordedEvent;
use eventsourcing_sled::{OpenError, SledStore};
use eventsourcing_testkit::faults::{Tally, rounds};
use tempfile::TempDir;

use super::inject::Fault;
use crate::support::{check, child_dir, copy, fill, log, segments};

fn settings() -> eventsourcing_sled::Builder {
    SledStore::builder().segment_bytes(2 << 10)
}

#[test]
fn opener() {
    let Some(dir) = child_dir() else { return };
    match settings().open(&dir) {
        Ok(store) => println!("\n> opened {}", log(&store).expect("the log").len()),
        Err(OpenError::Io { path, source }) => {
            assert!(
                path.starts_with(&dir) || dir.starts_with(&path),
                "{}",
                path.display()
            );
            println!("\n> refused {source} {}", path.display());
        }
        Err(OpenError::Index { path, reason }) => {
            assert_eq!(path, dir);
            println!("\n> refused {reason}");
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// A store, how it is called, and what is in it.
struct Case {
    name: &'static str,
    dir: TempDir,
    events: Vec<RecordedEvent>,
}

fn cases() -> Vec<Case> {
    let made = |name, make: &dyn Fn(&Path)| {
        let dir = tempfile::tempdir().expect("a directory");
        let store = settings().open(dir.path()).expect("a store");
        fill(&store, 40);
        let events = log(&store).expect("the log");
        drop(store);
        make(dir.path());
        Case { name, dir, events }
    };
    let torn = |dir: &Path| {
        // As if it had been killed in the middle of the next write.
        let last = segments(dir).pop().expect("a segment");
        let mut bytes = fs::read(&last).expect("the segment");
        bytes.extend_from_slice(&[b'E'; 100]);
        fs::write(last, bytes).expect("writing");
    };
    vec![
        made("closed", &|_| ()),
        made("torn", &torn),
        made("without index", &|dir| {
            fs::remove_dir_all(dir.join("index")).expect("removing");
        }),
        Case {
            name: "new",
            dir: tempfile::tempdir().expect("a directory"),
            events: Vec::new(),
        },
    ]
}

#[test]
fn a_call_that_fails_while_opening() {
    let mut tally = Tally::new("a system call fails while opening (EIO, ENOSPC)");
    let calls = [
        "fsync",
        "ftruncate",
        "rename",
        "pwrite64",
        "openat",
        "mkdir",
    ];
    let mut refused = 0;
    for Case { name, dir, events } in cases() {
        for (turn, call) in calls.iter().enumerate() {
            for number in 0..rounds(1, 40) {
                let fault = Fault {
                    call,
                    what: ["error=EIO", "error=ENOSPC"][(turn + number) % 2],
                    when: (number + 1).to_string(),
                    only: Vec::new(),
                };
                let case = tempfile::tempdir().expect("a directory");
                copy(dir.path(), case.path());
                let said = fault.run("faults::failpoint::opening::opener", case.path());
                refused += said.count("refused");
                for opened in said.all("opened") {
                    assert_eq!(opened, events.len().to_string(), "{name} {fault:?}");
                }
                let store = settings().open(case.path());
                let Ok(store) = store else {
                    tally.unopenable(|| format!("{name} {fault:?}: {:?}", store.err()));
                    continue;
                };
                check(&store, &events);
                assert!(store.verify().expect("a report").is_sound());
                tally.round(events.len() as u64, 0, String::new);
                if said.injected == 0 {
                    break;
                }
            }
        }
    }
    assert!(refused > 2, "{refused} were refused");
    tally.finish();
}
