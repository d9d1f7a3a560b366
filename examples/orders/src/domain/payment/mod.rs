//! Payments, one for each order and under its id. The money itself moves at a provider, who tells what came of it.

mod commands;
mod events;

use std::fmt;

use eventsourcing::{Aggregate, Apply};
use serde::{Deserialize, Serialize};

pub use self::commands::{CapturePayment, RefusePayment, RequestPayment, WithdrawPayment};
pub use self::events::{Captured, PaymentEvent, Refunded, Refused, Requested, Voided};
use super::ids::OrderId;
use super::money::Money;

/// Where a payment is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not asked for yet.
    #[default]
    Unrequested,
    /// Asked for.
    Requested,
    /// The money is there.
    Captured,
    /// The money will not come.
    Refused,
    /// No longer asked for.
    Voided,
    /// The money went back.
    Refunded,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unrequested => "not asked for",
            Self::Requested => "requested",
            Self::Captured => "captured",
            Self::Refused => "refused",
            Self::Voided => "voided",
            Self::Refunded => "refunded",
        })
    }
}

/// A payment as its events have made it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "payment", id = OrderId, event = PaymentEvent, error = PaymentError)]
pub struct Payment {
    status: Status,
    amount: Money,
    reference: Option<String>,
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// Nobody asked for it.
    #[error("was not asked for yet; the order has to have its stock first")]
    Unknown,
    /// It has come to something else.
    #[error("is {0}; there is nothing left to decide")]
    Settled(Status),
    /// A text that is none.
    #[error("needs a {0}: one line of text, at most {max} bytes", max = Payment::MAX_TEXT_BYTES)]
    Text(&'static str),
}

impl Payment {
    /// Longest reference or reason.
    pub const MAX_TEXT_BYTES: usize = 200;

    /// Where it is in its life.
    pub fn status(&self) -> Status {
        self.status
    }

    /// How much is asked for.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// The provider's name for it; `None` before the money is there.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }
}

impl Apply<Requested> for Payment {
    fn apply(&mut self, event: Requested) {
        self.status = Status::Requested;
        self.amount = event.amount;
    }
}

impl Apply<Captured> for Payment {
    fn apply(&mut self, event: Captured) {
        self.status = Status::Captured;
        self.reference = Some(event.reference);
    }
}

impl Apply<Refused> for Payment {
    fn apply(&mut self, _: Refused) {
        self.status = Status::Refused;
    }
}

impl Apply<Voided> for Payment {
    fn apply(&mut self, _: Voided) {
        self.status = Status::Voided;
    }
}

impl Apply<Refunded> for Payment {
    fn apply(&mut self, _: Refunded) {
        self.status = Status::Refunded;
    }
}
