//! The account: a state folded from its events.

use std::fmt;

use eventsourcing::{Aggregate, Apply};
use serde::{Deserialize, Serialize};

use super::error::AccountError;
use super::events::{
    AccountEvent, BookingRefused, Closed, Deposited, FeeCharged, InterestCharged, InterestCredited,
    MarkedDormant, Opened, TransferReceived, TransferReturned, TransferSent, Withdrawn,
};
use super::ids::AccountId;
use super::money::{Currency, Minor, Overdraft};

/// Where an account is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not opened yet.
    #[default]
    Unopened,
    /// In use.
    Open,
    /// Open, and nothing has moved for a long time.
    Dormant,
    /// Ended.
    Closed,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unopened => "unopened",
            Self::Open => "open",
            Self::Dormant => "dormant",
            Self::Closed => "closed",
        })
    }
}

/// An account as its events have made it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = AccountId, event = AccountEvent, error = AccountError)]
pub struct Account {
    pub(super) status: Status,
    pub(super) owner: String,
    pub(super) currency: Currency,
    pub(super) overdraft: Overdraft,
    pub(super) balance: Minor,
}

impl Account {
    /// Where it is in its life.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Whose it is.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// What it is kept in.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// How far below zero it may go.
    pub fn overdraft(&self) -> Overdraft {
        self.overdraft
    }

    /// What it holds.
    pub fn balance(&self) -> Minor {
        self.balance
    }

    fn add(&mut self, amount: Minor) {
        self.wake();
        self.balance = self.balance.saturating_add(amount);
    }

    fn take(&mut self, amount: Minor) {
        self.wake();
        self.balance = self.balance.saturating_sub(amount);
    }

    /// A dormant account is in use again.
    fn wake(&mut self) {
        if self.status == Status::Dormant {
            self.status = Status::Open;
        }
    }
}

impl Apply<Opened> for Account {
    fn apply(&mut self, event: Opened) {
        self.status = Status::Open;
        self.owner = event.owner;
        self.currency = event.currency;
        self.overdraft = event.overdraft;
    }
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.add(event.amount);
    }
}

impl Apply<Withdrawn> for Account {
    fn apply(&mut self, event: Withdrawn) {
        self.take(event.amount);
    }
}

impl Apply<FeeCharged> for Account {
    fn apply(&mut self, event: FeeCharged) {
        self.take(event.amount);
    }
}

impl Apply<InterestCredited> for Account {
    fn apply(&mut self, event: InterestCredited) {
        self.add(event.amount);
    }
}

impl Apply<InterestCharged> for Account {
    fn apply(&mut self, event: InterestCharged) {
        self.take(event.amount);
    }
}

impl Apply<TransferSent> for Account {
    fn apply(&mut self, event: TransferSent) {
        self.take(event.amount);
    }
}

impl Apply<TransferReceived> for Account {
    fn apply(&mut self, event: TransferReceived) {
        self.add(event.amount);
    }
}

impl Apply<TransferReturned> for Account {
    fn apply(&mut self, event: TransferReturned) {
        self.add(event.amount);
        self.status = Status::Open;
    }
}

impl Apply<BookingRefused> for Account {
    fn apply(&mut self, _: BookingRefused) {}
}

impl Apply<MarkedDormant> for Account {
    fn apply(&mut self, _: MarkedDormant) {
        self.status = Status::Dormant;
    }
}

impl Apply<Closed> for Account {
    fn apply(&mut self, _: Closed) {
        self.status = Status::Closed;
    }
}
