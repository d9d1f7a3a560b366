//! The clock steps, back and forth, by little and by years.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eventsourcing::{
    AsOf, Clock, EventSourced, EventStore, Filter, Lease, LeaseStore, RecordedEvent, Repository,
    Timestamp,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::{Tally, rounds};
use tempfile::TempDir;

use super::probe::Account;
use crate::support::{account, append, block_on, commit, filtered, log};

const DAY: i64 = 86_400_000_000;
const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug, Default)]
struct Manual(AtomicI64);

impl Clock for Manual {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// A store's directory, and the clock of whoever opens it.
struct Machine {
    dir: TempDir,
    clock: Arc<Manual>,
}

impl Machine {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let clock = Arc::default();
        Self { dir, clock }
    }

    fn set(&self, micros: i64) {
        self.clock.0.store(micros, Ordering::Relaxed);
    }

    fn open(&self) -> SledStore {
        // So small that every few commits a segment ends.
        let settings = SledStore::builder().segment_bytes(1 << 10);
        let settings = settings.clock(self.clock.clone());
        settings.open(self.dir.path()).expect("a store")
    }

    /// As where a backup is restored.
    fn lose_leases(&self) {
        std::fs::write(self.dir.path().join("checkpoints"), "none").expect("writing");
    }
}

fn acquire(store: &SledStore, holder: &str) -> Option<Lease> {
    block_on(store.acquire_lease("work", holder, HOUR)).expect("an answer")
}

/// Steps of the clock, in microseconds: back and forth by seconds, by days, by years, into the far future and back.
const STEPS: [i64; 12] = [
    1_000_000,
    -1_000_000,
    30 * 60_000_000,
    -DAY,
    2 * DAY,
    -365 * DAY,
    366 * DAY,
    5_000_000,
    -5_000_000,
    4000 * 365 * DAY,
    -4000 * 365 * DAY,
    DAY,
];

#[test]
fn recorded_times_never_step_back() {
    let mut tally = Tally::new("the clock steps while a store is in use and closed");
    for number in 0..rounds(6, 60) {
        let machine = Machine::new();
        let mut random = fastrand::Rng::with_seed(number as u64);
        let mut now = 20_000 * DAY;
        machine.set(now);
        let mut store = machine.open();
        for step in 0..40 {
            now += STEPS[(number + step) % STEPS.len()] + random.i64(0..3_000_000);
            machine.set(now);
            append(&store, commit(&account(step % 3), 1 + step % 2));
            if random.u8(0..4) == 0 {
                drop(store);
                store = machine.open();
            }
        }
        let events = log(&store).expect("the log");
        let problem = problem(&store, &events);
        let lost = u64::from(problem.is_some());
        tally.round(events.len() as u64, lost, || {
            format!("round {number}: {problem:?}")
        });
    }
    tally.finish();
}

/// Questions by time, compared with what the events themselves say.
fn problem(store: &SledStore, events: &[RecordedEvent]) -> Option<String> {
    if !events.is_sorted_by_key(|event| event.recorded_at) {
        return Some("recorded times step back".into());
    }
    let accounts = EventSourced::<Account, _>::new(store.clone());
    for event in events {
        let at = event.recorded_at;
        let (from, until) = (
            filtered(store, &Filter::all().recorded(at..)).expect("a read"),
            filtered(store, &Filter::all().recorded(..=at)).expect("a read"),
        );
        let first = events.partition_point(|event| event.recorded_at < at);
        let behind = events.partition_point(|event| event.recorded_at <= at);
        if from != events[first..] || until != events[..behind] {
            return Some(format!("what was recorded from and until {at}"));
        }
        let known = events[..behind]
            .iter()
            .filter(|known| known.stream == event.stream);
        let id: u64 = event.stream.id().parse().expect("a number");
        let root = block_on(accounts.load_at(&id, AsOf::Time(at))).expect("a load");
        if root.version().get() != known.count() as u64 {
            return Some(format!("{} as of {at}", event.stream));
        }
    }
    None
}

/// Leases are judged by the clock as it stands: a step back prolongs them for others, a step forward ends them early.
#[test]
fn leases_under_a_stepping_clock() {
    let mut tally = Tally::new("the clock steps while a lease is held");
    for back in [1_000_000, DAY, 365 * DAY] {
        let machine = Machine::new();
        machine.set(20_000 * DAY);
        let store = machine.open();
        let first = acquire(&store, "ada").expect("it is free");
        machine.set(20_000 * DAY - back);
        drop(store);
        let store = machine.open();
        assert_eq!(acquire(&store, "bob"), None, "it still runs");
        let renewed = acquire(&store, "ada").expect("its holder renews it");
        assert_eq!(renewed.epoch, first.epoch);
        // Now far ahead: it has ended, and the next term fences the first one off.
        machine.set(40_000 * DAY);
        let second = acquire(&store, "bob").expect("it has ended");
        assert!(second.epoch > first.epoch);
        // Back again: bob's runs for years, unless he gives it back.
        machine.set(20_000 * DAY);
        assert_eq!(acquire(&store, "ada"), None, "it runs");
        block_on(store.release_lease(&second)).expect("released");
        let third = acquire(&store, "ada").expect("it was given back");
        assert!(third.epoch > second.epoch);
        tally.round(3, 0, String::new);
    }
    tally.finish();
}

#[test]
fn lost_leases_repeat_no_epoch() {
    let machine = Machine::new();
    let mut tally = Tally::new("the clock steps back, and the leases are lost");
    let mut last = 0;
    // By the clock; by the log, where the clock has stepped back since.
    for (number, now) in [0, DAY, 2 * DAY, DAY, 3 * DAY].into_iter().enumerate() {
        machine.set(now + i64::try_from(number).expect("small"));
        let store = machine.open();
        let lease = acquire(&store, "ada").expect("it is free");
        assert!(lease.epoch > last, "{} after {last}", lease.epoch);
        let renewed = acquire(&store, "ada").expect("a renewal");
        assert_eq!(renewed.epoch, lease.epoch, "a renewal keeps its epoch");
        block_on(store.release_lease(&lease)).expect("released");
        let next = acquire(&store, "bob").expect("it is free");
        assert!(next.epoch > lease.epoch, "within one moment, too");
        last = next.epoch;
        // Something happens, and then the leases are lost.
        machine.set(now + 1_000_000 * (1 + i64::try_from(number).expect("small")));
        append(&store, commit(&account(0), 1));
        let events = block_on(store.head()).expect("the head").get();
        tally.round(
            number as u64 + 1,
            events.abs_diff(number as u64 + 1),
            || format!("{events} events in round {number}"),
        );
        drop(store);
        machine.lose_leases();
    }
    tally.finish();
}
