//! A transfer in steps, as a process: for accounts that cannot be written in one commit.
//!
//! ```text
//! requested ─► send (money leaves) ─► sent ─► receive ─► received: completed
//!                │ refused                     │ refused
//!                └ refused                     └► give back ─► given back: returned
//! ```
//!
//! The money is in one place at any time: with the sender, on its way, or with the receiver.

mod events;
mod manager;

use eventsourcing::{Aggregate, Apply, Command, Context, Events, Handle, events};
use serde::{Deserialize, Serialize};

pub use self::events::{Completed, Refused, Requested, Returned, Returning, TransferEvent};
pub use self::manager::{Step, TransferSeen, Transfers, Unexpected};
use super::ids::{AccountId, TransferId};
use super::money::{Currency, Minor};

/// A transfer, as its events have made it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "transfer", id = TransferId, event = TransferEvent, error = TransferError)]
pub struct Transfer {
    request: Option<Requested>,
    ended: Option<Ended>,
}

/// How a transfer has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// The receiver has the money.
    Completed,
    /// Nothing has moved.
    Refused {
        /// Why, in the words of the sender's account.
        reason: String,
    },
    /// The sender has the money again.
    Returned {
        /// Why, in the words of the receiver's account.
        reason: String,
    },
}

/// Why a transfer is not begun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// There is one of this name.
    #[error("has been requested before")]
    Requested,
    /// Its name is too long to be carried along.
    #[error("has a name of more than {} bytes", Self::MAX_ID_BYTES)]
    LongId,
    /// Both ends are one account.
    #[error("leads from an account to itself")]
    SameAccount,
    /// An amount that is not above zero.
    #[error("cannot move {0}: an amount must be above zero")]
    NotPositive(Minor),
}

impl TransferError {
    /// Longest name of a transfer.
    pub const MAX_ID_BYTES: usize = 100;
}

impl Transfer {
    /// What was asked for; `None` if nothing was.
    pub fn request(&self) -> Option<&Requested> {
        self.request.as_ref()
    }

    /// How it has ended; `None` while it is on its way.
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }
}

/// Ask for a transfer. Whether it can be made turns out on the way.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Transfer)]
pub struct RequestTransfer {
    /// Which: its idempotency key.
    #[es(id)]
    pub transfer: TransferId,
    /// Who sends.
    pub from: AccountId,
    /// Who receives.
    pub to: AccountId,
    /// How much.
    pub amount: Minor,
    /// What the sender's account is kept in.
    pub currency: Currency,
}

impl Handle<RequestTransfer> for Transfer {
    fn handle(
        &self,
        command: RequestTransfer,
        _: &Context,
    ) -> Result<Events<TransferEvent>, TransferError> {
        if self.request.is_some() {
            return Err(TransferError::Requested);
        }
        if command.transfer.0.len() > TransferError::MAX_ID_BYTES {
            return Err(TransferError::LongId);
        }
        if command.from == command.to {
            return Err(TransferError::SameAccount);
        }
        if command.amount <= Minor::ZERO {
            return Err(TransferError::NotPositive(command.amount));
        }
        Ok(events![Requested {
            from: command.from,
            to: command.to,
            amount: command.amount,
            currency: command.currency,
        }])
    }
}

impl Apply<Requested> for Transfer {
    fn apply(&mut self, event: Requested) {
        self.request = Some(event);
    }
}

impl Apply<Refused> for Transfer {
    fn apply(&mut self, event: Refused) {
        let reason = event.reason;
        self.ended = Some(Ended::Refused { reason });
    }
}

impl Apply<Completed> for Transfer {
    fn apply(&mut self, _: Completed) {
        self.ended = Some(Ended::Completed);
    }
}

impl Apply<Returning> for Transfer {
    fn apply(&mut self, _: Returning) {}
}

impl Apply<Returned> for Transfer {
    fn apply(&mut self, event: Returned) {
        let reason = event.reason;
        self.ended = Some(Ended::Returned { reason });
    }
}
