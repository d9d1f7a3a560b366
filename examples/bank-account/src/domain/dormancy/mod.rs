//! Dormancy: an account without a movement for a long time is marked.
//!
//! A timer runs from the last movement. Writing down each movement only to set the timer anew would double the log, so a movement
//! within a day of one that was written down is passed over: an account is marked after the time and at most one day more.

mod events;
mod manager;

use eventsourcing::{Aggregate, Apply, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::events::{DormancyEvent, Moved, Rested};
pub use self::manager::{Dormancy, DormancySeen, Unexpected};
use super::ids::AccountId;

/// What is remembered of an account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "dormancy", id = AccountId, event = DormancyEvent, error = Unexpected)]
pub struct Watch {
    account: Option<AccountId>,
    /// The movement from which the timer runs; `None` if it does not run.
    moved: Option<Timestamp>,
}

impl Apply<Moved> for Watch {
    fn apply(&mut self, event: Moved) {
        self.account = Some(event.account);
        self.moved = Some(event.at);
    }
}

impl Apply<Rested> for Watch {
    fn apply(&mut self, _: Rested) {
        self.moved = None;
    }
}
