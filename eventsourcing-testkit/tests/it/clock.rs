//! The reference store on a clock that a test moves.

use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    Clock, Commit, EventStore, ExpectedVersion::Any, LeaseStore, MemoryStore, NewEvent, Timestamp,
};
use eventsourcing_testkit::ManualClock;

fn on_clock() -> (ManualClock, MemoryStore) {
    let clock = ManualClock::default();
    let store = MemoryStore::with_clock(Arc::new(clock.clone()));
    (clock, store)
}

#[tokio::test]
async fn recorded_times_never_step_back_with_the_clock() {
    let (clock, store) = on_clock();
    let mut recorded = Vec::new();
    for seconds in [10, 20, 5, 15, 21] {
        clock.set(ManualClock::START + Duration::from_secs(seconds));
        let event = NewEvent {
            event_type: "e".into(),
            schema_version: 1,
            readable_by: 1,
            format: eventsourcing::FormatId::JSON,
            tags: Vec::new(),
            payload: "{}".into(),
        };
        let stream = "account-7".parse().expect("a stream id");
        let commit = Commit::new().append(stream, Any, vec![event]);
        let receipt = store.append(commit).await.expect("an append").receipt;
        recorded.push(receipt.recorded_at.as_micros() - ManualClock::START.as_micros());
    }
    assert_eq!(
        recorded,
        [10, 20, 20, 20, 21].map(|seconds| seconds * 1_000_000)
    );
}

#[tokio::test]
async fn a_lease_ends_exactly_on_time() {
    let (clock, store) = on_clock();
    let minute = Duration::from_secs(60);
    let acquire = async |holder: &str| {
        let lease = store.acquire_lease("a", holder, minute).await;
        lease.expect("an answer").map(|lease| lease.epoch)
    };
    assert_eq!(acquire("ada").await, Some(1));
    clock.advance(Duration::from_micros(59_999_999));
    assert_eq!(acquire("bob").await, None);
    assert_eq!(acquire("ada").await, Some(1), "renewed just in time");
    clock.advance(minute);
    assert_eq!(acquire("ada").await, Some(2), "too late: a new term");
    clock.advance(minute);
    assert_eq!(acquire("bob").await, Some(3));
}

#[test]
fn a_clock_is_moved_both_ways_by_any_clone() {
    let clock = ManualClock::new(Timestamp::from_micros(5));
    let clone = clock.clone();
    clone.advance(Duration::from_micros(2));
    assert_eq!(clock.now(), Timestamp::from_micros(7));
    clock.set(Timestamp::from_micros(-1));
    assert_eq!(clone.now(), Timestamp::from_micros(-1));
    assert_eq!(ManualClock::START.to_string(), "2026-01-01T00:00:00Z");
}
