//! The clock steps, back and forth, by little and by years.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eventsourcing::{Clock, EventStore, Lease, LeaseStore, Timestamp};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::Tally;
use tempfile::TempDir;

use crate::support::{account, append, block_on, commit};

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

    fn lose_index(&self) {
        std::fs::remove_dir_all(self.dir.path().join("index")).expect("removing the index");
    }
}

fn acquire(store: &SledStore, holder: &str) -> Option<Lease> {
    block_on(store.acquire_lease("work", holder, HOUR)).expect("an answer")
}

#[test]
fn a_lost_index_repeats_no_epoch() {
    let machine = Machine::new();
    let mut tally = Tally::new("the clock steps back, and the leases are lost with the index");
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
        machine.lose_index();
    }
    tally.finish();
}
