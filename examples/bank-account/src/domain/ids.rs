//! What names accounts and transfers, and the bank's days.

use std::fmt;
use std::str::FromStr;

use eventsourcing::{AggregateId, Schema};
use serde::{Deserialize, Serialize};

/// The number or name of an account.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AggregateId, Schema,
)]
#[serde(transparent)]
pub struct AccountId(pub String);

/// Ties the two halves of a transfer together: its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Schema)]
#[serde(transparent)]
pub struct TransferId(pub String);

impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A calendar day on which the bank books, written `1993-01-31`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema,
)]
#[serde(try_from = "String", into = "String")]
pub struct Day(jiff::civil::Date);

/// A text that is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a day")]
pub struct ParseDayError(String);

impl Day {
    /// A day of the calendar; `None` if there is no such day.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok().map(Self)
    }
}

impl FromStr for Day {
    type Err = ParseDayError;
    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        text.parse()
            .map(Self)
            .map_err(|_| ParseDayError(text.into()))
    }
}

impl TryFrom<String> for Day {
    type Error = ParseDayError;
    fn try_from(text: String) -> Result<Self, ParseDayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
