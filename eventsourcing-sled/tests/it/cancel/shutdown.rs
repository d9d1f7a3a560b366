//! Closing and dropping the sled store while appends are under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use eventsourcing::*;
use eventsourcing_sled::{Durability, SledStore};
use eventsourcing_testkit::faults::{Tally, rounds};
use eventsourcing_testkit::history::{History, Recorded};

use super::sled;
use crate::support::{account, block_on, commit, log, wait_until};

/// A store that waits for more before it writes, so that what was appended is still queued.
fn patient(dir: &tempfile::TempDir) -> SledStore {
    let max_delay = Duration::from_secs(60);
    let settings = SledStore::builder().durability(Durability::Group { max_delay });
    settings.open(dir.path()).expect("a store")
}

/// Appends in every way; the ones in odd places conflict with those before them.
fn queued(number: u64) -> Commit {
    let mut commit = commit(&account(number / 2), 2);
    commit.streams[0].expected = ExpectedVersion::NoStream;
    commit
}

#[test]
fn closing_answers_what_is_queued() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = patient(&dir);
    let mut cx = Context::from_waker(Waker::noop());
    let commits: Vec<_> = (0..64).map(queued).collect();
    let mut appends: Vec<_> = commits
        .iter()
        .map(|commit| store.append(commit.clone()))
        .collect();
    for append in &mut appends {
        assert!(append.as_mut().poll(&mut cx).is_pending());
    }
    store.close();
    for (number, mut append) in appends.into_iter().enumerate() {
        let Poll::Ready(result) = append.as_mut().poll(&mut cx) else {
            panic!("append {number} is not answered");
        };
        match result {
            Ok(_) => assert_eq!(number % 2, 0),
            Err(AppendError::Conflict { actual, .. }) => {
                assert_eq!((number % 2, actual), (1, Version::new(2)));
            }
            Err(error) => panic!("append {number}: {error}"),
        }
    }
    let error = block_on(store.append(queued(1000))).expect_err("it is closed");
    assert!(matches!(error, AppendError::Unavailable { .. }), "{error}");
    drop(store);
    assert_whole(&dir, &commits, 32);
}

#[test]
fn dropping_writes_what_is_queued() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = patient(&dir);
    let commits: Vec<_> = (0..64).map(queued).collect();
    for commit in &commits {
        let mut cx = Context::from_waker(Waker::noop());
        assert!(
            store
                .append(commit.clone())
                .as_mut()
                .poll(&mut cx)
                .is_pending()
        );
    }
    // Nobody waits for them any more, and the last handle goes.
    drop(store);
    assert_whole(&dir, &commits, 32);
}

/// So many of the commits are in the store, each of them whole.
#[track_caller]
fn assert_whole(dir: &tempfile::TempDir, commits: &[Commit], written: usize) {
    let store = SledStore::open(dir.path()).expect("a store");
    let events = log(&store).expect("the log");
    assert_eq!(events.len(), written * 2);
    for events in events.chunk_by(|a, b| a.commit_id == b.commit_id) {
        let mut commits = commits.iter();
        assert!(commits.any(|commit| commit.is_recorded_as(events)));
    }
    assert!(store.verify().expect("a report").is_sound());
}

/// Who follows the log learns of its end, though there is still a handle.
#[test]
fn closing_ends_watches() {
    let (store, _dir) = sled();
    let committed = block_on(store.append(queued(0))).expect("an append");
    let last = committed.receipt.last;
    let (mut behind, mut waiting) = (store.watch(), store.watch());
    let waiter = std::thread::spawn(move || block_on(waiting.beyond(last)));
    store.close();
    assert_eq!(waiter.join().expect("no panic"), None);
    assert_eq!(block_on(behind.beyond(last)), None);
    // What had been reported stays true, also for who comes late.
    let mut late = store.watch();
    for watch in [&mut behind, &mut late] {
        assert_eq!(watch.head(), last);
        assert_eq!(block_on(watch.beyond(Position::START)), Some(last));
    }
    assert_eq!(block_on(late.beyond(last)), None);
}

/// Whoever races with the end of the store gets a true answer: written and there, or not written and not there.
#[test]
fn appends_that_race_with_closing() {
    let mut tally = Tally::new("appends racing with close: sled");
    for round in 0..rounds(30, 500) {
        let (store, dir) = sled();
        let history = History::new();
        let store = Recorded::new(store, &history);
        let begun = Arc::new(AtomicU64::new(0));
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (store, begun) = (store.clone(), begun.clone());
                std::thread::spawn(move || {
                    loop {
                        begun.fetch_add(1, Ordering::SeqCst);
                        let commit = commit(&account(writer), 1);
                        match block_on(store.append(commit)) {
                            Ok(_) => {}
                            Err(AppendError::Unavailable { .. }) => return,
                            Err(error) => panic!("{error}"),
                        }
                    }
                })
            })
            .collect();
        let enough = round as u64 % 20;
        wait_until("some appends", || begun.load(Ordering::SeqCst) > enough);
        store.inner().close();
        for writer in writers {
            writer.join().expect("no panic");
        }
        drop(store);
        let inner = SledStore::open(dir.path()).expect("a store");
        let store = Recorded::new(inner, &history);
        let checked = block_on(history.check(store.inner()));
        let checked = checked.unwrap_or_else(|violation| panic!("round {round}: {violation}"));
        assert_eq!(checked.acknowledged_events, checked.events);
        tally.round(checked.events as u64, 0, String::new);
    }
    tally.finish();
}
