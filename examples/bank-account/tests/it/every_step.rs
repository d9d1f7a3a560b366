//! A transfer in steps that is given up at each of its awaits in turn: before and after everything that it reads and writes.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use async_trait::async_trait;
use bank_account::domain::transfer::{Ended, RequestTransfer, Transfer, Transfers};
use bank_account::domain::{
    Account, AccountCommand, AccountId, CloseAccount, Currency, Deposit, Minor, Note, OpenAccount,
    Overdraft, TransferId,
};
use eventsourcing::{
    AppendError, Capabilities, Commit, Committed, EventSourced, EventStore, Filter, HeadWatch,
    LogPage, MemoryStore, Position, ProjectionRunner, ReadError, ReadModels, Repository,
    RepositoryExt, StreamHead, StreamId, StreamPage, StreamRange, StreamRest, Visitor,
};
use eventsourcing_testkit::faults::rounds;
use tokio::task::yield_now;

/// A store before and after each call of which a caller can be given up.
#[derive(Clone)]
struct Seams(MemoryStore);

#[async_trait]
impl EventStore for Seams {
    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }

    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        yield_now().await;
        let committed = self.0.append(commit).await;
        yield_now().await;
        committed
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        yield_now().await;
        self.0.read_stream(stream, range).await
    }

    async fn visit_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
        each: &mut Visitor<'_>,
    ) -> Result<StreamRest, ReadError> {
        yield_now().await;
        self.0.visit_stream(stream, range, each).await
    }

    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        yield_now().await;
        self.0.read_all(after, filter, limit).await
    }

    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        yield_now().await;
        self.0.stream_head(stream).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        yield_now().await;
        self.0.head().await
    }

    fn watch(&self) -> HeadWatch {
        self.0.watch()
    }
}

const AMOUNT: i64 = 250;
const BEFORE: i64 = 1_000;

fn account(id: &str) -> AccountId {
    AccountId(id.into())
}

struct Bank {
    log: MemoryStore,
    rows: ReadModels,
}

impl Bank {
    /// Ada and Ben have money, Dora's account is closed; a transfer from Ada was asked for.
    async fn new(to: &str, amount: i64) -> Self {
        let bank = Self {
            log: MemoryStore::new(),
            rows: ReadModels::in_memory(),
        };
        let accounts: EventSourced<Account, _> = EventSourced::new(bank.log.clone());
        for id in ["ada", "ben", "dora"] {
            let open = AccountCommand::Open(OpenAccount {
                account: account(id),
                owner: id.into(),
                currency: Currency::Eur,
                overdraft: Overdraft::default(),
            });
            accounts.execute(open).await.expect("opened");
            let next = match id {
                "dora" => AccountCommand::Close(CloseAccount {
                    account: account(id),
                }),
                _ => AccountCommand::Deposit(Deposit {
                    account: account(id),
                    amount: Minor::new(BEFORE),
                    currency: None,
                    note: Note::default(),
                }),
            };
            accounts.execute(next).await.expect("done");
        }
        let transfers: EventSourced<Transfer, _> = EventSourced::new(bank.log.clone());
        let request = RequestTransfer {
            transfer: TransferId("t".into()),
            from: account("ada"),
            to: account(to),
            amount: Minor::new(amount),
            currency: Currency::Eur,
        };
        transfers.execute(request).await.expect("asked for");
        bank
    }

    /// Leads the transfer on until it has waited so many times; whether it had nothing left to do by then.
    async fn lead(&self, waits: usize) -> bool {
        let log = Seams(self.log.clone());
        let accounts: EventSourced<Account, _> = EventSourced::new(log.clone());
        let runner = ProjectionRunner::new(log, self.rows.clone());
        let process = runner.add_process(Transfers, accounts).idle();
        let process = process.expect("a runner");
        let mut led = pin!(process.catch_up());
        for _ in 0..=waits {
            let polled = poll_fn(|cx| Poll::Ready(led.as_mut().poll(cx))).await;
            if let Poll::Ready(done) = polled {
                done.expect("no trouble");
                return true;
            }
            yield_now().await;
        }
        false
    }

    /// How often each step of the transfer was taken.
    async fn steps(&self) -> BTreeMap<String, usize> {
        let all = Filter::all();
        let page = self.log.read_all(Position::START, &all, 1_000).await;
        let events = page.expect("the log").events;
        let mut steps = BTreeMap::new();
        for event in events {
            if event.event_type.contains("transfer") {
                *steps.entry(event.event_type.to_string()).or_default() += 1;
            }
        }
        steps
    }

    async fn balance(&self, id: &str) -> i64 {
        let accounts: EventSourced<Account, _> = EventSourced::new(self.log.clone());
        let root = accounts.load(&account(id)).await.expect("an account");
        root.state().balance().get()
    }

    async fn ended(&self) -> Option<Ended> {
        let transfers: EventSourced<Transfer, _> = EventSourced::new(self.log.clone());
        let root = transfers.load(&TransferId("t".into())).await;
        root.expect("a transfer").state().ended().cloned()
    }

    /// Insists that the money is with Ada, with Ben or on its way, and that no step was taken twice.
    async fn check(&self, amount: i64, when: &str) {
        let steps = self.steps().await;
        assert!(steps.values().all(|times| *times == 1), "{when}: {steps:?}");
        let has = |step: &str| steps.contains_key(&format!("account.transfer-{step}"));
        let on_its_way = has("sent") && !has("received") && !has("returned");
        let on_its_way = if on_its_way { amount } else { 0 };
        let (ada, ben) = (self.balance("ada").await, self.balance("ben").await);
        assert_eq!(ada + ben + on_its_way, 2 * BEFORE, "{when}: {steps:?}");
    }
}

#[tokio::test]
async fn given_up_at_each_await_a_transfer_moves_its_money_once() {
    for (to, amount, ben) in [
        ("ben", AMOUNT, BEFORE + AMOUNT),
        ("dora", AMOUNT, BEFORE),
        ("ben", BEFORE + 1, BEFORE),
    ] {
        let mut seen = BTreeSet::new();
        let mut waits = 0;
        let mut done = false;
        while !done {
            // Given up a second time soon after, or not; the rows are as they were, or lost.
            for (again, rows_are_lost) in (0..rounds(4, 45)).flat_map(|n| [(n, false), (n, true)]) {
                let mut bank = Bank::new(to, amount).await;
                done = bank.lead(waits).await;
                let when = format!("{amount} to {to}, given up at await {waits} and {again}");
                bank.check(amount, &when).await;
                seen.insert(bank.steps().await.into_keys().collect::<Vec<_>>());
                if rows_are_lost {
                    bank.rows = ReadModels::in_memory();
                }
                bank.lead(again).await;
                bank.check(amount, &when).await;
                assert!(bank.lead(usize::MAX - 1).await, "{when}");
                bank.check(amount, &when).await;
                assert_eq!(bank.balance("ben").await, ben, "{when}");
                let ended = bank.ended().await;
                let as_expected = match ended {
                    Some(Ended::Completed) => to == "ben" && amount == AMOUNT,
                    Some(Ended::Refused { .. }) => amount > BEFORE,
                    Some(Ended::Returned { .. }) => to == "dora",
                    None => false,
                };
                assert!(as_expected, "{when}: {ended:?}");
            }
            waits += 1;
        }
        println!("{amount} to {to}: given up at each of {waits} awaits");
        // Asked for, refused; asked for, sent, received, completed; asked for, sent, returning, back, returned.
        let steps = match (to, amount) {
            ("dora", _) => 5,
            (_, AMOUNT) => 4,
            _ => 2,
        };
        assert_eq!(seen.len(), steps, "{seen:?}");
    }
}
