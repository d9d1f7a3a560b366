//! Money: whole minor units, checked, and never a float.

use std::fmt;
use std::str::FromStr;

use eventsourcing::Schema;
use serde::{Deserialize, Serialize};

/// An amount in minor units (cents, haléře): `12.34` is 1234.
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
#[serde(transparent)]
pub struct Minor(i64);

/// A text that is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseMoneyError {
    /// Not digits with at most two decimals.
    #[error("`{0}` is not an amount; write it like 12.34")]
    Malformed(String),
    /// More than an account can hold.
    #[error("`{0}` is too large an amount")]
    TooLarge(String),
}

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Wraps minor units.
    pub const fn new(minor_units: i64) -> Self {
        Self(minor_units)
    }

    /// The minor units.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, unless it is too large.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it is too large.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum, held at the largest amount there is. Decisions have refused what would come to that.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, held at the largest amount there is. Decisions have refused what would come to that.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl FromStr for Minor {
    type Err = ParseMoneyError;

    /// Reads `12`, `12.3`, `12.34` and the same with a `-` in front; nothing else.
    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        let malformed = || ParseMoneyError::Malformed(text.into());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(malformed()),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 2 || !all_digits(whole) || !all_digits(fraction) {
            return Err(malformed());
        }
        let digits = format!("{}{whole}{fraction:0<2}", if negative { "-" } else { "" });
        // Only digits are left, so all that can fail is the size.
        let minor = digits
            .parse()
            .map_err(|_| ParseMoneyError::TooLarge(text.into()))?;
        Ok(Self(minor))
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal(i128::from(self.0)))
    }
}

/// Minor units with two decimals; sums over accounts may exceed what one account can hold.
pub(crate) fn decimal(minor_units: i128) -> String {
    let sign = if minor_units < 0 { "-" } else { "" };
    let units = minor_units.unsigned_abs();
    format!("{sign}{}.{:02}", units / 100, units % 100)
}

/// The currencies the bank keeps accounts in; all have two decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Schema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Swiss franc.
    Chf,
    /// Czech koruna.
    Czk,
    /// Euro.
    #[default]
    Eur,
    /// Pound sterling.
    Gbp,
    /// US dollar.
    Usd,
}

/// A code that is none of the bank's currencies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bank keeps no accounts in `{0}`; it knows CHF, CZK, EUR, GBP and USD")]
pub struct UnknownCurrency(pub String);

impl Currency {
    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Chf => "CHF",
            Self::Czk => "CZK",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Usd => "USD",
        }
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;
    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        let all = [Self::Chf, Self::Czk, Self::Eur, Self::Gbp, Self::Usd];
        all.into_iter()
            .find(|currency| currency.code() == code)
            .ok_or_else(|| UnknownCurrency(code.into()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// How far below zero an account may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
pub enum Overdraft {
    /// Down to minus this much; zero for no overdraft.
    Limit(Minor),
    /// As far as it takes: for accounts whose limit is kept elsewhere, as in an imported statement.
    Unlimited,
}

impl Overdraft {
    /// Whether an account may stand at `balance`.
    pub fn allows(self, balance: Minor) -> bool {
        match self {
            // Added up wide, so that a limit of the largest amount is no special case.
            Self::Limit(limit) => i128::from(balance.get()) + i128::from(limit.get()) >= 0,
            Self::Unlimited => true,
        }
    }
}

impl Default for Overdraft {
    fn default() -> Self {
        Self::Limit(Minor::ZERO)
    }
}

impl fmt::Display for Overdraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(Minor::ZERO) => f.write_str("none"),
            Self::Limit(limit) => limit.fmt(f),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        for (text, minor) in [
            ("0", 0),
            ("12", 1200),
            ("12.3", 1230),
            ("12.34", 1234),
            ("-0.05", -5),
            ("007.10", 710),
            ("92233720368547758.07", i64::MAX),
            ("-92233720368547758.08", i64::MIN),
        ] {
            assert_eq!(text.parse(), Ok(Minor::new(minor)), "{text}");
        }
        for text in [
            "", "-", ".5", "5.", "1.234", "1,5", "1e3", "+1", " 1", "1 ", "--1", "1.-5", "١", "NaN",
        ] {
            let malformed = ParseMoneyError::Malformed(text.into());
            assert_eq!(text.parse::<Minor>(), Err(malformed));
        }
        for text in ["92233720368547758.08", "99999999999999999999999999"] {
            let too_large = ParseMoneyError::TooLarge(text.into());
            assert_eq!(text.parse::<Minor>(), Err(too_large));
        }
    }

    #[test]
    fn amounts_are_written_as_they_are_read() {
        for minor in [0, 5, -5, 100, -1234, i64::MAX, i64::MIN] {
            let text = Minor::new(minor).to_string();
            assert_eq!(text.parse(), Ok(Minor::new(minor)), "{text}");
        }
    }

    #[test]
    fn limits_have_no_edge() {
        assert!(Overdraft::Limit(Minor::new(i64::MAX)).allows(Minor::new(-i64::MAX)));
        assert!(!Overdraft::Limit(Minor::new(i64::MAX)).allows(Minor::new(i64::MIN)));
        assert!(!Overdraft::default().allows(Minor::new(-1)));
        assert!(Overdraft::Unlimited.allows(Minor::new(i64::MIN)));
    }
}
