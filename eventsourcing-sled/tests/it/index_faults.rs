//! A lost, stale, foreign or damaged index costs a rebuild and nothing else.

use std::fs;
use std::path::Path;

use eventsourcing::{
    AppendError, Checkpoint, CheckpointStore, Commit, EventStore, ExpectedVersion, NewEvent,
    Position, RecordedEvent, SnapshotStore, Tag,
};
use eventsourcing_sled::{Durability, SledStore};
use tempfile::TempDir;

use crate::support::{
    account, block_on, check, commit, copy, event, fill, log, open_sled, refused, segments,
    wait_until,
};

/// A closed store with a flushed index, and what is in it.
fn closed(commits: usize) -> (TempDir, Vec<RecordedEvent>) {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, commits);
    let events = log(&store).expect("the log");
    drop(store);
    (dir, events)
}

/// Opens a store whose index cannot be used.
fn check_rebuilt(dir: &Path, expected: &[RecordedEvent], reason: &str) {
    let store = SledStore::open(dir).expect("a store");
    let stats = store.stats().expect("figures");
    let said = stats
        .last_rebuild
        .expect("it says that it rebuilt the index");
    assert!(said.contains(reason), "it says `{said}`");
    check(&store, expected);
    assert!(store.verify().expect("a report").is_sound());
    drop(store);
    // Once is enough.
    let store = SledStore::open(dir).expect("a store");
    assert_eq!(store.stats().expect("figures").last_rebuild, None);
    check(&store, expected);
}

#[test]
fn a_sound_index_is_used() {
    let (dir, events) = closed(300);
    let store = SledStore::open(dir.path()).expect("a store");
    let stats = store.stats().expect("figures");
    assert_eq!((stats.last_rebuild, stats.index_rebuilds), (None, 0));
    assert_eq!(stats.indexed.get(), 300, "closing has flushed it");
    check(&store, &events);
    assert!(store.verify().expect("a report").is_sound());
}

#[test]
fn deleted() {
    let (dir, events) = closed(300);
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    check_rebuilt(dir.path(), &events, "missing");
    assert!(
        !dir.path().join("index.broken-1").exists(),
        "there was nothing to keep"
    );
}

#[test]
fn emptied() {
    let (dir, events) = closed(300);
    let index = dir.path().join("index");
    fs::remove_dir_all(&index).expect("removing");
    fs::create_dir(&index).expect("a directory");
    check_rebuilt(dir.path(), &events, "");
}

#[test]
fn of_another_store() {
    let (dir, events) = closed(100);
    let (other, _) = closed(100);
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    copy(&other.path().join("index"), &dir.path().join("index"));
    check_rebuilt(dir.path(), &events, "another store");
    assert!(
        dir.path().join("index.broken-1").exists(),
        "it was moved aside"
    );
}

#[test]
fn older_than_the_log() {
    let (dir, _) = closed(100);
    let old = tempfile::tempdir().expect("a directory");
    copy(&dir.path().join("index"), &old.path().join("index"));
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 250);
    let events = log(&store).expect("the log");
    drop(store);
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    copy(&old.path().join("index"), &dir.path().join("index"));
    let store = SledStore::open(dir.path()).expect("a store");
    assert_eq!(
        store.stats().expect("figures").last_rebuild,
        None,
        "it is completed, not rebuilt"
    );
    check(&store, &events);
    drop(store);
    let store = SledStore::open(dir.path()).expect("a store");
    check(&store, &events);
    assert!(store.verify().expect("a report").is_sound());
}

#[test]
fn newer_than_the_log() {
    let (dir, _) = closed(100);
    let old = tempfile::tempdir().expect("a directory");
    copy(dir.path(), old.path());
    let store = SledStore::open(dir.path()).expect("a store");
    let before = log(&store).expect("the log");
    fill(&store, 50);
    drop(store);
    // As after restoring an older copy of the log only.
    fs::remove_dir_all(old.path().join("index")).expect("removing");
    copy(&dir.path().join("index"), &old.path().join("index"));
    refused(old.path(), 101, "positions 101 to 150 are lost");
    assert!(!old.path().join("index.broken-1").exists(), "it is kept");
    fs::remove_dir_all(old.path().join("index")).expect("accepting the loss");
    check_rebuilt(old.path(), &before, "missing");
}

#[test]
fn of_a_log_that_went_another_way() {
    let (dir, _) = closed(100);
    let other = tempfile::tempdir().expect("a directory");
    copy(dir.path(), other.path());
    for (dir, commits) in [(&dir, 20), (&other, 30)] {
        let store = SledStore::open(dir.path()).expect("a store");
        fill(&store, commits);
    }
    fs::remove_dir_all(other.path().join("index")).expect("removing");
    copy(&dir.path().join("index"), &other.path().join("index"));
    let expected = {
        let again = tempfile::tempdir().expect("a directory");
        copy(other.path(), again.path());
        fs::remove_dir_all(again.path().join("index")).expect("removing");
        log(&SledStore::open(again.path()).expect("a store")).expect("the log")
    };
    refused(other.path(), 120, "the log is another copy of this store");
    fs::remove_dir_all(other.path().join("index")).expect("accepting the loss");
    check_rebuilt(other.path(), &expected, "missing");
}

#[test]
fn an_interrupted_snapshot_of_the_engine() {
    let (dir, events) = closed(100);
    fs::write(
        dir.path().join("index/snap.FFFFFFFFFFFFFFFF.generating"),
        b"half",
    )
    .expect("writing");
    let store = SledStore::open(dir.path()).expect("a store");
    check(&store, &events);
}

#[test]
fn truncated() {
    let (dir, events) = closed(300);
    let whole = fs::read(dir.path().join("index/db")).expect("the index");
    for part in 0..6 {
        let case = tempfile::tempdir().expect("a directory");
        copy(dir.path(), case.path());
        fs::write(
            case.path().join("index/db"),
            &whole[..whole.len() * part / 6],
        )
        .expect("writing");
        check_content(case.path(), &events);
    }
}

#[test]
fn flipped_bits() {
    let (dir, events) = closed(300);
    let index = dir.path().join("index");
    let mut cases = 0;
    for entry in fs::read_dir(&index).expect("the index") {
        let path = entry.expect("an entry").path();
        if !path.is_file() {
            continue;
        }
        let whole = fs::read(&path).expect("a file");
        // Where there is something: sled's file is mostly empty.
        let full: Vec<_> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
        for at in full.iter().step_by((full.len() / 8).max(1)) {
            let case = tempfile::tempdir().expect("a directory");
            copy(dir.path(), case.path());
            let mut bytes = whole.clone();
            bytes[*at] ^= 1;
            let name = path.file_name().expect("a name");
            fs::write(case.path().join("index").join(name), bytes).expect("writing");
            check_content(case.path(), &events);
            cases += 1;
        }
    }
    assert!(cases > 8, "{cases} cases");
}

/// The content is there, whether or not the damage was in a place that is used.
fn check_content(dir: &Path, expected: &[RecordedEvent]) {
    let store = SledStore::open(dir).expect("a store");
    check(&store, expected);
    fill(&store, 5);
    assert_eq!(log(&store).expect("the log").len(), expected.len() + 5);
    assert!(store.verify().expect("a report").is_sound());
}

#[test]
fn rebuilt_on_demand() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 200);
    let snapshot = eventsourcing::Snapshot {
        stream: account(1),
        version: eventsourcing::Version::new(3),
        last_event: eventsourcing::CommitId::generate().event_id(0),
        fingerprint: 9,
        format: eventsourcing::FormatId::JSON,
        state: vec![7; 20_000].into(),
    };
    block_on(store.save_snapshot(snapshot.clone())).expect("saving");
    let events = log(&store).expect("the log");
    store.rebuild_index().expect("rebuilding");
    check(&store, &events);
    let loaded = block_on(store.load_snapshot(&account(1))).expect("loading");
    assert_eq!(
        loaded,
        Some(snapshot),
        "what is not made from the log is taken over"
    );
    fill(&store, 20);
    store.rebuild_index().expect("rebuilding");
    let events = log(&store).expect("the log");
    drop(store);
    let store = SledStore::open(dir.path()).expect("a store");
    check(&store, &events);
    assert!(store.verify().expect("a report").is_sound());
    assert!(
        !dir.path().join("index.broken-1").exists(),
        "nothing was broken"
    );
}

#[test]
fn an_unfinished_rebuild_is_forgotten() {
    let (dir, events) = closed(50);
    copy(
        &dir.path().join("index"),
        &dir.path().join("index.rebuilding"),
    );
    let store = SledStore::open(dir.path()).expect("a store");
    check(&store, &events);
    assert!(!dir.path().join("index.rebuilding").exists());
}

/// A checkpoint that has been acknowledged.
fn checkpointed(store: &SledStore) -> Checkpoint {
    let checkpoint = Checkpoint {
        position: Position::new(5),
        epoch: 1,
    };
    block_on(store.store_checkpoint("reader", None, checkpoint)).expect("a checkpoint");
    checkpoint
}

#[test]
fn killed_after_a_rebuild_in_front_of_the_first_flush() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 5);
    let checkpoint = checkpointed(&store);
    store.rebuild_index().expect("rebuilding");
    // What is on the disk at that moment.
    let killed = tempfile::tempdir().expect("a directory");
    copy(dir.path(), killed.path());
    let store = SledStore::open(killed.path()).expect("a store");
    assert_eq!(store.stats().expect("figures").last_rebuild, None);
    let found = block_on(store.load_checkpoint("reader")).expect("a checkpoint");
    assert_eq!(found, Some(checkpoint));
}

#[test]
fn killed_while_a_rebuilt_index_takes_its_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 5);
    let checkpoint = checkpointed(&store);
    let events = log(&store).expect("the log");
    drop(store);
    // The old one has been moved aside.
    let index = |name: &str| dir.path().join(name);
    copy(&index("index"), &index("index.broken-1"));
    fs::rename(index("index"), index("index.rebuilding")).expect("renaming");
    let store = SledStore::open(dir.path()).expect("a store");
    assert_eq!(store.stats().expect("figures").last_rebuild, None);
    let found = block_on(store.load_checkpoint("reader")).expect("a checkpoint");
    assert_eq!(found, Some(checkpoint));
    check(&store, &events);
    assert!(!index("index.rebuilding").exists());
}

#[test]
fn kept_while_the_log_is_damaged() {
    let dir = tempfile::tempdir().expect("a directory");
    let settings = || SledStore::builder().segment_bytes(1 << 10);
    let store = settings().open(dir.path()).expect("a store");
    fill(&store, 60);
    let events = log(&store).expect("the log");
    drop(store);
    let sealed = &segments(dir.path())[2];
    let sound = fs::read(sealed).expect("a segment");
    let mut damaged = sound.clone();
    damaged[sound.len() / 2] ^= 1;
    fs::write(sealed, &damaged).expect("damaging");
    let index = dir.path().join("index");
    fs::write(index.join("db"), b"").expect("damaging");
    fs::write(index.join("kept"), b"").expect("a mark");
    for _ in 0..3 {
        settings()
            .open(dir.path())
            .expect_err("nothing to build it from");
        assert!(index.join("kept").exists());
        assert!(!dir.path().join("index.broken-1").exists());
    }
    fs::write(sealed, &sound).expect("repairing");
    let store = settings().open(dir.path()).expect("a store");
    check(&store, &events);
    drop(store);
    // Where there was none, nothing is left of one that could not be built.
    fs::remove_dir_all(&index).expect("removing");
    fs::write(sealed, &damaged).expect("damaging");
    for _ in 0..2 {
        settings()
            .open(dir.path())
            .expect_err("nothing to build it from");
        assert!(!index.exists());
    }
    fs::write(sealed, &sound).expect("repairing");
    let store = settings().open(dir.path()).expect("a store");
    check(&store, &events);
    assert!(!dir.path().join("index.broken-2").exists());
}

#[test]
fn verify_compares_times_and_marks() {
    // Table, and how the row is changed: a mark and a minute that lead elsewhere.
    for table in [&[3, 6][..], &[8]] {
        let (dir, _) = closed(300);
        let index = open_sled(&dir.path().join("index"));
        let (key, row) = index
            .scan_prefix(table)
            .next()
            .expect("a row")
            .expect("a row");
        let mut changed = row.to_vec();
        changed[1] += 8;
        index.insert(key, changed).expect("a row");
        drop(index);
        let store = SledStore::open(dir.path()).expect("a store");
        assert!(
            !store.verify().expect("a report").is_sound(),
            "table {table:?}"
        );
        store.rebuild_index().expect("a new index");
        assert!(store.verify().expect("a report").is_sound());
    }
}

/// What is not in sled yet is held in memory, within bounds: an index that cannot be written refuses appends in the end, and
/// writes again by itself once it can.
#[test]
fn that_cannot_be_written_refuses_appends_until_it_can() {
    let dir = tempfile::tempdir().expect("a directory");
    let settings = SledStore::builder().durability(Durability::None);
    let store = settings.open(dir.path()).expect("a store");
    // In the way of the file that room is tried with.
    let obstacle = dir.path().join("room.new");
    fs::create_dir(&obstacle).expect("a directory");
    let tags = (0..31).map(|n| Tag::new(&format!("t:{n}")).expect("a tag"));
    let event = tags.fold(event("{}"), NewEvent::with_tag);
    let mut events = 0;
    let refused = loop {
        let commit = Commit::new();
        let commit = commit.append(account(0), ExpectedVersion::Any, vec![event.clone(); 5000]);
        match block_on(store.append(commit)) {
            Ok(_) => events += 5000,
            Err(error) => break error,
        }
        // Every event takes 16 bytes in each of its 34 lists.
        assert!(events < 200_000, "no bound");
    };
    assert!(events > 50_000, "refused after {events} events");
    let AppendError::Unavailable { reason, .. } = &refused else {
        panic!("{refused}");
    };
    assert!(reason.contains("room.new"), "it says `{reason}`");
    fs::remove_dir(&obstacle).expect("removing");
    // Whoever is still refused wakes the index up.
    wait_until("an append", || {
        match block_on(store.append(commit(&account(1), 1))) {
            Ok(_) => true,
            Err(AppendError::Unavailable { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    });
    let last = store.stats().expect("figures").events;
    assert_eq!(last, events + 1);
}
