//! Points in time, and where they come from.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time in whole microseconds since 1970-01-01T00:00:00Z (UTC, no leap seconds).
///
/// Microseconds because every store can keep them exactly. Its text is RFC 3339, `2026-03-01T09:30:00.25Z`; where that
/// ends, outside the years -9998 to 9999, it is the number with its unit, `400000000000000000us`. Parsing cuts off what
/// is finer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Wraps microseconds since the Unix epoch; negative before it.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The system's wall clock.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_microsecond())
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;
    /// Saturates at the ends of the range.
    fn add(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

/// The beginning of the year -9998. `jiff` knows most of the year before, but parsing a fraction of the very first second
/// that it knows panics in debug builds (0.2.43), so that year is neither written nor read.
const FIRST_WRITTEN: i64 = -377_673_580_800_000_000;

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) if self.0 >= FIRST_WRITTEN => time.fmt(f),
            // Exact beats pretty, and parsing takes it back.
            _ => write!(f, "{}us", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not an RFC 3339 time.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{text}` is not a time: {reason}; write it like 2026-03-01T09:30:00Z")]
pub struct ParseTimestampError {
    text: String,
    reason: String,
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(Ok(micros)) = text.strip_suffix("us").map(str::parse) {
            return Ok(Self(micros));
        }
        let refused = |reason: String| ParseTimestampError {
            text: text.into(),
            reason,
        };
        if text.starts_with("-009999") {
            return Err(refused("the first year is -9998".into()));
        }
        let time: jiff::Timestamp = text
            .parse()
            .map_err(|error: jiff::Error| refused(error.to_string()))?;
        let micros = time.as_nanosecond().div_euclid(1_000);
        Ok(Self(i64::try_from(micros).unwrap_or(i64::MAX))) // ends with the year 9999
    }
}

/// Where the current time comes from; tests put their own in.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The current time. It may step back; stores keep `recorded_at` from doing so.
    fn now(&self) -> Timestamp;
}

/// The system's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
