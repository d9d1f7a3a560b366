//! Points in time, and where they come from.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use futures_util::future::BoxFuture;
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

    /// Year, month and day in UTC, as a projection by month or by day wants them. Times outside of the years -9999 to 9999
    /// have the first or the last day of these.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let recorded_at: eventsourcing::Timestamp = "2026-03-01T00:30:00+02:00".parse()?;
    /// let (year, month, _) = recorded_at.utc_date();
    /// assert_eq!((year, month), (2026, 2));
    /// # Ok(()) }
    /// ```
    pub fn utc_date(self) -> (i16, u8, u8) {
        let (first, last) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
        let beyond = if self.0 < 0 { first } else { last };
        let time = jiff::Timestamp::from_microsecond(self.0).unwrap_or(beyond);
        let time = jiff::tz::Offset::UTC.to_datetime(time);
        // Months and days are positive.
        let part = |number: i8| number.unsigned_abs();
        (time.year(), part(time.month()), part(time.day()))
    }

    /// How long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
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

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;
    /// Saturates at the ends of the range.
    fn sub(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
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

/// Where the current time comes from, and what waits for it; tests put their own in.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The current time. It may step back; stores keep `recorded_at` from doing so.
    fn now(&self) -> Timestamp;

    /// Waits for so long, whatever [`Clock::now`] says meanwhile.
    ///
    /// Provided: tokio's timer. A clock that a test moves waits until it was moved so far.
    ///
    /// # Panics
    /// Outside of a tokio runtime with its timer enabled.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { tokio::time::sleep(duration).await })
    }

    /// Waits until [`Clock::now`] is at `until` or later.
    ///
    /// Provided: it sleeps for a second at most and looks again, so that a clock that was put forward or back is noticed.
    ///
    /// # Panics
    /// As [`Clock::sleep`].
    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left = until.since(self.now());
                if left.is_zero() {
                    return;
                }
                self.sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }
}

/// Longest sleep before a clock is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The system's wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
