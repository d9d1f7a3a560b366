//! The bank's rules: accounts, what can happen to them, and what can be asked of them. No I/O in here.

mod account;
mod commands;
mod decisions;
pub mod dormancy;
mod error;
mod events;
pub mod history;
mod ids;
pub(crate) mod money;
pub mod transfer;

pub use self::account::{Account, Status};
pub use self::commands::{
    AccountCommand, ChargeFee, ChargeInterest, CloseAccount, CreditInterest, Deposit, MarkDormant,
    OpenAccount, ReceiveTransfer, RefuseBooking, ReturnTransfer, SendTransfer, Withdraw,
};
pub use self::error::AccountError;
pub use self::events::{
    AccountEvent, BookingRefused, Closed, Deposited, FeeCharged, InterestCharged, InterestCredited,
    MarkedDormant, Note, Opened, TransferReceived, TransferReturned, TransferSent, Withdrawn,
};
pub use self::ids::{AccountId, Day, Month, ParseDayError, ParseMonthError, TransferId};
pub use self::money::{Currency, Minor, Overdraft, ParseMoneyError, UnknownCurrency};
