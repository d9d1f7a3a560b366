//! [`ManualClock`]: time that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use eventsourcing::{Clock, Timestamp};

/// A clock that stands still until a test moves it, also backwards. Clones share the time.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use eventsourcing::{Clock, MemoryStore};
/// use eventsourcing_testkit::ManualClock;
///
/// let clock = ManualClock::default();
/// let store = MemoryStore::with_clock(Arc::new(clock.clone()));
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().to_string(), "2026-01-01T00:01:00Z");
/// # let _ = store;
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Midnight of 2026-01-01, UTC: where a clock and a scenario start unless told otherwise.
    pub const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_micros())))
    }

    /// Shows `now` from here on; it may be earlier than before.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_micros(), Ordering::SeqCst);
    }

    /// Moves on by `duration`.
    pub fn advance(&self, duration: Duration) {
        self.set(self.now() + duration);
    }
}

impl Default for ManualClock {
    /// Starts at [`ManualClock::START`].
    fn default() -> Self {
        Self::new(Self::START)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
