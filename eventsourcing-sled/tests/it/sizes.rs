//! Large and small: payloads, snapshots, segments.

use std::fs;

use eventsourcing::{
    Commit, CommitId, ExpectedVersion, FormatId, Snapshot, SnapshotStore, Version,
};
use eventsourcing_sled::{Durability, SledStore};

use crate::support::{
    account, append, block_on, check, commit, event, fill, log, segments, stream,
};

fn pattern(size: usize) -> impl Iterator<Item = u8> {
    (0..=250).cycle().step_by(31).take(size)
}

#[test]
fn payloads_of_every_size() {
    let dir = tempfile::tempdir().expect("a directory");
    let sizes = [
        0,
        1,
        6143,
        6144,
        6145,
        131_051,
        131_052,
        131_053,
        1 << 20,
        8 << 20,
    ];
    let open = || SledStore::open(dir.path()).expect("a store");
    let mut store = open();
    for size in sizes {
        let payload: Vec<u8> = pattern(size).collect();
        let events = vec![event(payload)];
        append(
            &store,
            Commit::new().append(account(size), ExpectedVersion::NoStream, events),
        );
    }
    for _ in 0..2 {
        for size in sizes {
            let events = stream(&store, &account(size)).expect("a stream");
            let expected = pattern(size);
            assert!(
                events.len() == 1 && events[0].payload.iter().copied().eq(expected),
                "{size}"
            );
        }
        assert_eq!(log(&store).expect("the log").len(), sizes.len());
        drop(store);
        store = open();
    }
    check_no_blobs(dir.path());
}

fn snapshot(stream: usize, version: u64, size: usize) -> Snapshot {
    Snapshot {
        stream: account(stream),
        version: Version::new(version),
        last_event: CommitId::generate().event_id(0),
        fingerprint: 1,
        format: FormatId::JSON,
        state: vec![version.to_le_bytes()[0]; size].into(),
    }
}

/// sled writes what is too large for it in a way that a power cut can undo.
fn check_no_blobs(dir: &std::path::Path) {
    let blobs = dir.join("index/blobs");
    let count = fs::read_dir(&blobs).map_or(0, Iterator::count);
    assert_eq!(count, 0, "{} holds something", blobs.display());
}

#[test]
fn snapshots_of_every_size() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    for (stream, size) in [0, 1, 4095, 4096, 4097, 8192, 100_000, 3 << 20]
        .into_iter()
        .enumerate()
    {
        let saved = snapshot(stream, 7, size);
        block_on(store.save_snapshot(saved.clone())).expect("saving");
        let loaded = block_on(store.load_snapshot(&account(stream))).expect("loading");
        assert!(loaded == Some(saved), "{size}");
        // Smaller and larger again: nothing of the earlier one shines through.
        for size in [size / 2, size * 2] {
            let saved = snapshot(stream, 8, size);
            block_on(store.save_snapshot(saved.clone())).expect("saving");
            let loaded = block_on(store.load_snapshot(&account(stream))).expect("loading");
            assert!(loaded == Some(saved), "{size}");
        }
    }
    drop(store);
    check_no_blobs(dir.path());
}

#[test]
fn overwritten_snapshots_take_no_more_room() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    for number in 0..10_000 {
        block_on(store.save_snapshot(snapshot(number % 3, number as u64, 5000))).expect("saving");
    }
    drop(store);
    let store = SledStore::open(dir.path()).expect("a store");
    let bytes = store.stats().expect("figures").index_bytes;
    // 15 KB are alive, 50 MB were written.
    assert!(bytes < 25 << 20, "{bytes} bytes");
    let loaded = block_on(store.load_snapshot(&account(0)))
        .expect("loading")
        .expect("a snapshot");
    assert_eq!(loaded.version, Version::new(9999));
}

#[test]
fn small_segments() {
    let dir = tempfile::tempdir().expect("a directory");
    let open = || {
        SledStore::builder()
            .segment_bytes(1 << 10)
            .open(dir.path())
            .expect("a store")
    };
    let store = open();
    fill(&store, 500);
    let events = log(&store).expect("the log");
    assert!(segments(dir.path()).len() > 50);
    check(&store, &events);
    drop(store);
    let store = open();
    check(&store, &events);
    fill(&store, 10);
    assert_eq!(log(&store).expect("the log").len(), 510);
    assert!(store.verify().expect("a report").is_sound());
}

#[test]
fn a_long_stream_among_many() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::builder()
        .durability(Durability::None)
        .open(dir.path())
        .expect("a store");
    for round in 0..300 {
        append(&store, commit(&account("long"), 1 + round % 7));
        append(&store, commit(&account(round), 1));
    }
    let long = stream(&store, &account("long")).expect("a stream");
    assert!(
        long.iter()
            .map(|event| event.version.get())
            .eq(1..=long.len() as u64)
    );
    let events = log(&store).expect("the log");
    drop(store);
    let store = SledStore::open(dir.path()).expect("a store");
    assert!(log(&store).expect("the log") == events);
    assert!(stream(&store, &account("long")).expect("a stream") == long);
    assert!(store.verify().expect("a report").is_sound());
}
