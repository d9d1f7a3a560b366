//! What can be asked of an account.

use eventsourcing::{Command, Events, events};
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::events::{
    AccountEvent, BookingRefused, Closed, Deposited, FeeCharged, InterestCharged, InterestCredited,
    Note, Opened, TransferReceived, TransferSent, Withdrawn,
};
use super::ids::{AccountId, TransferId};
use super::money::{Currency, Minor, Overdraft};

/// Any command, for callers that have one of several kinds.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub enum AccountCommand {
    /// Open it.
    Open(OpenAccount),
    /// Put money in.
    Deposit(Deposit),
    /// Take money out.
    Withdraw(Withdraw),
    /// Take a fee.
    ChargeFee(ChargeFee),
    /// Pay interest.
    CreditInterest(CreditInterest),
    /// Take interest.
    ChargeInterest(ChargeInterest),
    /// Send a transfer.
    Send(SendTransfer),
    /// Receive a transfer.
    Receive(ReceiveTransfer),
    /// Record a refusal.
    Refuse(RefuseBooking),
    /// Close it.
    Close(CloseAccount),
}

/// Open an account.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub struct OpenAccount {
    /// Which.
    #[es(id)]
    pub account: AccountId,
    /// Whose it will be.
    pub owner: String,
    /// What it will be kept in.
    pub currency: Currency,
    /// How far below zero it may go.
    pub overdraft: Overdraft,
}

/// Put money into an account.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub struct Deposit {
    /// Which.
    #[es(id)]
    pub account: AccountId,
    /// How much.
    pub amount: Minor,
    /// What the amount is in; `None` for whatever the account is kept in.
    pub currency: Option<Currency>,
    /// What is known about it.
    pub note: Note,
}

/// Take money out of an account, with a fee or without.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub struct Withdraw {
    /// Which.
    #[es(id)]
    pub account: AccountId,
    /// How much.
    pub amount: Minor,
    /// What the bank takes for it.
    pub fee: Option<Minor>,
    /// What the amount is in; `None` for whatever the account is kept in.
    pub currency: Option<Currency>,
    /// What is known about it.
    pub note: Note,
}

/// Take a fee. The bank's own charges may exceed the overdraft limit.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub struct ChargeFee {
    /// Which.
    #[es(id)]
    pub account: AccountId,
    /// How much.
    pub amount: Minor,
    /// What the amount is in; `None` for whatever the account is kept in.
    pub currency: Option<Currency>,
    /// What is known about it.
    pub note: Note,
}

/// Pay interest.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub struct CreditInterest {
    /// Which.
    #[es(id)]
    pub account: AccountId,
    /// How much.
    pub amount: Minor,
    /// What the amount is in; `None` for whatever the account is kept in.
    pub currency: Option<Currency>,
    /// What is known about it.
    pub note: Note,
}

/// Take interest. The bank's own charges may exceed the overdraft limit.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub struct ChargeInterest {
    /// Which.
    #[es(id)]
    pub account: AccountId,
    /// How much.
    pub amount: Minor,
    /// What the amount is in; `None` for whatever the account is kept in.
    pub currency: Option<Currency>,
    /// What is known about it.
    pub note: Note,
}

/// The sender's half of a transfer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub struct SendTransfer {
    /// Who sends.
    #[es(id)]
    pub account: AccountId,
    /// Which transfer.
    pub transfer: TransferId,
    /// Who receives.
    pub to: AccountId,
    /// How much.
    pub amount: Minor,
    /// What the amount is in; `None` for whatever the account is kept in.
    pub currency: Option<Currency>,
}

/// The receiver's half of a transfer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub struct ReceiveTransfer {
    /// Who receives.
    #[es(id)]
    pub account: AccountId,
    /// Which transfer.
    pub transfer: TransferId,
    /// Who sends.
    pub from: AccountId,
    /// How much.
    pub amount: Minor,
    /// What the sender's account is kept in.
    pub currency: Currency,
}

/// Take back what the receiver of a transfer did not take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub struct ReturnTransfer {
    /// Who has sent.
    #[es(id)]
    pub account: AccountId,
    /// Which transfer.
    pub transfer: TransferId,
    /// How much.
    pub amount: Minor,
    /// Why it has not arrived.
    pub reason: String,
}

/// Record that a booking from outside was refused.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub struct RefuseBooking {
    /// Which.
    #[es(id)]
    pub account: AccountId,
    /// The other side's id of the booking.
    pub transaction: String,
    /// Why it was refused.
    pub reason: String,
}

/// Mark an account that nothing has moved for a long time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub struct MarkDormant {
    /// Which.
    #[es(id)]
    pub account: AccountId,
}

/// Close an account.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub struct CloseAccount {
    /// Which.
    #[es(id)]
    pub account: AccountId,
}

impl AccountCommand {
    /// The events it leads to where it is not refused; they do not depend on the account. A repetition under the same
    /// idempotency key is one only if these are what the first execution led to.
    pub fn into_events(self) -> Events<AccountEvent> {
        match self {
            Self::Open(command) => events![Opened::from(command)],
            Self::Deposit(command) => events![Deposited::from(command)],
            Self::Withdraw(command) => command.into(),
            Self::ChargeFee(command) => events![FeeCharged::from(command)],
            Self::CreditInterest(command) => events![InterestCredited::from(command)],
            Self::ChargeInterest(command) => events![InterestCharged::from(command)],
            Self::Send(command) => events![TransferSent::from(command)],
            Self::Receive(command) => events![TransferReceived::from(command)],
            Self::Refuse(command) => events![BookingRefused::from(command)],
            Self::Close(_) => events![Closed {}],
        }
    }
}

impl From<OpenAccount> for Opened {
    fn from(command: OpenAccount) -> Self {
        Self {
            owner: command.owner,
            currency: command.currency,
            overdraft: command.overdraft,
        }
    }
}

macro_rules! bookings {
    ($($command:ident => $event:ident),*) => {$(
        impl From<$command> for $event {
            fn from($command { amount, note, .. }: $command) -> Self {
                Self { amount, note }
            }
        }
    )*};
}

bookings!(Deposit => Deposited, ChargeFee => FeeCharged, CreditInterest => InterestCredited, ChargeInterest => InterestCharged);

impl From<Withdraw> for Events<AccountEvent> {
    fn from(command: Withdraw) -> Self {
        let fee = command.fee.map(|amount| FeeCharged {
            amount,
            note: Note::default(),
        });
        let withdrawn = Withdrawn {
            amount: command.amount,
            note: command.note,
        };
        std::iter::once(withdrawn.into())
            .chain(fee.map(Into::into))
            .collect()
    }
}

impl From<SendTransfer> for TransferSent {
    fn from(command: SendTransfer) -> Self {
        Self {
            transfer: command.transfer,
            to: command.to,
            amount: command.amount,
        }
    }
}

impl From<ReceiveTransfer> for TransferReceived {
    fn from(command: ReceiveTransfer) -> Self {
        Self {
            transfer: command.transfer,
            from: command.from,
            amount: command.amount,
        }
    }
}

impl From<RefuseBooking> for BookingRefused {
    fn from(command: RefuseBooking) -> Self {
        Self {
            transaction: command.transaction,
            reason: command.reason,
        }
    }
}
