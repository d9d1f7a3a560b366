//! The calls of a store.

use std::ops::ControlFlow;

use eventsourcing::*;
use eventsourcing_testkit::history::drop_after;
use futures_util::TryStreamExt;

use super::{Full, Subject, check, on_each_store};
use crate::support::{account, commit, event};

/// More polls than any future here needs.
const POLLS: usize = 10_000;

/// Calls again and again, each time dropping the future one poll later, until it is done; what is done after each drop
/// comes with it. Returns how often it was dropped.
async fn dropped_everywhere<T, F: Future<Output = T>>(mut call: impl FnMut() -> F) -> usize {
    for polls in 0..POLLS {
        if drop_after(polls, call()).await.is_some() {
            return polls;
        }
    }
    panic!("it does not end");
}

#[test]
fn append() {
    on_each_store!(dropped_appends);
}

async fn dropped_appends<S: Full>(store: Subject<S>) {
    let (ada, bob) = (account("ada"), account("bob"));
    for polls in 0..POLLS {
        let both = commit(&ada, 3).append(bob.clone(), ExpectedVersion::Any, vec![event("{}")]);
        let done = drop_after(polls, store.append(both.clone())).await;
        // Later appends work, also under the same id: that tells what became of the dropped one.
        store.append(commit(&ada, 1)).await.expect("an append");
        let again = store.append(both).await.expect("an append");
        if polls == 0 {
            assert!(!again.duplicate, "it never ran");
        }
        assert_eq!(check(&store).await, (polls + 1) * 5);
        if done.is_some() {
            assert!(again.duplicate);
            assert!(polls >= 3, "it is dropped before and after it is written");
            return;
        }
    }
    panic!("it does not end");
}

#[test]
fn reads() {
    on_each_store!(dropped_reads);
}

async fn dropped_reads<S: Full>(store: Subject<S>) {
    let (ada, all) = (account("ada"), Filter::all());
    let mut last = None;
    for _ in 0..50 {
        last = Some(store.append(commit(&ada, 1)).await.expect("an append"));
    }
    let id = last.expect("a commit").receipt.commit_id;
    let mut dropped = 0;
    dropped += dropped_everywhere(|| store.read_all(Position::START, &all, 7)).await;
    dropped += dropped_everywhere(|| store.read_stream(&ada, StreamRange::all())).await;
    dropped += dropped_everywhere(|| store.read_stream(&ada, StreamRange::backward())).await;
    dropped += dropped_everywhere(|| store.stream_head(&ada)).await;
    dropped += dropped_everywhere(|| store.head()).await;
    dropped += dropped_everywhere(|| store.find_commit(id)).await;
    dropped += dropped_everywhere(|| async {
        let mut each = |_: &RecordedEvent| ControlFlow::Continue(());
        store
            .visit_stream(&ada, StreamRange::all(), &mut each)
            .await
    })
    .await;
    // Page by page: each page is a place to stop.
    let range = StreamRange::all().limit(5);
    let pages = dropped_everywhere(|| store.stream_events(&ada, range).try_collect::<Vec<_>>());
    let pages = pages.await;
    assert!(pages > 10, "{pages} places in ten pages");
    dropped += dropped_everywhere(|| {
        store
            .log_events(Position::START, &all)
            .try_collect::<Vec<_>>()
    })
    .await;
    dropped += dropped_everywhere(|| async {
        let each = |_| Ok::<_, ReadError>(());
        store.for_each_in_log(Position::START, &all, each).await
    })
    .await;
    assert!(dropped > 9 * 2, "{dropped} places");
    store.append(commit(&ada, 1)).await.expect("an append");
    assert_eq!(check(&store).await, 51);
}

#[test]
fn watching() {
    on_each_store!(dropped_watches);
}

async fn dropped_watches<S: Full>(store: Subject<S>) {
    let mut watch = store.watch();
    assert_eq!(drop_after(1, watch.beyond(Position::START)).await, None);
    let committed = store.append(commit(&account("ada"), 1)).await;
    let last = committed.expect("an append").receipt.last;
    assert_eq!(watch.beyond(Position::START).await, Some(last));
}
