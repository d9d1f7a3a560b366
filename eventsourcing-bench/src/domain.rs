//! The bank account that every workload uses, and how its first event looked when it was written.

use eventsourcing::{Aggregate, Apply, Command, Context, Event, Events, Handle, events};
use serde::{Deserialize, Serialize};

/// An account was opened; the fourth shape of this event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) owner: String,
    pub(crate) currency: String,
    pub(crate) limit_cents: u64,
}

/// Money came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deposited {
    pub(crate) cents: u64,
}

/// Money went out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Withdrawn {
    pub(crate) cents: u64,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(crate) enum AccountEvent {
    #[es(name = "account.opened", version = 4, from(v1 = past::OpenedV1, v2 = past::OpenedV2, v3 = past::OpenedV3))]
    Opened(Opened),
    #[es(name = "account.deposited")]
    Deposited(Deposited),
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
}

/// How `account.opened` was written before.
pub(crate) mod past {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(crate) struct OpenedV1 {
        pub(crate) owner: String,
    }

    #[derive(Deserialize)]
    pub(crate) struct OpenedV2 {
        pub(crate) owner: String,
        pub(crate) currency: String,
    }

    #[derive(Deserialize)]
    pub(crate) struct OpenedV3 {
        pub(crate) owner: String,
        pub(crate) currency: String,
        pub(crate) limit: u64,
    }
}

impl From<past::OpenedV1> for past::OpenedV2 {
    fn from(old: past::OpenedV1) -> Self {
        Self {
            owner: old.owner,
            currency: "EUR".into(),
        }
    }
}

impl From<past::OpenedV2> for past::OpenedV3 {
    fn from(old: past::OpenedV2) -> Self {
        Self {
            owner: old.owner,
            currency: old.currency,
            limit: 1_000,
        }
    }
}

impl From<past::OpenedV3> for Opened {
    fn from(old: past::OpenedV3) -> Self {
        Self {
            owner: old.owner,
            currency: old.currency,
            limit_cents: 100 * old.limit,
        }
    }
}

/// The state: what a withdrawal has to know.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = u64, event = AccountEvent, error = Refused)]
pub(crate) struct Account {
    pub(crate) limit: u64,
    pub(crate) balance: u64,
}

/// The account's only refusal.
#[derive(Debug, thiserror::Error)]
#[error("the amount exceeds what the account holds and may owe")]
pub(crate) struct Refused;

impl Apply<Opened> for Account {
    fn apply(&mut self, event: Opened) {
        self.limit = event.limit_cents;
    }
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.balance = self.balance.wrapping_add(event.cents);
    }
}

impl Apply<Withdrawn> for Account {
    fn apply(&mut self, event: Withdrawn) {
        self.balance = self.balance.wrapping_sub(event.cents);
    }
}

/// Takes money in.
#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub(crate) struct Deposit {
    #[es(id)]
    pub(crate) account: u64,
    pub(crate) cents: u64,
}

impl Handle<Deposit> for Account {
    fn handle(&self, command: Deposit, _: &Context) -> Result<Events<AccountEvent>, Refused> {
        Ok(events![self.deposit(command.cents)?])
    }
}

impl Account {
    /// The decision itself, which the floor makes as well.
    pub(crate) fn deposit(&self, cents: u64) -> Result<Deposited, Refused> {
        if self.balance.checked_add(cents).is_none() {
            return Err(Refused);
        }
        Ok(Deposited { cents })
    }
}

/// The `index`-th event of an account's life: it is opened, then money comes in twice as often as it goes out.
pub(crate) fn event(index: usize) -> AccountEvent {
    // Any spread of amounts will do; their number of digits is what costs.
    let cents = (index as u64).wrapping_mul(0x9e37_79b9) % 1_000_000;
    match index {
        0 => AccountEvent::Opened(Opened {
            owner: "Ada Lovelace".into(),
            currency: "EUR".into(),
            limit_cents: 50_000,
        }),
        _ if index.is_multiple_of(3) => AccountEvent::Withdrawn(Withdrawn {
            cents: cents % 10_000,
        }),
        _ => AccountEvent::Deposited(Deposited { cents }),
    }
}
