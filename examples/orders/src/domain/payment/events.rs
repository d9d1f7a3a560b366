//! What can have happened to a payment, and how each fact is stored.

use eventsourcing::{Event, Schema};
use serde::{Deserialize, Serialize};

use crate::domain::Money;

/// Everything that can have happened to a payment.
#[derive(Debug, Clone, PartialEq, Event)]
pub enum PaymentEvent {
    /// The shop waits for the money from here on.
    #[es(name = "payment.requested")]
    Requested(Requested),
    /// The money is there.
    #[es(name = "payment.captured", was = "payment.received")]
    Captured(Captured),
    /// The money will not come.
    #[es(name = "payment.refused")]
    Refused(Refused),
    /// The shop does not want the money any more.
    #[es(name = "payment.voided")]
    Voided(Voided),
    /// The money went back.
    #[es(name = "payment.refunded")]
    Refunded(Refunded),
}

/// A payment was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Requested {
    /// How much.
    pub amount: Money,
}

/// The money came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Captured {
    /// The provider's name for it.
    pub reference: String,
}

/// The provider refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Refused {
    /// Why.
    pub why: String,
}

/// The order ended before it was paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Voided {}

/// The order ended after it was paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Refunded {
    /// How much.
    pub amount: Money,
}
