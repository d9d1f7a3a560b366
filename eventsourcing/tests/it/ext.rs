//! The conveniences over any store.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use eventsourcing::{
    Commit, CommitId, EventStore, EventStoreExt, ExpectedVersion::Any, Filter, MemoryStore,
    Position, ReadError, StreamId, StreamRange, Version,
};

use futures_util::TryStreamExt;

use crate::domain::stored;

fn stream(id: &str) -> StreamId {
    StreamId::new("account", id).expect("an id")
}

fn commit(id: &str, events: usize) -> Commit {
    let event = stored("account.noted", 1, "{}");
    Commit::new().append(stream(id), Any, vec![event; events])
}

/// 2500 events in stream 7 (several pages), each third commit beside one in stream 8.
async fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    for round in 0..25 {
        store.append(commit("7", 100)).await.expect("an append");
        if round % 3 == 0 {
            store.append(commit("8", 1)).await.expect("an append");
        }
    }
    store
}

/// The memory store answers at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it is not ready"),
    }
}

#[tokio::test]
async fn a_stream_is_walked_page_by_page() {
    let store = filled().await;
    let mut versions = Vec::new();
    let each = |event: eventsourcing::RecordedEvent| {
        versions.push(event.version.get());
        Ok::<_, ReadError>(())
    };
    let range = StreamRange::from(Version::new(3)).limit(700);
    let head = store
        .for_each_in_stream(&stream("7"), range, each)
        .await
        .expect("a walk");
    assert_eq!(head, Version::new(2500));
    assert_eq!(versions, (3..=2500).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_log_is_walked_to_where_it_ended_at_the_start() {
    let store = filled().await;
    let end = store.head().await.expect("head");
    let (mut seen, filter) = (0, Filter::all().category("account"));
    let each = |event: eventsourcing::RecordedEvent| {
        assert!(event.position <= end);
        if seen % 500 == 0 {
            now(store.append(commit("9", 1))).expect("an append");
        }
        seen += 1;
        Ok::<_, ReadError>(())
    };
    let walked = store
        .for_each_in_log(Position::START, &filter, each)
        .await
        .expect("a walk");
    assert_eq!((walked, seen), (end, end.get()));
}

#[tokio::test]
async fn an_error_ends_the_walk() {
    #[derive(Debug)]
    struct Enough;
    impl From<ReadError> for Enough {
        fn from(error: ReadError) -> Self {
            panic!("the store can be read: {error}")
        }
    }
    let store = filled().await;
    let mut seen = 0;
    let mut each = |_| {
        seen += 1;
        if seen % 10 == 0 { Err(Enough) } else { Ok(()) }
    };
    let all = Filter::all();
    store
        .for_each_in_log(Position::START, &all, &mut each)
        .await
        .expect_err("enough");
    store
        .for_each_in_stream(&stream("7"), StreamRange::all(), &mut each)
        .await
        .expect_err("enough");
    assert_eq!(seen, 20);
}

#[tokio::test]
async fn commits_are_found_through_any_pointer() {
    let store = Arc::new(MemoryStore::new());
    let (key, dynamic): (_, Arc<dyn EventStore>) = (CommitId::from_key("k"), store.clone());
    let mut new = commit("7", 2).append(stream("8"), Any, vec![stored("account.noted", 1, "{}")]);
    new.commit_id = key;
    let committed = dynamic.append(new).await.expect("an append");
    let found = Box::new(dynamic)
        .find_commit(key)
        .await
        .expect("a look")
        .expect("it is there");
    assert_eq!(found.committed.versions, committed.versions);
    assert_eq!(
        (found.committed.receipt, found.events.len()),
        (committed.receipt, 3)
    );
}

#[tokio::test]
async fn streams_walk_streams_and_the_log() {
    let store: Arc<dyn EventStore> = Arc::new(filled().await);
    let id = stream("7");
    let backward = store.stream_events(&id, StreamRange::backward().limit(7));
    let versions: Vec<u64> = backward
        .map_ok(|event| event.version.get())
        .try_collect()
        .await
        .expect("a stream");
    assert_eq!(versions, (1..=2500).rev().collect::<Vec<_>>());

    let everything = Filter::all();
    let log = store.log_events(Position::new(100), &everything);
    let mut positions = Vec::new();
    let mut log = log.map_ok(|event| event.position.get());
    while let Some(position) = log.try_next().await.expect("a stream") {
        if positions.is_empty() {
            // Written after the first page: not part of this walk.
            store.append(commit("9", 3)).await.expect("an append");
        }
        positions.push(position);
    }
    assert_eq!(positions, (101..=2509).collect::<Vec<_>>());

    let beyond = store.log_events(Position::new(9999), &everything);
    let error = beyond.try_collect::<Vec<_>>().await.expect_err("beyond");
    assert!(
        matches!(error, ReadError::PositionBeyondHead { .. }),
        "{error}"
    );
}
