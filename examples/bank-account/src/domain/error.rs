//! Why the bank refuses.

use super::money::{Currency, Minor};

/// Why a command is refused. Nothing has happened then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// It is there already.
    #[error("is open already")]
    AlreadyOpen,
    /// It was never opened.
    #[error("does not exist")]
    NotOpened,
    /// It has been closed.
    #[error("is closed")]
    Closed,
    /// The owner is empty or not one line of text.
    #[error(
        "needs an owner: one line of text, at most {} bytes",
        Self::MAX_OWNER_BYTES
    )]
    Owner,
    /// A limit below zero.
    #[error("cannot have the overdraft limit {0}: it is below zero")]
    NegativeLimit(Minor),
    /// An amount that is not above zero.
    #[error("cannot book {0}: an amount must be above zero")]
    NotPositive(Minor),
    /// It is kept in another currency.
    #[error("is kept in {account}, not in {asked}")]
    Currency {
        /// The account's currency.
        account: Currency,
        /// The command's.
        asked: Currency,
    },
    /// The balance and the overdraft limit do not suffice.
    #[error("has {available} {currency} at its disposal, which is less than {asked}")]
    Insufficient {
        /// Balance and overdraft limit together.
        available: Minor,
        /// What was to leave the account.
        asked: Minor,
        /// The account's currency.
        currency: Currency,
    },
    /// No account can hold that much.
    #[error("cannot hold {balance} and {amount} more: that is too large a number")]
    TooMuch {
        /// What it holds.
        balance: Minor,
        /// What was to be added or taken.
        amount: Minor,
    },
    /// Both ends of a transfer are one account.
    #[error("cannot transfer to itself")]
    SameAccount,
    /// Only an account at zero can be closed.
    #[error("cannot be closed at a balance of {balance} {currency}; bring it to zero first")]
    NotEmpty {
        /// What it holds.
        balance: Minor,
        /// Its currency.
        currency: Currency,
    },
}

impl AccountError {
    /// Whether the same command might be accepted at another balance.
    pub fn depends_on_balance(&self) -> bool {
        matches!(self, Self::Insufficient { .. } | Self::TooMuch { .. })
    }

    /// Longest name of an owner.
    pub const MAX_OWNER_BYTES: usize = 1000;
}
