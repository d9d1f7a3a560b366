//! Money: whole cents with their currency, checked, and never a float.

use std::fmt;

use eventsourcing::Schema;
use serde::{Deserialize, Serialize};

/// What money is in.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Schema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Swiss francs.
    Chf,
    /// Euros, which is what the shop's first generation knew alone.
    #[default]
    Eur,
    /// Pounds sterling.
    Gbp,
    /// US dollars.
    Usd,
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Chf => "CHF",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Usd => "USD",
        })
    }
}

/// An amount of money: 1250 cents are 12.50.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Schema)]
pub struct Money {
    /// How much, in hundredths.
    pub cents: u64,
    /// Of what.
    pub currency: Currency,
}

impl Money {
    /// The largest amount in cents that the shop takes: what JSON numbers hold exactly everywhere.
    pub const MAX_CENTS: u64 = (1 << 53) - 1;

    /// An amount.
    pub const fn new(cents: u64, currency: Currency) -> Self {
        Self { cents, currency }
    }

    /// So many times the amount; `None` if that is beyond [`Money::MAX_CENTS`].
    pub fn times(self, quantity: u32) -> Option<Self> {
        let cents = self.cents.checked_mul(quantity.into())?;
        (cents <= Self::MAX_CENTS).then_some(Self { cents, ..self })
    }

    /// The sum; `None` if the currencies differ or it is beyond [`Money::MAX_CENTS`].
    pub fn plus(self, other: Self) -> Option<Self> {
        let cents = self.cents.checked_add(other.cents)?;
        let fits = cents <= Self::MAX_CENTS && self.currency == other.currency;
        fits.then_some(Self { cents, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cents, currency } = self;
        write!(f, "{}.{:02} {currency}", cents / 100, cents % 100)
    }
}
