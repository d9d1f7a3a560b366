//! Accounts that nothing moves, on a clock that the test moves.

use std::sync::Arc;
use std::time::Duration;

use bank_account::domain::dormancy::{Dormancy, Watch};
use bank_account::domain::{
    Account, AccountCommand, AccountId, CloseAccount, Currency, Deposit, Minor, Note, OpenAccount,
    Overdraft, Status,
};
use eventsourcing::{
    Aggregate, EventSourced, EventStore, Filter, MemoryStore, Position, ProjectionRunner,
    ReadModels, Repository, RepositoryExt,
};
use eventsourcing_testkit::ManualClock;

use crate::faults::plant;
use crate::support::{Place, copy, package};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Bank {
    clock: ManualClock,
    log: MemoryStore,
    models: ReadModels,
    accounts: EventSourced<Account, MemoryStore>,
}

impl Bank {
    fn new() -> Self {
        let clock = ManualClock::default();
        let log = MemoryStore::with_clock(Arc::new(clock.clone()));
        Self {
            accounts: EventSourced::new(log.clone()),
            models: ReadModels::in_memory(),
            clock,
            log,
        }
    }

    async fn ask(&self, command: AccountCommand) {
        self.accounts.execute(command).await.expect("executed");
    }

    async fn open(&self, account: &str) {
        let open = OpenAccount {
            account: AccountId(account.into()),
            owner: "Ada".into(),
            currency: Currency::Eur,
            overdraft: Overdraft::default(),
        };
        self.ask(AccountCommand::Open(open)).await;
    }

    async fn deposit(&self, account: &str) {
        let deposit = Deposit {
            account: AccountId(account.into()),
            amount: Minor::new(100),
            currency: None,
            note: Note::default(),
        };
        self.ask(AccountCommand::Deposit(deposit)).await;
    }

    /// Lets so much time pass, and the process do what is due then.
    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        let runner = ProjectionRunner::new(self.log.clone(), self.models.clone())
            .clock(Arc::new(self.clock.clone()))
            .add_process(Dormancy::default(), self.accounts.clone());
        let process = runner.idle().expect("a runner");
        process.catch_up().await.expect("no trouble");
    }

    async fn status(&self, account: &str) -> Status {
        let root = self.accounts.load(&AccountId(account.into())).await;
        root.expect("an account").state().status()
    }

    async fn written(&self, category: &str) -> usize {
        let filter = Filter::all().category(category);
        let page = self.log.read_all(Position::START, &filter, 10_000).await;
        page.expect("a page").events.len()
    }
}

#[tokio::test]
async fn a_year_after_the_last_movement_an_account_is_dormant_until_the_next() {
    let bank = Bank::new();
    bank.open("1").await;
    bank.open("2").await;
    bank.pass(DAY * 300).await;
    bank.deposit("1").await;
    bank.pass(DAY * 65).await;
    assert_eq!(
        bank.status("2").await,
        Status::Open,
        "not before the day is over"
    );
    bank.pass(DAY).await;
    assert_eq!(
        (bank.status("1").await, bank.status("2").await),
        (Status::Open, Status::Dormant)
    );
    bank.pass(DAY * 299).await;
    assert_eq!(bank.status("1").await, Status::Open);
    bank.pass(DAY).await;
    assert_eq!(bank.status("1").await, Status::Dormant);
    // It wakes, and may fall asleep again.
    bank.deposit("1").await;
    assert_eq!(bank.status("1").await, Status::Open);
    bank.pass(DAY * 365).await;
    assert_eq!(bank.status("1").await, Status::Open);
    bank.pass(DAY).await;
    assert_eq!(bank.status("1").await, Status::Dormant);
    let events = bank.written(Account::NAME).await;
    bank.pass(DAY * 5_000).await;
    assert_eq!(bank.written(Account::NAME).await, events, "marked once");
}

/// What the program marks in a store of 2019.
#[test]
fn the_time_is_an_option_and_counts_from_then_on() {
    let marked = |place: &Place, args: &[&str]| {
        place.ok(&[&["projections", "catch-up"], args].concat());
        let marked = place.json(&["events", "--type", "account.marked-dormant"]);
        marked.len()
    };
    let place = || {
        let place = Place::new();
        copy(&package("fixtures/gen1"), &place.path("bank.db"));
        place
    };
    let all = marked(&place(), &[]);
    assert!(all > 0, "more than a year has passed");
    assert_eq!(marked(&place(), &["--dormant-after", "90 days"]), all);
    let century = place();
    assert_eq!(marked(&century, &["--dormant-after", "36500d"]), 0);
    assert_eq!(marked(&century, &["--dormant-after", "12w"]), 0);
    century.ok(&["open", "new", "Ada"]);
    assert_eq!(marked(&century, &["--dormant-after", "36h"]), 0);
}

#[test]
fn a_timer_that_fails_is_listed_and_tried_again() {
    let place = Place::new();
    copy(&package("fixtures/gen1"), &place.path("bank.db"));
    plant(&place, "account-7", "account.frozen", 1, b"{}");
    place.ok(&["projections", "catch-up"]);
    let parked = place.json(&["parked", "list", "dormancy"]);
    let [timer] = &parked[..] else {
        panic!("{parked:?}");
    };
    assert_eq!(
        (&timer["key"], &timer["timer"]),
        (&"7".into(), &"quiet".into())
    );
    let error = timer["error"].as_str().expect("a text");
    assert!(
        error.contains("cannot read event `account.frozen`"),
        "{error}"
    );
    let text = place.ok(&["parked", "list"]);
    assert!(
        text.ends_with("0 parked events\n1 failing timer\n"),
        "{text}"
    );
    place.ok(&["parked", "retry", "dormancy", "--key", "7"]);
    let again = &place.json(&["parked", "list", "dormancy"])[0];
    assert!(
        again["attempts"].as_u64() > timer["attempts"].as_u64(),
        "{again}"
    );
}

#[tokio::test]
async fn a_busy_account_is_written_about_once_a_day() {
    let bank = Bank::new();
    bank.open("1").await;
    for _ in 0..24 * 10 {
        bank.deposit("1").await;
        bank.pass(HOUR).await;
    }
    assert_eq!(bank.written(Watch::NAME).await, 10);
    // The last movement was an hour ago, and nine days of what was written are over.
    bank.pass(DAY * 364).await;
    assert_eq!(bank.status("1").await, Status::Open);
    bank.pass(DAY * 2).await;
    assert_eq!(bank.status("1").await, Status::Dormant);
}

#[tokio::test]
async fn a_closed_account_is_left_alone() {
    let bank = Bank::new();
    bank.open("1").await;
    bank.pass(DAY).await;
    let account = AccountId("1".into());
    bank.ask(AccountCommand::Close(CloseAccount { account }))
        .await;
    bank.pass(DAY * 1_000).await;
    assert_eq!(bank.status("1").await, Status::Closed);
}

#[tokio::test]
async fn deadlines_survive_the_loss_of_the_rows_and_a_clock_that_steps_back() {
    let mut bank = Bank::new();
    bank.open("1").await;
    bank.pass(DAY * 200).await;
    bank.models = ReadModels::in_memory();
    bank.pass(DAY * 165).await;
    assert_eq!(bank.status("1").await, Status::Open);
    bank.pass(DAY).await;
    assert_eq!(bank.status("1").await, Status::Dormant);
    let events = bank.written(Account::NAME).await;
    bank.models = ReadModels::in_memory();
    bank.clock.set(ManualClock::START);
    bank.pass(DAY).await;
    bank.pass(DAY * 1_000).await;
    assert_eq!(bank.written(Account::NAME).await, events, "marked once");
}
