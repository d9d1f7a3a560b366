//! Programs that work with a store while every system call of theirs is recorded. Each is the body of a test that does
//! nothing in an ordinary run.
//!
//! A line `acked` says that a commit was acknowledged, a line `sure` that everything up to a position is promised.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eventsourcing::{
    AppendError, Checkpoint, CheckpointStore, Commit, EventStore, ExpectedVersion, FormatId,
    LeaseStore, Snapshot, SnapshotStore, StreamId, StreamRange, Tag,
};
use eventsourcing_sled::{Durability, SledStore};

use crate::support::{account, block_on, child_dir, event, wait_until};

const WRITERS: usize = 4;
pub(super) const CHECKPOINTS: usize = 3;

/// Says something in one write, so that it is said whole or not at all.
pub(super) fn say(line: &str) {
    let line = format!("{line}\n");
    std::io::stdout()
        .write_all(line.as_bytes())
        .expect("output");
}

/// The directory of the store, in the recorded one.
fn store_dir() -> Option<PathBuf> {
    Some(child_dir()?.join("store"))
}

pub(super) fn open(dir: &Path, durability: Durability) -> SledStore {
    let builder = SledStore::builder()
        .durability(durability)
        .segment_bytes(16 << 10);
    builder.open(dir).expect("a store")
}

/// Everything that can be read is promised: readers may have acted on it.
fn promise_what_is_there(store: &SledStore) {
    let head = block_on(store.head()).expect("the head");
    say(&format!("sure {head}"));
}

/// Four writers append `commits` commits each, several events and streams to some of them. Ends early, with the number of
/// refused commits, when the store is poisoned.
fn write(store: &SledStore, commits: usize) -> usize {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build();
    runtime.expect("a runtime").block_on(async {
        let tasks = (0..WRITERS).map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..commits {
                    match store.append(commit(writer, number)).await {
                        Ok(committed) => {
                            let receipt = committed.receipt;
                            let (id, first, last) =
                                (receipt.commit_id, receipt.first, receipt.last);
                            say(&format!("acked {id} {first} {last}"));
                        }
                        Err(AppendError::OutcomeUnknown { .. } | AppendError::Poisoned { .. }) => {
                            return 1;
                        }
                        Err(error) => panic!("an append failed: {error}"),
                    }
                }
                0
            })
        });
        let mut refused = 0;
        for task in tasks.collect::<Vec<_>>() {
            refused += task.await.expect("a writer");
        }
        refused
    })
}

fn commit(writer: usize, number: usize) -> Commit {
    let shared = StreamId::new("shared", &(number % 3).to_string()).expect("an id");
    let streams = [account(writer), shared].into_iter().take(1 + number % 2);
    streams.fold(Commit::new(), |commit, stream| {
        let tag = Tag::new(&format!("of:{stream}")).expect("a tag");
        let payload = vec![b'a' + u8::try_from(number % 26).unwrap_or(0); 10 + number * 37 % 900];
        let events = vec![event(payload).with_tag(tag); 1 + number % 3];
        commit.append(stream, ExpectedVersion::Any, events)
    })
}

/// Replaces snapshots, checkpoints and leases over and over: what makes sled collect garbage and use its segments again.
fn keep_notes(store: &SledStore, rounds: usize) {
    block_on(async {
        for number in 0..rounds {
            let stream = account(number % WRITERS);
            let page = store.read_stream(&stream, StreamRange::backward().limit(1));
            let page = page.await.expect("a page");
            if let Some(last) = page.events.first() {
                let state =
                    vec![u8::try_from(last.version.get() % 251).unwrap_or(0); 3000 + number % 3000];
                let (version, last_event) = (last.version, last.event_id());
                let snapshot = Snapshot {
                    stream,
                    version,
                    last_event,
                    fingerprint: 7,
                    format: FormatId::JSON,
                    state: state.into(),
                };
                store.save_snapshot(snapshot).await.expect("a snapshot");
            }
            if number % 10 == 0 {
                let name = format!("reader-{}", number / 10 % CHECKPOINTS);
                let known = store.load_checkpoint(&name).await.expect("a checkpoint");
                let position = store.head().await.expect("the head");
                let epoch = known.map_or(1, |known| known.epoch);
                let new = Checkpoint { position, epoch };
                let stored = store.store_checkpoint(&name, known, new).await;
                stored.expect("a checkpoint");
                say(&format!("checkpoint {name} {position}"));
                let ttl = Duration::from_secs(60);
                let lease = store.acquire_lease("writer", "me", ttl).await;
                lease.expect("a lease");
            }
        }
    });
}

/// Waits until everything is in sled.
fn settle(store: &SledStore) {
    wait_until("the index's flush", || {
        // Asking opens files, and each of these calls is recorded.
        std::thread::sleep(Duration::from_millis(20));
        let stats = store.stats().expect("stats");
        stats.indexed.get() == stats.events
    });
}

/// Writers, notes and flushes of the index at once.
fn busy(store: &SledStore, bursts: usize) {
    for _ in 0..bursts {
        std::thread::scope(|scope| {
            scope.spawn(|| keep_notes(store, 500));
            assert_eq!(write(store, 25), 0, "no commit is refused");
        });
        settle(store);
    }
}

#[test]
fn always() {
    let Some(dir) = store_dir() else { return };
    busy(&open(&dir, Durability::Always), 4);
}

#[test]
fn group() {
    let Some(dir) = store_dir() else { return };
    let max_delay = Duration::from_millis(2);
    busy(&open(&dir, Durability::Group { max_delay }), 4);
}

/// Promises only what was there when it was closed.
#[test]
fn none() {
    let Some(dir) = store_dir() else { return };
    for _ in 0..4 {
        let store = open(&dir, Durability::None);
        busy(&store, 1);
        let head = block_on(store.head()).expect("the head");
        store.close();
        say(&format!("sure {head}"));
    }
}

/// Opened and closed, from nothing.
#[test]
fn lives() {
    let Some(dir) = store_dir() else { return };
    for life in 0..8 {
        let store = open(&dir, Durability::Always);
        promise_what_is_there(&store);
        write(&store, 3 + life);
        keep_notes(&store, 40);
        if life % 2 == 0 {
            settle(&store);
        }
        store.close();
    }
}

/// The index is rebuilt while it is in use, removed, and found damaged.
#[test]
fn rebuild() {
    let Some(dir) = store_dir() else { return };
    for life in 0..6 {
        let store = open(&dir, Durability::Always);
        promise_what_is_there(&store);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                keep_notes(&store, 60);
                store.rebuild_index().expect("a rebuilt index");
            });
            write(&store, 10);
        });
        store.close();
        match life % 3 {
            0 => fs::remove_dir_all(dir.join("index")).expect("removing the index"),
            1 => fs::write(dir.join("index/db"), [7; 4096]).expect("damaging the index"),
            _ => {}
        }
    }
}

/// Syncs fail now and then; the store is opened again and goes on.
#[test]
fn failing_sync() {
    let Some(dir) = store_dir() else { return };
    let mut failures = 0;
    for life in 0..12 {
        let store = open(&dir, Durability::Always);
        promise_what_is_there(&store);
        // The last life ends well.
        let commits = if life == 11 { 1 } else { 30 };
        failures += usize::from(write(&store, commits) > 0);
        store.close();
    }
    assert!(failures >= 8, "{failures} syncs have failed");
}
