//! What is remembered of an account, and how each fact is stored.

use std::fmt;

use eventsourcing::{Event, Schema, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::ids::AccountId;

/// Everything that is remembered of an account.
#[derive(Debug, Clone, PartialEq, Event)]
pub enum DormancyEvent {
    /// The timer runs from this movement.
    #[es(name = "dormancy.moved")]
    Moved(Moved),
    /// No timer runs: the account is dormant or closed.
    #[es(name = "dormancy.rested")]
    Rested(Rested),
}

/// The timer runs from this movement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Moved {
    /// The account, by which a timer finds it again.
    pub account: AccountId,
    /// When.
    pub at: Timestamp,
}

/// No timer runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Rested {}

impl fmt::Display for DormancyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved(_) => f.write_str("watched from here on"),
            Self::Rested(_) => f.write_str("not watched any more"),
        }
    }
}
