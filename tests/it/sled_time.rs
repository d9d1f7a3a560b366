//! Times in the sled store, on a clock that is moved: also backwards, and while the store is closed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    Commit, EventStore, ExpectedVersion::Any, Filter, FormatId, LeaseStore, NewEvent, Position,
    Timestamp,
};
use eventsourcing_sled::{Durability, SledStore};
use eventsourcing_testkit::ManualClock;

fn open(path: &Path, clock: &ManualClock) -> SledStore {
    let builder = SledStore::builder().durability(Durability::None);
    let builder = builder.clock(Arc::new(clock.clone()));
    builder.open(path).expect("the store opens")
}

fn at(seconds: u64) -> Timestamp {
    ManualClock::START + Duration::from_secs(seconds)
}

async fn append(store: &SledStore) {
    let event = NewEvent {
        event_type: "e".into(),
        schema_version: 1,
        readable_by: 1,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: "{}".into(),
    };
    let stream = "account-7".parse().expect("a stream id");
    let commit = Commit::new().append(stream, Any, vec![event; 2]);
    store.append(commit).await.expect("an append");
}

async fn positions(store: &SledStore, filter: Filter) -> Vec<u64> {
    let page = store.read_all(Position::START, &filter, 1000).await;
    let events = page.expect("a page").events;
    events.iter().map(|event| event.position.get()).collect()
}

#[tokio::test]
async fn recorded_times_never_step_back_not_even_while_it_is_closed() {
    let (directory, clock) = (
        tempfile::tempdir().expect("a directory"),
        ManualClock::default(),
    );
    for seconds in [100, 50, 200, 10, 10, 300] {
        clock.set(at(seconds));
        let store = open(directory.path(), &clock);
        append(&store).await;
    }
    let store = open(directory.path(), &clock);
    let page = store
        .read_all(Position::START, &Filter::all(), 1000)
        .await
        .expect("a page");
    let times: Vec<_> = page.events.iter().map(|event| event.recorded_at).collect();
    let expected = [100, 100, 200, 200, 200, 300].map(|seconds| [at(seconds); 2]);
    assert_eq!(times, expected.concat());
    let found = |range| positions(&store, range);
    assert_eq!(
        found(Filter::all().recorded(at(200)..=at(200))).await,
        [5, 6, 7, 8, 9, 10]
    );
    assert_eq!(found(Filter::all().recorded(..at(200))).await, [1, 2, 3, 4]);
    assert_eq!(found(Filter::all().recorded(at(201)..)).await, [11, 12]);
    assert_eq!(
        found(Filter::all().recorded(at(101)..at(200))).await,
        [0; 0]
    );
}

#[tokio::test]
async fn times_before_1970_are_times() {
    let (directory, clock) = (
        tempfile::tempdir().expect("a directory"),
        ManualClock::default(),
    );
    for micros in [i64::MIN, -1, 0, i64::MAX] {
        clock.set(Timestamp::from_micros(micros));
        let store = open(directory.path(), &clock);
        append(&store).await;
    }
    let store = open(directory.path(), &clock);
    let page = store
        .read_all(Position::START, &Filter::all(), 1000)
        .await
        .expect("a page");
    let times: Vec<_> = page
        .events
        .iter()
        .map(|event| event.recorded_at.as_micros())
        .collect();
    assert_eq!(
        times,
        [i64::MIN, i64::MIN, -1, -1, 0, 0, i64::MAX, i64::MAX]
    );
    let before = Filter::all().recorded(..Timestamp::from_micros(0));
    assert_eq!(positions(&store, before).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn leases_end_by_the_stores_clock() {
    let (directory, clock) = (
        tempfile::tempdir().expect("a directory"),
        ManualClock::default(),
    );
    let store = open(directory.path(), &clock);
    let minute = Duration::from_secs(60);
    let first = store
        .acquire_lease("a", "ada", minute)
        .await
        .expect("an answer");
    let first = first.expect("it is free");
    assert_eq!(first.expires_at, at(60));
    clock.advance(Duration::from_micros(59_999_999));
    assert_eq!(
        store
            .acquire_lease("a", "bob", minute)
            .await
            .expect("an answer"),
        None
    );
    drop(store);
    clock.advance(Duration::from_micros(1));
    let store = open(directory.path(), &clock);
    let second = store
        .acquire_lease("a", "bob", minute)
        .await
        .expect("an answer");
    // An epoch is at least the time at which its term began, so that none repeats should an index be lost.
    let second = second.expect("it has ended");
    assert!(second.epoch > first.epoch);
    assert_eq!(Timestamp::from_micros(second.epoch.cast_signed()), at(60));
}
