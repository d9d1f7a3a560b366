//! Many timers: what is read of the rows for one event, or for one timer, does not grow with them, also where they wait behind
//! parked events.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use eventsourcing::{
    Backoff, Generation, MemoryStore, ProjectionOptions, ProjectionRunner, ProjectionStore,
    ProjectionStoreError, ProjectionTx, Projections, Row,
};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::faults::rounds;

use super::planned::{Do, Hands, Planner, Told, tell};
use crate::projection::shelf::{Shelf, ShelfTx};
use crate::projection::support::within;

/// Rows that count what is read of them.
#[derive(Debug, Clone, Default)]
struct Counted {
    shelf: Shelf,
    reads: Arc<Reads>,
}

#[derive(Debug, Default)]
struct Reads {
    calls: AtomicU64,
    rows: AtomicU64,
}

impl Counted {
    /// How often it was read, and how many rows, since the last time.
    fn bill(&self) -> (u64, u64) {
        let Reads { calls, rows } = &*self.reads;
        (calls.swap(0, SeqCst), rows.swap(0, SeqCst))
    }

    fn tx(&self, tx: ShelfTx) -> CountedTx {
        let reads = self.reads.clone();
        CountedTx { tx, reads }
    }
}

struct CountedTx {
    tx: ShelfTx,
    reads: Arc<Reads>,
}

impl ProjectionStore for Counted {
    type Tx = CountedTx;

    async fn claim(&self, generation: &Generation) -> Result<u64, ProjectionStoreError> {
        self.shelf.claim(generation).await
    }
    async fn begin(
        &self,
        generation: &Generation,
        epoch: u64,
    ) -> Result<CountedTx, ProjectionStoreError> {
        Ok(self.tx(self.shelf.begin(generation, epoch).await?))
    }
    async fn read(&self, generation: &Generation) -> Result<CountedTx, ProjectionStoreError> {
        Ok(self.tx(self.shelf.read(generation).await?))
    }
    async fn commit(&self, tx: CountedTx) -> Result<(), ProjectionStoreError> {
        self.shelf.commit(tx.tx).await
    }
    async fn clear(&self, generation: &Generation, epoch: u64) -> Result<(), ProjectionStoreError> {
        self.shelf.clear(generation, epoch).await
    }
}

impl ProjectionTx for CountedTx {
    async fn get(&mut self, key: &[u8]) -> Result<Option<Bytes>, ProjectionStoreError> {
        let row = self.tx.get(key).await?;
        self.reads.calls.fetch_add(1, SeqCst);
        self.reads.rows.fetch_add(row.is_some().into(), SeqCst);
        Ok(row)
    }
    async fn scan(
        &mut self,
        range: (Bound<&[u8]>, Bound<&[u8]>),
        limit: usize,
    ) -> Result<Vec<Row>, ProjectionStoreError> {
        let rows = self.tx.scan(range, limit).await?;
        self.reads.calls.fetch_add(1, SeqCst);
        self.reads.rows.fetch_add(rows.len() as u64, SeqCst);
        Ok(rows)
    }
    async fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), ProjectionStoreError> {
        self.tx.put(key, value).await
    }
}

/// Instances with a timer each, and what they cost.
struct Crowd {
    clock: ManualClock,
    log: MemoryStore,
    rows: Counted,
    planner: Planner,
    hands: Hands,
    next: u64,
}

/// What is read: calls, and rows that they return; for opening, setting a timer, cancelling one, and one that fires.
type Costs = [(u64, u64); 4];

/// When the first of many timers is due; the others are a second apart.
const DUE: u32 = 1_000_000;

impl Crowd {
    fn new() -> Self {
        let clock = ManualClock::default();
        Self {
            log: MemoryStore::with_clock(Arc::new(clock.clone())),
            clock,
            rows: Counted::default(),
            planner: Planner::default(),
            hands: Hands::new(0),
            next: 0,
        }
    }

    fn program(&self) -> Projections<Counted> {
        // What fails stays parked until somebody decides.
        let retries = Backoff {
            attempts: 1,
            ..Backoff::default()
        };
        let options = ProjectionOptions {
            retries,
            ..ProjectionOptions::default()
        };
        ProjectionRunner::new(self.log.clone(), self.rows.clone())
            .clock(Arc::new(self.clock.clone()))
            .add_process_with(self.planner.clone(), self.hands.clone(), options)
            .idle()
            .expect("a runner")
    }

    async fn catch_up(&self) -> (u64, u64) {
        let program = self.program();
        self.rows.bill();
        within(program.catch_up()).await.expect("no trouble");
        self.rows.bill()
    }

    /// The next instance, with a timer that is due so much later.
    fn begin(&mut self, seconds: u32) -> Told {
        let instance = self.next;
        self.next += 1;
        let set = Do::Set {
            timer: 1,
            seconds,
            then: Vec::new(),
        };
        Told {
            instance,
            begins: true,
            fails: false,
            passes: false,
            plan: vec![set],
        }
    }

    /// Sets so many timers, which are due one after the other.
    async fn grow(&mut self, count: u32) {
        let told: Vec<_> = (0..count).map(|n| self.begin(DUE + n)).collect();
        for some in told.chunks(1_000) {
            tell(&self.log, some.iter().cloned()).await;
        }
        self.catch_up().await;
    }

    async fn costs(&mut self) -> Costs {
        let opening = self.catch_up().await;
        let told = self.begin(10);
        let instance = told.instance;
        tell(&self.log, [told]).await;
        let setting = self.catch_up().await;
        self.clock.advance(Duration::from_secs(11));
        let firing = self.catch_up().await;
        let told = self.begin(10);
        let cancel = Told {
            instance: told.instance,
            begins: false,
            fails: false,
            passes: false,
            plan: vec![Do::Cancel { timer: 1 }],
        };
        tell(&self.log, [told]).await;
        self.catch_up().await;
        tell(&self.log, [cancel]).await;
        let cancelling = self.catch_up().await;
        let asked = self.hands.in_order();
        let fired = asked.iter().filter(|asked| asked.what == "timer 1");
        let fired: Vec<_> = fired.map(|asked| asked.instance).collect();
        assert_eq!(fired.last(), Some(&instance));
        [opening, setting, cancelling, firing]
    }
}

#[tokio::test]
async fn what_is_read_does_not_grow_with_the_timers_that_run() {
    let (few, more) = (
        200,
        u32::try_from(rounds(3_000, 100_000)).expect("not that many"),
    );
    let many = few + more;
    let mut crowd = Crowd::new();
    crowd.grow(few).await;
    let costs = crowd.costs().await;
    crowd.grow(more).await;
    let later = crowd.costs().await;
    for (before, after) in costs.iter().zip(&later) {
        // One of the rows is of a block of the log that has just begun or has not.
        let is_same = before.0 == after.0 && before.1.abs_diff(after.1) <= 1;
        assert!(is_same, "{costs:?}, with {many} timers {later:?}");
    }

    // All of them, in order, at the same price each.
    let before = crowd.hands.in_order().len();
    crowd
        .clock
        .advance(Duration::from_secs(u64::from(DUE + many)));
    let (calls, rows) = crowd.catch_up().await;
    let asked = crowd.hands.in_order().split_off(before);
    let at: Vec<_> = asked.iter().map(|asked| asked.at).collect();
    assert_eq!(at.len(), many as usize);
    assert!(at.is_sorted());
    let each = (calls / u64::from(many), rows / u64::from(many));
    let [.., firing] = costs;
    assert!(
        each.0 <= firing.0 && each.1 <= firing.1,
        "{each:?}, {firing:?}"
    );
}

impl Crowd {
    /// What is read for each of several events of instances without timers, but for opening.
    async fn price_of_an_event(&mut self) -> (u64, u64) {
        let mut bills = Vec::new();
        for events in [10, 20] {
            let told: Vec<_> = (0..events).map(|_| self.begin(DUE)).collect();
            let told = told.into_iter().map(|told| Told {
                plan: Vec::new(),
                ..told
            });
            tell(&self.log, told).await;
            bills.push(self.catch_up().await);
        }
        let price = |more: u64, less: u64| more.saturating_sub(less) / 10;
        (price(bills[1].0, bills[0].0), price(bills[1].1, bills[0].1))
    }
}

#[tokio::test]
async fn what_is_read_does_not_grow_with_the_timers_that_wait_behind_parked_events() {
    let many = u32::try_from(rounds(3_000, 10_000)).expect("not that many");
    let mut crowd = Crowd::new();
    crowd.grow(many).await;
    let before = crowd.price_of_an_event().await;
    let poison = (0..u64::from(many)).map(|instance| Told {
        instance,
        begins: false,
        fails: true,
        passes: false,
        plan: Vec::new(),
    });
    let poison: Vec<_> = poison.collect();
    for some in poison.chunks(1_000) {
        tell(&crowd.log, some.iter().cloned()).await;
    }
    crowd.catch_up().await;
    crowd
        .clock
        .advance(Duration::from_secs(u64::from(DUE + many)));
    let after = crowd.price_of_an_event().await;
    // A row, as above, of a block of the log.
    assert!(
        after.0 <= before.0 && after.1 <= before.1 + 1,
        "{before:?}, with {many} that wait {after:?}"
    );

    // Nothing was forgotten: with the poison out of the way they fire, in order.
    crowd.planner.mended.store(true, SeqCst);
    let program = crowd.program();
    let retried = within(program.retry("planned", None, "ada")).await;
    let retried = retried.expect("no trouble");
    assert_eq!((retried.freed, retried.parked), (many.into(), 0));
    let fired = |hands: &Hands| {
        let asked = hands.in_order().into_iter();
        let fired = asked.filter(|asked| asked.what == "timer 1");
        fired.map(|asked| asked.instance).collect::<Vec<_>>()
    };
    assert_eq!(fired(&crowd.hands), [0; 0]);
    crowd.catch_up().await;
    let all: Vec<_> = (0..u64::from(many)).collect();
    assert_eq!(fired(&crowd.hands), all);
}
