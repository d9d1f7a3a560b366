//! System calls that fail, or at which the process dies, while commits are appended and segments begun.

use std::path::{Path, PathBuf};

use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::{Tally, rounds};

use super::inject::{Fault, Said, check, say};
use crate::support::{child_dir, fill, log, segments};

const WRITERS: usize = 8;
const COMMITS: usize = 25;
/// Several frames.
const SMALL_SEGMENT: u64 = 4 << 10;

/// Appends from several threads until there is no more to do, or an append is refused; then looks at what is left.
fn appends(dir: &Path, segment_bytes: u64, writers: usize, commits: usize) {
    let settings = SledStore::builder().segment_bytes(segment_bytes);
    let store = match settings.open(dir) {
        Ok(store) => store,
        Err(error) => return println!("\n> closed {error}"),
    };
    let before = log(&store).expect("the log").len();
    let acked: usize = std::thread::scope(|scope| {
        let store = &store;
        let write = |writer| move || (0..commits).take_while(|n| say(store, writer, *n)).count();
        let threads: Vec<_> = (0..writers)
            .map(|writer| scope.spawn(write(writer)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a writer"))
            .sum()
    });
    // What comes later is refused or written as well, but never half-way.
    let more = (commits..commits + 3)
        .filter(|n| say(&store, 0, *n))
        .count();
    // Each commit of odd number has two events.
    let events = log(&store).expect("reading goes on").len() - before;
    assert!(
        events >= acked + more && events <= 2 * (acked + more),
        "{events} events"
    );
    let stats = store.stats().expect("figures");
    assert_eq!(stats.events, (before + events) as u64);
    if let Some(reason) = stats.poisoned {
        println!("\n> reason {reason}");
    }
    drop(store);
    println!("\n> end of it");
}

#[test]
fn writers() {
    if let Some(dir) = child_dir() {
        appends(&dir, 64 << 20, WRITERS, COMMITS);
    }
}

#[test]
fn rolling_writers() {
    if let Some(dir) = child_dir() {
        appends(&dir, SMALL_SEGMENT, WRITERS, COMMITS);
    }
}

/// One writer, so that it is known beforehand where segments begin.
#[test]
fn rolling_writer() {
    if let Some(dir) = child_dir() {
        appends(&dir, SMALL_SEGMENT, 1, 60);
    }
}

/// Runs a role in a new store and checks what it leaves.
fn round(tally: &mut Tally, fault: &Fault, role: &str) -> Said {
    let dir = tempfile::tempdir().expect("a directory");
    round_in(dir.path(), tally, fault, role)
}

fn round_in(dir: &Path, tally: &mut Tally, fault: &Fault, role: &str) -> Said {
    let role = format!("faults::failpoint::append::{role}");
    let said = fault.run(&role, dir);
    let (checked, lost) = check(dir, &said);
    tally.round(checked, lost, || format!("{fault:?} in {role}"));
    said
}

#[test]
fn a_sync_that_fails() {
    let mut tally = Tally::new("a sync fails (EIO)");
    let rounds = rounds(3, 60);
    for number in 0..rounds {
        let fault = Fault {
            call: "fdatasync",
            what: "error=EIO",
            // Each writer waits for its commit, so there are as many syncs as a writer has commits, at least.
            when: (1 + number * COMMITS / rounds).to_string(),
            only: Vec::new(),
        };
        let said = round(&mut tally, &fault, "writers");
        assert!(said.injected > 0, "{fault:?}");
        assert!(said.count("unknown") > 0, "{said:?}");
        assert!(said.count("poisoned") > 0, "later ones: {said:?}");
        let reason = said.all("reason").next().expect("it is poisoned");
        assert!(
            reason.contains("00000000000000000001.log"),
            "it names the file: {reason}"
        );
        let unknown = said.all("unknown").all(|line| line.ends_with(reason));
        assert!(unknown, "{said:?}");
    }
    tally.finish();
}

#[test]
fn killed_at_a_system_call() {
    let mut tally = Tally::new("killed at a system call of the writer");
    let calls = [
        "fdatasync",
        "fdatasync",
        "pwrite64",
        "ftruncate",
        "fsync",
        "rename",
        "openat",
    ];
    let mut killed = 0;
    for number in 0..rounds(7, 280) {
        let fault = Fault {
            call: calls[number % calls.len()],
            what: "signal=KILL",
            when: (1 + number * 13 / calls.len() % 40).to_string(),
            only: Vec::new(),
        };
        let said = round(&mut tally, &fault, "rolling_writers");
        killed += u64::from(said.count("end") == 0);
    }
    assert!(killed * 2 > tally.rounds(), "only {killed} were killed");
    tally.finish();
}

/// The first segment of a store, to be.
fn first_segment(dir: &Path) -> PathBuf {
    dir.join("log/00000000000000000001.log")
}

#[test]
fn a_write_that_fails() {
    let mut tally = Tally::new("a write fails (EIO, ENOSPC, nothing written, interrupted)");
    // The first write of a segment makes room, the next ones are frames.
    let cases = [
        ("error=EIO", "1", "poisoned"),
        ("error=EIO", "2", "unknown"),
        ("error=EIO", "5", "unknown"),
        ("error=ENOSPC", "1..2", "full"),
        ("error=EDQUOT", "1..2", "full"),
        ("error=ENOSPC", "3", "unknown"),
        ("retval=0", "1", "poisoned"),
        ("retval=0", "4", "unknown"),
        ("error=EINTR", "1", "acked"),
        ("error=EINTR", "4", "acked"),
    ];
    for (what, when, expected) in cases {
        let dir = tempfile::tempdir().expect("a directory");
        let only = vec![first_segment(dir.path())];
        let fault = Fault {
            call: "pwrite64",
            what,
            when: when.into(),
            only,
        };
        let said = round_in(dir.path(), &mut tally, &fault, "writers");
        assert!(said.injected > 0, "{fault:?}");
        assert!(said.count(expected) > 0, "{fault:?}: {said:?}");
        let poisoned = said.all("reason").next();
        match expected {
            // One was refused, and there is room again for those who come later.
            "full" => assert!(poisoned.is_none() && said.count("acked") > 0, "{said:?}"),
            "acked" => assert_eq!(said.count("acked"), WRITERS * COMMITS + 3),
            _ => {
                let reason = poisoned.expect("it is poisoned");
                assert!(reason.contains("00000000000000000001.log"), "{reason}");
                assert_eq!(said.count("unknown") > 0, expected == "unknown", "{said:?}");
            }
        }
    }
    tally.finish();
}

#[test]
fn a_segment_that_cannot_be_begun() {
    let mut tally = Tally::new("a new segment fails (EIO, ENOSPC)");
    // Once without a fault, to see where the segments begin.
    let dir = tempfile::tempdir().expect("a directory");
    appends(dir.path(), SMALL_SEGMENT, 1, 60);
    let names: Vec<_> = segments(dir.path())
        .iter()
        .map(|path| path.file_name().expect("a name").to_owned())
        .collect();
    assert!(names.len() > 3);
    let (mut injected, mut refused) = (0, 0);
    for call in [
        "ftruncate",
        "fsync",
        "openat",
        "write",
        "rename",
        "fdatasync",
    ] {
        for what in ["error=EIO", "error=ENOSPC"] {
            for when in 1..=rounds(1, 12) {
                let dir = tempfile::tempdir().expect("a directory");
                let store = SledStore::open(dir.path()).expect("a store");
                fill(&store, 2);
                drop(store);
                let log = dir.path().join("log");
                let files = names.iter().map(|name| log.join(name));
                let only = files
                    .clone()
                    .chain(files.map(|path| path.with_extension("new")));
                let fault = Fault {
                    call,
                    what,
                    when: (2 * when).to_string(),
                    only: only.chain([log.clone()]).collect(),
                };
                let said = round_in(dir.path(), &mut tally, &fault, "rolling_writer");
                injected += said.injected;
                refused += said.count("poisoned") + said.count("full");
                if let Some(reason) = said.all("reason").next() {
                    assert!(reason.contains("log"), "{fault:?} {reason}");
                }
            }
        }
    }
    assert!(
        injected > 5 && refused > 5,
        "{injected} faults, {refused} refusals"
    );
    tally.finish();
}
