//! What can have happened to an account, and how each fact is stored: the one place with stored names.

use std::fmt;

use eventsourcing::{Event, Schema};
use serde::{Deserialize, Serialize};

use super::history::{v1, v2};
use super::ids::{AccountId, Day, TransferId};
use super::money::{Currency, Minor, Overdraft};

/// Everything that can have happened to an account.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(
    split(
        name = "account.withdrawn-with-fee",
        v1 = v1::WithdrawnWithFee,
        into(Withdrawn, FeeCharged),
    ),
    retired(
        name = "account.marketing-consent-recorded",
        versions = 1..=2,
        reason = "consent is kept elsewhere; it moved no money",
    ),
)]
pub enum AccountEvent {
    /// The account exists from here on.
    #[es(name = "account.opened", version = 3, from(v1 = v1::Opened, v2 = v2::Opened))]
    Opened(Opened),
    /// Money came in.
    #[es(name = "account.deposited", was = "account.money-added", version = 2, from(v1 = _))]
    Deposited(Deposited),
    /// Money went out.
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
    /// The bank took a fee.
    #[es(name = "account.fee-charged")]
    FeeCharged(FeeCharged),
    /// The bank paid interest.
    #[es(name = "account.interest-credited")]
    InterestCredited(InterestCredited),
    /// The bank took interest.
    #[es(name = "account.interest-charged")]
    InterestCharged(InterestCharged),
    /// Money went to another account.
    #[es(name = "account.transfer-sent")]
    TransferSent(TransferSent),
    /// Money came from another account.
    #[es(name = "account.transfer-received")]
    TransferReceived(TransferReceived),
    /// Money that did not arrive came back.
    #[es(name = "account.transfer-returned")]
    TransferReturned(TransferReturned),
    /// A booking that came from outside was refused, for good.
    #[es(name = "account.booking-refused")]
    BookingRefused(BookingRefused),
    /// Nothing has moved for a long time.
    #[es(name = "account.marked-dormant")]
    MarkedDormant(MarkedDormant),
    /// The account has ended.
    #[es(name = "account.closed")]
    Closed(Closed),
}

/// The account was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Opened {
    /// Whose it is.
    pub owner: String,
    /// What it is kept in.
    pub currency: Currency,
    /// How far below zero it may go.
    pub overdraft: Overdraft,
}

/// Money came in. Version 1 had no note, so its payloads read as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Deposited {
    /// How much.
    pub amount: Minor,
    /// What is known about it.
    #[serde(default, skip_serializing_if = "Note::is_empty")]
    pub note: Note,
}

/// Money went out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Withdrawn {
    /// How much.
    pub amount: Minor,
    /// What is known about it.
    #[serde(default, skip_serializing_if = "Note::is_empty")]
    pub note: Note,
}

/// The bank took a fee.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct FeeCharged {
    /// How much.
    pub amount: Minor,
    /// What is known about it.
    #[serde(default, skip_serializing_if = "Note::is_empty")]
    pub note: Note,
}

/// The bank paid interest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct InterestCredited {
    /// How much.
    pub amount: Minor,
    /// What is known about it.
    #[serde(default, skip_serializing_if = "Note::is_empty")]
    pub note: Note,
}

/// The bank took interest, for an overdraft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct InterestCharged {
    /// How much.
    pub amount: Minor,
    /// What is known about it.
    #[serde(default, skip_serializing_if = "Note::is_empty")]
    pub note: Note,
}

/// Money went to another account: in the same commit as its [`TransferReceived`], or as the first step of a transfer in steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct TransferSent {
    /// Which transfer.
    pub transfer: TransferId,
    /// To whom.
    pub to: AccountId,
    /// How much.
    pub amount: Minor,
}

/// Money came from another account; see [`TransferSent`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct TransferReceived {
    /// Which transfer.
    pub transfer: TransferId,
    /// From whom.
    pub from: AccountId,
    /// How much.
    pub amount: Minor,
}

/// Money that the other account did not take came back. An account that was closed meanwhile is open again: its owner has to
/// get at the money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct TransferReturned {
    /// Which transfer.
    pub transfer: TransferId,
    /// How much.
    pub amount: Minor,
    /// Why it has not arrived.
    pub reason: String,
}

/// A booking that came from outside was refused, for a reason that may not last: the balance of the moment. Recorded so
/// that asking again gives the same answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct BookingRefused {
    /// The other side's id of the booking.
    pub transaction: String,
    /// Why.
    pub reason: String,
}

/// Nothing has moved for a long time. The next movement wakes the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct MarkedDormant {}

/// The account was closed, at a balance of zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Closed {}

/// What is known about a booking besides its amount. All of it is optional.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Schema)]
pub struct Note {
    /// The day for which the bank booked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// The way it took: `cash`, `transfer`, `card`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    /// What it was for: `household`, `pension`, any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Bank and account at the other end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
}

impl Note {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AccountEvent {
    /// Stored name of the one event that every account begins with.
    pub const OPENING: &'static str = "account.opened";

    /// By how much it changes the balance, and whether up (`true`) or down; `None` if it is not about money.
    pub fn booking(&self) -> Option<(bool, Minor)> {
        match self {
            Self::Deposited(event) => Some((true, event.amount)),
            Self::InterestCredited(event) => Some((true, event.amount)),
            Self::TransferReceived(event) => Some((true, event.amount)),
            Self::TransferReturned(event) => Some((true, event.amount)),
            Self::Withdrawn(event) => Some((false, event.amount)),
            Self::FeeCharged(event) => Some((false, event.amount)),
            Self::InterestCharged(event) => Some((false, event.amount)),
            Self::TransferSent(event) => Some((false, event.amount)),
            Self::Opened(_)
            | Self::BookingRefused(_)
            | Self::MarkedDormant(_)
            | Self::Closed(_) => None,
        }
    }

    /// What is known about a booking; `None` if the event carries no note.
    pub fn note(&self) -> Option<&Note> {
        match self {
            Self::Deposited(event) => Some(&event.note),
            Self::Withdrawn(event) => Some(&event.note),
            Self::FeeCharged(event) => Some(&event.note),
            Self::InterestCredited(event) => Some(&event.note),
            Self::InterestCharged(event) => Some(&event.note),
            Self::TransferSent(_)
            | Self::TransferReceived(_)
            | Self::TransferReturned(_)
            | Self::Opened(_)
            | Self::BookingRefused(_)
            | Self::MarkedDormant(_)
            | Self::Closed(_) => None,
        }
    }
}

/// What happened, as a bank statement puts it.
impl fmt::Display for AccountEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened(event) => write!(f, "opened for {}", event.owner)?,
            Self::Deposited(_) => f.write_str("deposit")?,
            Self::Withdrawn(_) => f.write_str("withdrawal")?,
            Self::FeeCharged(_) => f.write_str("fee")?,
            Self::InterestCredited(_) => f.write_str("interest")?,
            Self::InterestCharged(_) => f.write_str("penalty interest")?,
            Self::TransferSent(event) => write!(f, "transfer to {}", event.to)?,
            Self::TransferReceived(event) => write!(f, "transfer from {}", event.from)?,
            Self::TransferReturned(event) => {
                write!(f, "transfer came back: the receiver {}", event.reason)?;
            }
            Self::BookingRefused(event) => {
                write!(f, "refused {}: {}", event.transaction, event.reason)?;
            }
            Self::MarkedDormant(_) => f.write_str("dormant: nothing moved for a long time")?,
            Self::Closed(_) => f.write_str("closed")?,
        }
        self.note().map_or(Ok(()), |note| note.fmt(f))
    }
}

/// What is known, to be appended to what happened.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(day) = self.day {
            write!(f, " on {day}")?;
        }
        let texts = [&self.way, &self.purpose, &self.partner];
        for (index, text) in texts.into_iter().flatten().enumerate() {
            write!(f, "{} {text}", if index == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}
