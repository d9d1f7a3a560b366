//! The quick start's domain.

use eventsourcing::{
    Aggregate, AggregateId, Apply, Command, CommitId, Context, Decoded, Event, Events, Handle,
    Metadata, Skipped, Split, Timestamp, UpcastCx, UpcastError, events,
};
use serde::{Deserialize, Serialize};

use super::stored::{one, read, round_trip, written};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Currency {
    Eur,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opened {
    owner: String,
    currency: Currency,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Deposited {
    cents: u64,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Withdrawn {
    cents: u64,
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(
    split(name = "account.withdrawn-with-fee", v1 = v1::WithdrawnWithFee, into(Withdrawn)),
    retired(name = "account.consent-recorded", versions = 1..=2, reason = "moved to the CRM"),
    refused(name = "account.imported", versions = 1, reason = "its amounts are wrong"),
)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = v1::Opened))]
    Opened(Opened),
    #[es(name = "account.deposited", was = "account.money-added")]
    Deposited(Deposited),
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
}

mod v1 {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Opened {
        pub(super) owner: String,
    }
    #[derive(Deserialize)]
    pub(super) struct WithdrawnWithFee {
        pub(super) cents: u64,
        pub(super) fee: u64,
    }
}

impl From<v1::Opened> for Opened {
    fn from(old: v1::Opened) -> Self {
        Self {
            owner: old.owner,
            currency: Currency::Eur,
        }
    }
}

impl Split<AccountEvent> for v1::WithdrawnWithFee {
    type Output = [AccountEvent; 2];
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        Ok([
            Withdrawn { cents: self.cents }.into(),
            Withdrawn { cents: self.fee }.into(),
        ])
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
struct AccountId(u64);

#[derive(Debug, PartialEq)]
enum AccountError {
    InsufficientFunds,
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = AccountId, event = AccountEvent, error = AccountError)]
struct Account {
    open: bool,
    balance: u64,
}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: Opened) {
        self.open = true;
    }
}
impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.balance += event.cents;
    }
}
impl Apply<Withdrawn> for Account {
    fn apply(&mut self, event: Withdrawn) {
        self.balance -= event.cents;
    }
}

#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
struct Withdraw {
    #[es(id)]
    account: AccountId,
    cents: u64,
}

#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
struct Deposit(#[es(id)] AccountId, u64);

#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
enum AccountCommand {
    Withdraw(Withdraw),
    Deposit(Deposit),
}

impl Handle<Withdraw> for Account {
    fn handle(&self, cmd: Withdraw, _: &Context) -> Result<Events<AccountEvent>, AccountError> {
        if cmd.cents > self.balance {
            return Err(AccountError::InsufficientFunds);
        }
        Ok(events![Withdrawn { cents: cmd.cents }])
    }
}

impl Handle<Deposit> for Account {
    fn handle(&self, cmd: Deposit, _: &Context) -> Result<Events<AccountEvent>, AccountError> {
        Ok(events![Deposited { cents: cmd.1 }])
    }
}

fn context() -> Context {
    Context::new(Timestamp::now(), CommitId::generate(), Metadata::new())
}

#[test]
fn events_are_written_under_their_names_and_read_again() {
    let event = AccountEvent::from(Opened {
        owner: "Ada".into(),
        currency: Currency::Eur,
    });
    assert_eq!(
        written(&event),
        (
            "account.opened".to_owned(),
            2,
            r#"{"owner":"Ada","currency":"Eur"}"#.to_owned()
        )
    );
    assert_eq!(round_trip(&event), event);
}

#[test]
fn old_versions_and_former_names_are_read_as_todays_events() {
    let opened: AccountEvent = one("account.opened", 1, r#"{"owner":"Ada"}"#);
    assert_eq!(
        opened,
        AccountEvent::Opened(Opened {
            owner: "Ada".into(),
            currency: Currency::Eur
        })
    );
    let deposited: AccountEvent = one("account.money-added", 1, r#"{"cents":5}"#);
    assert_eq!(deposited, AccountEvent::Deposited(Deposited { cents: 5 }));
}

#[test]
fn split_retired_and_refused_names_are_read_as_declared() {
    let parts =
        read::<AccountEvent>("account.withdrawn-with-fee", 1, r#"{"cents":5,"fee":1}"#).unwrap();
    let withdrawn = |cents| AccountEvent::Withdrawn(Withdrawn { cents });
    assert_eq!(parts, Decoded::Many(vec![withdrawn(5), withdrawn(1)]));
    let retired = read::<AccountEvent>("account.consent-recorded", 2, "not even json").unwrap();
    assert_eq!(
        retired,
        Decoded::Skipped(Skipped::Retired("moved to the CRM"))
    );
    let refused = read::<AccountEvent>("account.imported", 1, "{}").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot read event `account.imported` v1 (stream `account-42` version 3, position 7): reading it is refused: its amounts are wrong"
    );
}

#[test]
fn commands_find_their_aggregate_and_its_decision() {
    let mut account = Account::initial();
    account.evolve(Deposited { cents: 10 }.into());
    let deposit = AccountCommand::Deposit(Deposit(AccountId(42), 3));
    assert_eq!(deposit.target(), &AccountId(42));
    assert_eq!(
        deposit.decide(&account, &context()),
        Ok(events![Deposited { cents: 3 }])
    );
    let withdraw = Withdraw {
        account: AccountId(7),
        cents: 11,
    };
    assert_eq!(withdraw.target().to_string(), "7");
    assert_eq!(
        withdraw.clone().decide(&account, &context()),
        Err(AccountError::InsufficientFunds)
    );
    let withdraw = AccountCommand::Withdraw(withdraw);
    assert_eq!(
        withdraw.decide(&account, &context()),
        Err(AccountError::InsufficientFunds)
    );
}

#[test]
fn ids_are_read_from_their_text() {
    assert_eq!("42".parse(), Ok(AccountId(42)));
    assert_eq!(
        "4x".parse::<AccountId>().unwrap_err(),
        "4x".parse::<u64>().unwrap_err()
    );
    assert_eq!(AccountId::from(42).to_string(), "42");
}
