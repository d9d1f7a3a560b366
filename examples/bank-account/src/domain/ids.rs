//! What names accounts and transfers, and the bank's days.

use std::fmt;
use std::str::FromStr;

use eventsourcing::{AggregateId, Key, Schema, Timestamp};
use serde::{Deserialize, Serialize};

/// The number or name of an account.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AggregateId, Schema,
)]
#[serde(transparent)]
pub struct AccountId(pub String);

/// Ties the two halves of a transfer together: its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId, Schema)]
#[serde(transparent)]
pub struct TransferId(pub String);

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

    /// The day, in UTC, on which something was recorded.
    pub fn of(time: Timestamp) -> Self {
        let ends = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
        let nearest = if time.as_micros() < 0 { ends.0 } else { ends.1 };
        let time = jiff::Timestamp::from_microsecond(time.as_micros()).unwrap_or(nearest);
        Self(jiff::tz::Offset::UTC.to_datetime(time).date())
    }

    /// The month it belongs to.
    pub fn month(self) -> Month {
        Month(self.0.first_of_month())
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

/// A calendar month, written `1993-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(jiff::civil::Date);

/// A text that is not a month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a month; write it like 1993-01")]
pub struct ParseMonthError(String);

impl FromStr for Month {
    type Err = ParseMonthError;
    fn from_str(text: &str) -> Result<Self, ParseMonthError> {
        let first = format!("{text}-01").parse().map(Day::month);
        first
            .ok()
            .filter(|month| month.to_string() == text)
            .ok_or_else(|| ParseMonthError(text.into()))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.strftime("%Y-%m").to_string())
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// In the order of time.
impl Key for Month {
    fn kind() -> String {
        <(i16, i8)>::kind()
    }
    fn encode(&self, bytes: &mut Vec<u8>) {
        (self.0.year(), self.0.month()).encode(bytes);
    }
    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let (year, month) = Key::decode(bytes)?;
        Day::new(year, month, 1).map(Day::month)
    }
}
