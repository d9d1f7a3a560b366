//! Accounts, their balances as a read model, and stores of rows that misbehave.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsourcing::{
    Commit, Event, EventId, EventStore, EventView, ExpectedVersion::Any, Filter, Json, MemoryStore,
    NewEvent, ParkedEvent, Projection, ProjectionOptions, ProjectionRunner, ProjectionStatus,
    ProjectionTx, Projections, Receipt, RecordedEvent, StreamId,
};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::faults::rounds;
use serde::{Deserialize, Serialize};

use super::shelf::{Shelf, ShelfTx};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deposited {
    pub(crate) cents: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Withdrawn {
    pub(crate) cents: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Noted {
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(crate) enum AccountEvent {
    #[es(name = "account.deposited")]
    Deposited(Deposited),
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
    #[es(name = "account.noted")]
    Noted(Noted),
}

#[derive(Debug, EventView)]
#[es(of = AccountEvent)]
pub(crate) enum Money {
    Deposited(Deposited),
    Withdrawn(Withdrawn),
}

/// Depends on every event and on the order of an account's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Balance {
    pub(crate) cents: i64,
    pub(crate) events: u64,
    pub(crate) trace: u64,
}

/// What goes wrong while events are handled, as a test asks for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble(Arc<Mutex<What>>);

#[derive(Debug, Default)]
struct What {
    failing: BTreeSet<String>,
    panicking: BTreeSet<String>,
    hanging: BTreeSet<String>,
    /// Events handled so far, whatever came of it.
    handled: usize,
}

impl Trouble {
    pub(crate) fn fail(&self, accounts: impl IntoIterator<Item = impl Into<String>>) {
        let mut what = self.0.lock().expect("no panic inside");
        what.failing = accounts.into_iter().map(Into::into).collect();
    }

    pub(crate) fn panic(&self, account: &str) {
        let mut what = self.0.lock().expect("no panic inside");
        what.panicking.insert(account.into());
    }

    pub(crate) fn hang(&self, account: &str) {
        let mut what = self.0.lock().expect("no panic inside");
        what.hanging.insert(account.into());
    }

    pub(crate) fn none(&self) {
        *self.0.lock().expect("no panic inside") = What::default();
    }

    pub(crate) fn handled(&self) -> usize {
        self.0.lock().expect("no panic inside").handled
    }

    async fn meet(&self, account: &str) -> Result<(), String> {
        let (fails, panics, hangs) = {
            let mut what = self.0.lock().expect("no panic inside");
            what.handled += 1;
            (
                what.failing.contains(account),
                what.panicking.contains(account),
                what.hanging.contains(account),
            )
        };
        assert!(!panics, "the handler panics as the test asked");
        if hangs {
            std::future::pending::<()>().await;
        }
        if fails {
            return Err(format!("account {account} fails as the test asked"));
        }
        Ok(())
    }
}

/// Balances by account, as of this version of the code.
#[derive(Debug, Clone, Default)]
pub(crate) struct Balances<const VERSION: u32 = 1> {
    pub(crate) trouble: Trouble,
}

impl<const VERSION: u32> Projection for Balances<VERSION> {
    const NAME: &'static str = "balances";
    const VERSION: u32 = VERSION;
    type View = Money;
    type Tx = ShelfTx;
    type Error = String;

    async fn handle(
        &self,
        event: Money,
        recorded: &RecordedEvent,
        tx: &mut ShelfTx,
    ) -> Result<(), String> {
        let account = recorded.stream.id().to_owned();
        // Something is written before it fails, so that a test sees that nothing of it stays.
        let cents = match event {
            Money::Deposited(event) => event.cents,
            Money::Withdrawn(event) => -event.cents,
        };
        let row = tx.get(account.as_bytes()).await;
        let mut balance = match row.map_err(|error| error.to_string())? {
            Some(row) => serde_json::from_slice(&row).expect("a balance"),
            None => Balance::default(),
        };
        balance.cents += cents * i64::from(VERSION);
        balance.events += 1;
        balance.trace = balance.trace.wrapping_mul(31) + recorded.version.get();
        let row = serde_json::to_vec(&balance).expect("json");
        let put = tx.put(account.as_bytes(), Some(&row)).await;
        put.map_err(|error| error.to_string())?;
        tokio::task::yield_now().await;
        self.trouble.meet(&account).await
    }
}

pub(crate) fn event(event: &AccountEvent) -> NewEvent {
    NewEvent::encode(event, &Json).expect("json")
}

pub(crate) fn deposited(cents: i64) -> AccountEvent {
    AccountEvent::Deposited(Deposited { cents })
}

pub(crate) fn account(id: &str) -> StreamId {
    StreamId::new("account", id).expect("an id")
}

/// Appends events to an account, in one commit.
pub(crate) async fn append(
    log: &impl EventStore,
    id: &str,
    events: impl IntoIterator<Item = AccountEvent>,
) -> Receipt {
    let events = events.into_iter().map(|e| event(&e)).collect();
    let commit = Commit::new().append(account(id), Any, events);
    log.append(commit).await.expect("an append").receipt
}

pub(crate) async fn deposit(log: &impl EventStore, id: &str, cents: i64) -> Receipt {
    append(log, id, [deposited(cents)]).await
}

/// What is read of the balances.
pub(crate) fn balances(rows: &Shelf) -> BTreeMap<String, Balance> {
    let rows = rows.served("balances").into_iter();
    rows.map(|(account, balance)| {
        let account = String::from_utf8(account).expect("a text");
        (
            account,
            serde_json::from_slice(&balance).expect("a balance"),
        )
    })
    .collect()
}

/// What a fold of the log makes of the balances, without a runner.
pub(crate) async fn folded(log: &MemoryStore, version: i64) -> BTreeMap<String, Balance> {
    folded_without(log, version, &BTreeSet::new()).await
}

/// The same, without these events.
pub(crate) async fn folded_without(
    log: &MemoryStore,
    version: i64,
    skipped: &BTreeSet<EventId>,
) -> BTreeMap<String, Balance> {
    let page = log
        .read_all(
            eventsourcing::Position::START,
            &Filter::all().view::<Money>(),
            1_000_000,
        )
        .await
        .expect("a page");
    let mut balances = BTreeMap::<String, Balance>::new();
    for recorded in &page.events {
        if skipped.contains(&recorded.event_id()) {
            continue;
        }
        let balance = balances.entry(recorded.stream.id().to_owned()).or_default();
        for event in recorded.view::<Money>(&Json).expect("an event").into_vec() {
            balance.cents += version
                * match event {
                    Money::Deposited(event) => event.cents,
                    Money::Withdrawn(event) => -event.cents,
                };
            balance.events += 1;
            balance.trace = balance.trace.wrapping_mul(31) + recorded.version.get();
        }
    }
    balances
}

/// Fails a test that hangs, long after it should have ended; in its long form, too.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    let minutes = rounds(1, 30) as u64;
    let limit = Duration::from_secs(60 * minutes);
    tokio::time::timeout(limit, future).await.expect("no hang")
}

/// A log, rows, and a projection between them, on a clock that the test moves.
pub(crate) struct Bank {
    pub(crate) clock: ManualClock,
    pub(crate) log: MemoryStore,
    pub(crate) rows: Shelf,
    pub(crate) trouble: Trouble,
    /// Nothing runs by itself here.
    pub(crate) projections: Projections<Shelf>,
}

impl Bank {
    pub(crate) fn new() -> Self {
        Self::with(ProjectionOptions::default())
    }

    pub(crate) fn with(options: ProjectionOptions) -> Self {
        let clock = ManualClock::default();
        let log = MemoryStore::with_clock(Arc::new(clock.clone()));
        let (rows, trouble) = (Shelf::default(), Trouble::default());
        let runner =
            ProjectionRunner::new(log.clone(), rows.clone()).clock(Arc::new(clock.clone()));
        let projection = Balances::<1> {
            trouble: trouble.clone(),
        };
        let projections = runner.add_with(projection, options).idle();
        Self {
            projections: projections.expect("a runner"),
            clock,
            log,
            rows,
            trouble,
        }
    }

    /// Another program on the same log and rows.
    pub(crate) fn runner(&self) -> ProjectionRunner<Shelf> {
        ProjectionRunner::new(self.log.clone(), self.rows.clone())
            .clock(Arc::new(self.clock.clone()))
    }

    /// The projection as this version of the code has it.
    pub(crate) fn balances<const VERSION: u32>(&self) -> Balances<VERSION> {
        Balances {
            trouble: self.trouble.clone(),
        }
    }

    pub(crate) async fn catch_up(&self) {
        within(self.projections.catch_up())
            .await
            .expect("caught up");
    }

    pub(crate) async fn parked(&self) -> Vec<ParkedEvent> {
        let parked = self.projections.parked("balances", None, 100_000).await;
        parked.expect("a list")
    }

    pub(crate) async fn status(&self) -> ProjectionStatus {
        self.projections.status("balances").await.expect("a status")
    }

    pub(crate) async fn is_complete(&self) -> bool {
        let coverage = self.projections.verify("balances").await;
        coverage.expect("a check").is_complete()
    }

    /// Moves the clock on whenever somebody waits for it, as long as `work` lasts.
    pub(crate) async fn ticking<T>(&self, work: impl Future<Output = T>) -> T {
        let ticking = async {
            loop {
                self.clock.next_alarm().await;
                self.clock.advance(Duration::from_millis(100));
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            value = within(work) => value,
            () = ticking => unreachable!("it goes on for ever"),
        }
    }
}
