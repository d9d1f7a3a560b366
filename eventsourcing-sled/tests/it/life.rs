//! Times, cancellation, durability levels.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eventsourcing::{
    Checkpoint, CheckpointStore, Clock, Durability as Level, EventStore, EventStoreExt, Filter,
    Position, ReadError, Timestamp,
};
use eventsourcing_sled::{Durability, SledStore};

use crate::support::{account, append, block_on, check, commit, fill, filtered, log, wait_until};

#[derive(Debug, Default)]
struct Manual(AtomicI64);

impl Clock for Manual {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

const MINUTE: i64 = 60_000_000;

#[test]
fn recorded_times_never_step_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let clock = Arc::new(Manual::default());
    let open = || {
        // So small that every few commits a segment ends.
        let settings = SledStore::builder()
            .segment_bytes(1 << 10)
            .clock(clock.clone());
        settings.open(dir.path()).expect("a store")
    };
    let mut store = open();
    let mut expected = Vec::new();
    let mut latest = i64::MIN;
    for now in [-90, -30, -40, 0, 50, 20, 60, 200, 199, 201, 3, 500] {
        clock.0.store(now * MINUTE, Ordering::Relaxed);
        latest = latest.max(now * MINUTE);
        for _ in 0..4 {
            append(&store, commit(&account(0), 1));
            expected.push(Timestamp::from_micros(latest));
        }
        drop(store);
        store = open();
    }
    let events = log(&store).expect("the log");
    assert!(events.iter().map(|event| event.recorded_at).eq(expected));
    // By time, from a fresh index and from one that was written in many parts.
    for _ in 0..2 {
        for from in (-100..510).step_by(10) {
            for until in [from, from + 25, from + 300] {
                let (from, until) = (
                    Timestamp::from_micros(from * MINUTE),
                    Timestamp::from_micros(until * MINUTE),
                );
                let filter = Filter::all().recorded(from..=until);
                let wanted = events.iter().filter(|event| filter.matches(event));
                assert!(
                    filtered(&store, &filter)
                        .expect("a range")
                        .iter()
                        .eq(wanted),
                    "{from}..={until}"
                );
            }
        }
        store.rebuild_index().expect("rebuilding");
    }
}

#[test]
fn a_dropped_append_is_whole_or_absent() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let mut ids = Vec::new();
    runtime.block_on(async {
        for round in 0..200_u32 {
            let commit = commit(&account(round % 5), 3);
            ids.push(commit.commit_id);
            // Polled no more than a few times, then dropped.
            let mut append = Box::pin(store.append(commit));
            for _ in 0..round % 4 {
                let polled = std::future::poll_fn(|cx| {
                    std::task::Poll::Ready(append.as_mut().poll(cx).is_ready())
                });
                if polled.await {
                    break;
                }
            }
        }
    });
    append(&store, commit(&account(0), 1));
    let events = log(&store).expect("the log");
    for id in ids {
        let found = block_on(store.find_commit(id)).expect("a lookup");
        let here = events.iter().filter(|event| event.commit_id == id).count();
        assert_eq!(here, found.map_or(0, |found| found.events.len()));
        assert!(here == 0 || here == 3);
    }
    check(&store, &events);
}

#[test]
fn durability_levels() {
    let cases = [
        (Durability::Always, Level::Fsync),
        (
            Durability::Group {
                max_delay: Duration::from_millis(1),
            },
            Level::Fsync,
        ),
        (Durability::None, Level::Buffered),
    ];
    for (durability, level) in cases {
        let dir = tempfile::tempdir().expect("a directory");
        let store = SledStore::builder()
            .durability(durability)
            .open(dir.path())
            .expect("a store");
        assert_eq!(store.capabilities().durability, level);
        fill(&store, 20);
        let stats = store.stats().expect("figures");
        assert_eq!(stats.commits, 20);
        assert_eq!(stats.syncs > 0, level == Level::Fsync, "{durability:?}");
        let events = log(&store).expect("the log");
        drop(store);
        let store = SledStore::open(dir.path()).expect("a store");
        check(&store, &events);
    }
}

#[test]
fn writers_that_wait_together_share_a_sync() {
    let dir = tempfile::tempdir().expect("a directory");
    let durability = Durability::Group {
        max_delay: Duration::from_millis(50),
    };
    let store = SledStore::builder()
        .durability(durability)
        .open(dir.path())
        .expect("a store");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let tasks = (0..32).map(|task| {
            let store = store.clone();
            tokio::spawn(async move { store.append(commit(&account(task % 5), 1)).await })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("a task").expect("an append");
        }
    });
    let stats = store.stats().expect("figures");
    assert_eq!(stats.commits, 32);
    assert!(stats.groups < 32, "{} groups", stats.groups);
}

#[test]
fn the_index_is_written_when_it_is_quiet() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 300);
    wait_until("flushing the index", || {
        store.stats().expect("figures").indexed.get() == 300
    });
    let events = log(&store).expect("the log");
    check(&store, &events);
    fill(&store, 300);
    check(&store, &log(&store).expect("the log"));
    assert!(store.verify().expect("a report").is_sound());
}

#[test]
fn a_minute_is_found_from_its_beginning() {
    let dir = tempfile::tempdir().expect("a directory");
    let clock = Arc::new(Manual::default());
    let settings = SledStore::builder().clock(clock.clone());
    let store = settings.open(dir.path()).expect("a store");
    // It begins in sled, goes on there, and ends in memory.
    for second in 10..40 {
        clock
            .0
            .store(MINUTE + second * 1_000_000, Ordering::Relaxed);
        fill(&store, 1);
        if second % 10 == 0 {
            wait_until("a flush", || {
                let stats = store.stats().expect("figures");
                stats.indexed.get() == stats.events
            });
        }
    }
    let all = log(&store).expect("the log");
    for first in 0..all.len() {
        let since = Filter::all().recorded(all[first].recorded_at..);
        assert_eq!(filtered(&store, &since).expect("a page"), all[first..]);
    }
}

#[test]
fn a_closed_handle_leaves_the_directory_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 20);
    store.close();
    let next = SledStore::open(dir.path()).expect("a store");
    // As if the next one were rebuilding its index.
    let rebuilding = dir.path().join("index.rebuilding");
    std::fs::create_dir(&rebuilding).expect("a directory");
    store.rebuild_index().expect_err("it is closed");
    assert!(rebuilding.exists());
    store
        .verify()
        .expect_err("it is closed, which is no fault of the index");
    assert!(next.verify().expect("a report").is_sound());
}

/// Whoever opens the directory next has it alone, and need not wait until a long rebuild is done.
#[test]
fn closing_ends_a_rebuild() {
    let dir = tempfile::tempdir().expect("a directory");
    let open = || {
        let settings = SledStore::builder().durability(Durability::None);
        settings.open(dir.path()).expect("a store")
    };
    fill(&open(), 5000);
    let building = dir.path().join("index.rebuilding");
    let mut ended = 0;
    for _ in 0..3 {
        let store = open();
        let events = log(&store).expect("the log");
        let rebuilt = std::thread::scope(|scope| {
            let rebuild = scope.spawn(|| store.rebuild_index());
            wait_until("a rebuild", || building.exists() || rebuild.is_finished());
            store.close();
            assert!(!building.exists(), "it is closed, and still rebuilding");
            let next = open();
            check(&next, &events);
            rebuild.join().expect("no panic")
        });
        ended += usize::from(matches!(rebuilt, Err(ReadError::Unavailable { .. })));
        assert!(open().verify().expect("a report").is_sound());
    }
    assert!(ended > 0, "every rebuild was done before");
}

#[test]
fn a_delay_beyond_all_bounds_is_no_panic() {
    let dir = tempfile::tempdir().expect("a directory");
    let max_delay = Duration::MAX;
    let settings = SledStore::builder().durability(Durability::Group { max_delay });
    let store = settings.open(dir.path()).expect("a store");
    let mut appending = store.append(commit(&account(1), 1));
    // Handed over with the first poll, so before the store is closed.
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(appending.as_mut().poll(&mut cx).is_pending());
    store.close();
    block_on(appending).expect("closing ends the wait");
}

#[test]
fn a_cache_of_any_size_leaves_the_index_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 300);
    let stored = Checkpoint {
        position: Position::new(5),
        epoch: 1,
    };
    block_on(store.store_checkpoint("reader", None, stored)).expect("a checkpoint");
    drop(store);
    for bytes in [0, 1, 255, u64::MAX] {
        let settings = SledStore::builder().cache_capacity(bytes);
        let store = settings.open(dir.path()).expect("a store");
        assert_eq!(
            store.stats().expect("figures").last_rebuild,
            None,
            "{bytes}"
        );
        let found = block_on(store.load_checkpoint("reader")).expect("a checkpoint");
        assert_eq!(found, Some(stored), "{bytes}");
        check(&store, &log(&store).expect("the log"));
    }
}
