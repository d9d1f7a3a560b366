//! What can have happened to a transfer, and how each fact is stored.

use std::fmt;

use eventsourcing::{Event, Schema};
use serde::{Deserialize, Serialize};

use crate::domain::ids::AccountId;
use crate::domain::money::{Currency, Minor};

/// Everything that can have happened to a transfer.
#[derive(Debug, Clone, PartialEq, Event)]
pub enum TransferEvent {
    /// Somebody has asked for it.
    #[es(name = "transfer.requested")]
    Requested(Requested),
    /// The sender's account does not give the money.
    #[es(name = "transfer.refused")]
    Refused(Refused),
    /// The money has arrived.
    #[es(name = "transfer.completed")]
    Completed(Completed),
    /// The receiver's account does not take the money, so it goes back.
    #[es(name = "transfer.returning")]
    Returning(Returning),
    /// The money is back.
    #[es(name = "transfer.returned")]
    Returned(Returned),
}

/// Somebody has asked for a transfer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Requested {
    /// Who sends.
    pub from: AccountId,
    /// Who receives.
    pub to: AccountId,
    /// How much.
    pub amount: Minor,
    /// What the sender's account is kept in.
    pub currency: Currency,
}

/// The sender's account did not give the money. Nothing has moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Refused {
    /// Why.
    pub reason: String,
}

/// The money has arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Completed {}

/// The receiver's account did not take the money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Returning {
    /// Why.
    pub reason: String,
}

/// The money is with the sender again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Returned {
    /// Why it has not arrived.
    pub reason: String,
}

impl fmt::Display for TransferEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested(event) => {
                write!(f, "requested from {} to {}", event.from, event.to)
            }
            Self::Refused(event) => write!(f, "refused: the sender {}", event.reason),
            Self::Completed(_) => f.write_str("completed"),
            Self::Returning(event) => write!(f, "goes back: the receiver {}", event.reason),
            Self::Returned(_) => f.write_str("returned"),
        }
    }
}
