//! The bank's rules: accounts, what can happen to them, and what can be asked of them. No I/O in here.

mod account;
mod commands;
mod decisions;
mod error;
mod events;
pub mod history;
mod ids;
pub(crate) mod money;

pub use self::account::{Account, Status};
pub use self::commands::{
    AccountCommand, ChargeFee, ChargeInterest, CloseAccount, CreditInterest, Deposit, OpenAccount,
    ReceiveTransfer, RefuseBooking, SendTransfer, Withdraw,
};
pub use self::error::AccountError;
pub use self::events::{
    AccountEvent, BookingRefused, Closed, Deposited, FeeCharged, InterestCharged, InterestCredited,
    Note, Opened, TransferReceived, TransferSent, Withdrawn,
};
pub use self::ids::{AccountId, Day, Month, ParseDayError, ParseMonthError, TransferId};
pub use self::money::{Currency, Minor, Overdraft, ParseMoneyError, UnknownCurrency};
