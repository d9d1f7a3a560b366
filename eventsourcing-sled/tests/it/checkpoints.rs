//! Checkpoints and leases lie in a file of their own: what becomes of the index does not touch them, and what becomes of the
//! file is noticed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eventsourcing::{
    Checkpoint, CheckpointError, CheckpointStore, Lease, LeaseStore, Position, ReadError,
};
use eventsourcing_sled::{Durability, Fault, OpenError, Repair, SledStore};
use tempfile::TempDir;

use crate::support::{block_on, check, copy, fill, log};

const HOUR: Duration = Duration::from_secs(3600);

fn at(position: u64, epoch: u64) -> Checkpoint {
    let position = Position::new(position);
    Checkpoint { position, epoch }
}

fn load(store: &SledStore, name: &str) -> Option<Checkpoint> {
    block_on(store.load_checkpoint(name)).expect("a checkpoint")
}

fn save(store: &SledStore, name: &str, new: Checkpoint) {
    let known = load(store, name);
    block_on(store.store_checkpoint(name, known, new)).expect("a checkpoint");
}

fn acquire(store: &SledStore, holder: &str) -> Option<Lease> {
    block_on(store.acquire_lease("work", holder, HOUR)).expect("an answer")
}

fn file(dir: &Path) -> PathBuf {
    dir.join("checkpoints")
}

/// A closed store with 20 events, five readers at 11 to 15, and a lease.
fn closed() -> (TempDir, Lease) {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 20);
    for number in 1..=5 {
        save(&store, &format!("reader-{number}"), at(number, 1));
    }
    let lease = acquire(&store, "ada").expect("it is free");
    for number in 1..=5 {
        save(&store, &format!("reader-{number}"), at(10 + number, 2));
    }
    (dir, lease)
}

/// Where the readers of [`closed`] are.
fn readers(store: &SledStore) -> Vec<Option<Checkpoint>> {
    let names = (1..=5).map(|number| format!("reader-{number}"));
    names.map(|name| load(store, &name)).collect()
}

fn all() -> Vec<Option<Checkpoint>> {
    (1..=5).map(|number| Some(at(10 + number, 2))).collect()
}

fn check_all(dir: &Path, lease: &Lease) {
    let store = SledStore::open(dir).expect("a store");
    assert_eq!(readers(&store), all());
    assert_eq!(acquire(&store, "bob"), None, "ada has it");
    let renewed = acquire(&store, "ada").expect("a renewal");
    assert_eq!(renewed.epoch, lease.epoch);
    assert!(store.verify().expect("a report").is_sound());
}

/// Checks that the store does not open, nor verify, because of this file.
fn refused(dir: &Path, words: &str) {
    let before = fs::read(file(dir)).ok();
    for _ in 0..2 {
        match SledStore::open(dir) {
            Err(OpenError::Corruption { reason, repair, .. }) => {
                let named = reason.contains("`checkpoints`") && reason.contains(words);
                assert!(
                    named && repair == Repair::DropCheckpoints,
                    "{reason}: {repair}"
                );
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read(file(dir)).ok(), before, "nothing is changed");
    }
    let faults = SledStore::verify_at(dir).expect("a report").faults;
    let [fault @ Fault::Checkpoints { repair, .. }] = &faults[..] else {
        panic!("{faults:?}")
    };
    assert!(fault.reason().contains(words), "{fault}");
    assert_eq!(*repair, Repair::DropCheckpoints);
}

#[test]
fn the_index_may_be_lost() {
    let (dir, lease) = closed();
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    check_all(dir.path(), &lease);
    fs::write(dir.path().join("index/db"), [7; 4096]).expect("damaging");
    check_all(dir.path(), &lease);
    let store = SledStore::open(dir.path()).expect("a store");
    store.rebuild_index().expect("a new index");
    drop(store);
    check_all(dir.path(), &lease);
}

#[test]
fn the_index_may_be_deleted_while_the_store_is_open() {
    let (dir, _) = closed();
    let store = SledStore::open(dir.path()).expect("a store");
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    assert_eq!(readers(&store), all());
    save(&store, "reader-1", at(20, 2));
    assert_eq!(load(&store, "reader-1"), Some(at(20, 2)));
    drop(store);
    let store = SledStore::open(dir.path()).expect("a store");
    assert_eq!(load(&store, "reader-1"), Some(at(20, 2)));
}

#[test]
fn of_a_closed_store_are_not_answered() {
    let (dir, lease) = closed();
    let store = SledStore::open(dir.path()).expect("a store");
    store.close();
    let next = SledStore::open(dir.path()).expect("a store");
    let found = block_on(store.load_checkpoint("reader-1"));
    assert!(
        matches!(found, Err(ReadError::Unavailable { .. })),
        "{found:?}"
    );
    let stored = block_on(store.store_checkpoint("reader-1", Some(at(11, 2)), at(12, 2)));
    let unavailable = matches!(
        stored,
        Err(CheckpointError::Store(ReadError::Unavailable { .. }))
    );
    assert!(unavailable, "{stored:?}");
    block_on(store.release_lease(&lease)).expect_err("it is closed");
    block_on(store.acquire_lease("work", "ada", HOUR)).expect_err("it is closed");
    assert_eq!(readers(&next), all());
}

/// Cut anywhere, the file has lost no more than was written last, or it is refused.
#[test]
fn cut_anywhere() {
    let (dir, _) = closed();
    let whole = fs::read(file(dir.path())).expect("the file");
    for len in (0..whole.len()).step_by(9) {
        fs::write(file(dir.path()), &whole[..len]).expect("cutting");
        match SledStore::open(dir.path()) {
            Ok(store) => {
                let found = readers(&store);
                // As they were at some moment.
                let newer = (1..).zip(&found).take_while(|(n, at)| **at == all()[n - 1]);
                let newer = newer.count();
                let older = found[newer..].iter().zip(newer as u64 + 1..);
                let older = older
                    .clone()
                    .all(|(found, number)| found.is_none_or(|found| found == at(number, 1)));
                assert!(older, "{len} bytes: {found:?}");
                assert!(len >= 32, "{len} bytes are no file");
                if len >= whole.len() - 32 {
                    assert_eq!(newer, 5, "one copy of the last record is whole");
                }
                save(&store, "reader-5", at(16, 3));
                drop(store);
                let store = SledStore::open(dir.path()).expect("a store");
                assert_eq!(load(&store, "reader-5"), Some(at(16, 3)));
                assert!(store.verify().expect("a report").is_sound());
            }
            Err(OpenError::Corruption { .. }) => assert!(len < 32, "{len} bytes"),
            Err(error) => panic!("{len} bytes: {error}"),
        }
    }
}

#[test]
fn what_is_damaged_once_is_mended() {
    let (dir, lease) = closed();
    let whole = fs::read(file(dir.path())).expect("the file");
    for place in (32..whole.len()).step_by(24) {
        let mut bytes = whole.clone();
        bytes[place..place + 8].fill(0xff);
        fs::write(file(dir.path()), &bytes).expect("damaging");
        check_all(dir.path(), &lease);
        let verified = SledStore::verify_at(dir.path()).expect("a report");
        assert_eq!(verified.faults, [], "it was mended");
    }
    let mut bytes = whole.clone();
    bytes[100] ^= 1;
    fs::write(file(dir.path()), &bytes).expect("damaging");
    let report = SledStore::verify_at(dir.path()).expect("a report");
    let [fault] = &report.faults[..] else {
        panic!("{:?}", report.faults)
    };
    assert_eq!(fault.repair(), Repair::Reopen, "{fault}");
    // Also while it is open.
    fs::write(file(dir.path()), &whole).expect("repairing");
    let store = SledStore::open(dir.path()).expect("a store");
    fs::write(file(dir.path()), &bytes).expect("damaging");
    assert_eq!(store.verify().expect("a report").faults.len(), 1);
}

#[test]
fn what_is_damaged_twice_is_refused() {
    let (dir, lease) = closed();
    let whole = fs::read(file(dir.path())).expect("the file");
    for (place, words) in [(0, "header"), (20, "header"), (40, "from byte 32 on")] {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        bytes[place + 40] ^= 1;
        fs::write(file(dir.path()), &bytes).expect("damaging");
        refused(dir.path(), words);
    }
    let mut bytes = whole.clone();
    bytes.resize(whole.len() + 8000, 7);
    fs::write(file(dir.path()), &bytes).expect("damaging");
    refused(dir.path(), &format!("from byte {} on", whole.len()));
    fs::remove_file(file(dir.path())).expect("removing");
    refused(dir.path(), "missing");
    let (other, _) = closed();
    fs::copy(file(other.path()), file(dir.path())).expect("a copy");
    refused(dir.path(), "another store");
    fs::write(file(dir.path()), &whole).expect("repairing");
    check_all(dir.path(), &lease);
}

#[test]
fn going_on_without() {
    let (dir, _) = closed();
    fs::remove_file(file(dir.path())).expect("removing");
    refused(dir.path(), "missing");
    fs::write(file(dir.path()), "none\n").expect("the word");
    let store = SledStore::open(dir.path()).expect("a store");
    assert_eq!(readers(&store), vec![None; 5]);
    assert!(acquire(&store, "bob").is_some());
    save(&store, "reader-2", at(4, 1));
    check(&store, &log(&store).expect("the log"));
    drop(store);
    let store = SledStore::open(dir.path()).expect("a store");
    assert_eq!(load(&store, "reader-2"), Some(at(4, 1)));
}

#[test]
fn however_often_they_change_the_file_stays_small() {
    let dir = tempfile::tempdir().expect("a directory");
    let settings = SledStore::builder().durability(Durability::None);
    let store = settings.open(dir.path()).expect("a store");
    fill(&store, 20);
    let long = "n".repeat(1000);
    let names = ["", "reader", "a b\n%\u{17e}", &long];
    let (mut longest, mut shortened) = (0, 0);
    for round in 1..=1000 {
        let name = names[round % names.len()];
        save(&store, name, at(round as u64 % 20, round as u64));
        let len = fs::metadata(file(dir.path())).expect("the file").len();
        shortened += u64::from(len < longest);
        longest = longest.max(len);
    }
    assert!(longest < 64 << 10 && shortened > 0, "{longest} bytes");
    // What is on the disk at that moment.
    let killed = tempfile::tempdir().expect("a directory");
    copy(dir.path(), killed.path());
    let store = SledStore::open(killed.path()).expect("a store");
    for round in 997..=1000 {
        let stored = Some(at(round % 20, round));
        let name = names[usize::try_from(round).expect("small") % names.len()];
        assert_eq!(load(&store, name), stored, "{name}");
    }
    let too_long = "n".repeat(1001);
    let error = block_on(store.load_checkpoint(&too_long)).expect_err("a long name");
    assert!(matches!(error, ReadError::InvalidInput { .. }), "{error}");
}

/// Makes a closed store one of format 1, with a checkpoint and a lease in its index.
fn of_format_1(dir: &Path) {
    fs::remove_file(file(dir)).expect("removing");
    let index = sled::open(dir.join("index")).expect("sled");
    let end = i64::MAX.to_le_bytes();
    let lease = [&[7][..], &end, b"ada"].concat();
    index.insert(b"\x0creader-1", &[13, 4]).expect("a row");
    index.insert(b"\x0dwork", lease).expect("a row");
    drop(index);
    let format = dir.join("FORMAT");
    let text = fs::read_to_string(&format).expect("FORMAT");
    let (lines, _) = text.split_once("checksum").expect("a checksum");
    fs::write(format, lines.replace("format 2", "format 1")).expect("writing");
}

#[test]
fn in_the_index_of_an_older_store_they_are_taken_over_once() {
    let (dir, _) = closed();
    of_format_1(dir.path());
    let faults = SledStore::verify_at(dir.path()).expect("a report").faults;
    assert_eq!(faults, [], "it only looks");
    let crashed = tempfile::tempdir().expect("a directory");
    copy(dir.path(), crashed.path());
    let store = SledStore::open(dir.path()).expect("a store");
    assert_eq!(load(&store, "reader-1"), Some(at(13, 4)));
    assert_eq!(acquire(&store, "bob"), None, "ada has it");
    save(&store, "reader-1", at(15, 4));
    drop(store);
    let text = fs::read_to_string(dir.path().join("FORMAT")).expect("FORMAT");
    assert!(
        text.contains("\nformat 2\n") && text.contains("\nchecksum "),
        "{text}"
    );
    // Interrupted in front of the last step.
    fs::copy(file(dir.path()), file(crashed.path())).expect("a copy");
    for dir in [&dir, &crashed] {
        let store = SledStore::open(dir.path()).expect("a store");
        assert_eq!(load(&store, "reader-1"), Some(at(15, 4)));
        assert_eq!(load(&store, "reader-2"), None);
    }
    fs::remove_file(file(crashed.path())).expect("removing");
    refused(crashed.path(), "missing");
}

/// Whoever has been killed while it created a store has left no more than this.
#[test]
fn a_creation_that_was_interrupted_is_done_again() {
    let (new, _) = closed();
    let header = fs::read(file(new.path())).expect("the file")[..32].to_vec();
    for (name, content) in [
        ("checkpoints", &header[..]),
        ("checkpoints.new", &header[..9]),
        ("checkpoints.new", &[]),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join(name), content).expect("writing");
        let store = SledStore::open(dir.path()).expect("a store");
        fill(&store, 5);
        save(&store, "reader", at(3, 1));
    }
    // Somebody else's.
    for (name, content) in [("checkpoints", "epoch 4"), ("checkpoints.new", "epoch 4")] {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join(name), content).expect("writing");
        let error = SledStore::open(dir.path()).expect_err("it is no store");
        assert!(matches!(error, OpenError::NotAStore { .. }), "{error}");
        let kept = fs::read_to_string(dir.path().join(name)).expect("the file");
        assert_eq!(kept, content);
    }
}
