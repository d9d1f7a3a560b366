//! The reference store on a clock that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eventsourcing::{
    Clock, Commit, EventStore, ExpectedVersion::Any, LeaseStore, MemoryStore, NewEvent, Timestamp,
};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::history::drop_after;

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

#[tokio::test]
async fn sleepers_wake_when_the_clock_is_moved_so_far() {
    let clock = ManualClock::default();
    let hour = Duration::from_secs(3600);
    let sleep = |until| {
        let clock = clock.clone();
        tokio::spawn(async move { clock.sleep_until(until).await })
    };
    let (late, early) = (
        sleep(ManualClock::START + 2 * hour),
        sleep(ManualClock::START + hour),
    );
    // The first to ask need not be the first to wake.
    while clock.next_alarm().await != ManualClock::START + hour {
        tokio::task::yield_now().await;
    }
    clock.set(Timestamp::from_micros(0));
    assert_eq!(clock.next_alarm().await, ManualClock::START + hour);
    clock.set(ManualClock::START + hour);
    early.await.expect("it wakes");
    assert_eq!(clock.next_alarm().await, ManualClock::START + 2 * hour);
    assert!(!late.is_finished());
    clock.advance(hour);
    late.await.expect("it wakes");
    clock.sleep_until(ManualClock::START).await;
    clock.sleep(Duration::ZERO).await;
}

#[tokio::test]
async fn a_sleeper_that_gives_up_leaves_no_alarm() {
    let clock = ManualClock::default();
    drop_after(1, clock.sleep(Duration::from_secs(5))).await;
    assert_eq!(drop_after(1, clock.next_alarm()).await, None);
}

/// A wall clock, put forward by another thread or task; it sleeps as clocks do.
#[derive(Debug, Default)]
struct Wall(AtomicI64);

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_is_looked_at_again_every_second() {
    let (wall, begun) = (Wall::default(), tokio::time::Instant::now());
    let year = Duration::from_secs(365 * 24 * 3600);
    let put_forward = async {
        tokio::time::sleep(Duration::from_millis(3500)).await;
        let late = i64::try_from(year.as_micros()).expect("a number");
        wall.0.store(late, Ordering::SeqCst);
    };
    let until = Timestamp::from_micros(0) + year;
    tokio::join!(wall.sleep_until(until), put_forward);
    let waited = begun.elapsed();
    assert!(waited <= Duration::from_millis(4100), "{waited:?}");
}
