//! [`ManualClock`]: time that a test moves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{Clock, Timestamp};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

/// A clock that stands still until a test moves it, also backwards. Clones share the time.
///
/// Who sleeps on it wakes when it is moved so far. A test that wants to move it after somebody has gone to sleep waits for
/// [`ManualClock::next_alarm`] first.
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
pub struct ManualClock(Arc<watch::Sender<Hands>>);

/// What the clock shows and who waits for what.
#[derive(Debug)]
struct Hands {
    now: Timestamp,
    /// When sleepers want to be woken, each with a number of its own.
    alarms: BTreeSet<(Timestamp, u64)>,
    next_number: u64,
}

impl ManualClock {
    /// Midnight of 2026-01-01, UTC: where a clock and a scenario start unless told otherwise.
    pub const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(watch::Sender::new(Hands {
            now,
            alarms: BTreeSet::new(),
            next_number: 0,
        })))
    }

    /// Shows `now` from here on; it may be earlier than before.
    pub fn set(&self, now: Timestamp) {
        self.0.send_modify(|hands| hands.now = now);
    }

    /// Moves on by `duration`.
    pub fn advance(&self, duration: Duration) {
        self.0.send_modify(|hands| hands.now = hands.now + duration);
    }

    /// Waits until somebody sleeps on this clock, and returns when the first of them wants to be woken.
    ///
    /// That may be the own wait of a runner or subscription - between attempts, before it looks at the log again, for an event that
    /// takes too long -, so a test must not take it for the time of its own timer.
    pub async fn next_alarm(&self) -> Timestamp {
        let mut hands = self.0.subscribe();
        loop {
            let first = hands.borrow_and_update().next_alarm();
            if let Some(first) = first {
                return first;
            }
            // Its sender is this clock's own.
            let _ = hands.changed().await;
        }
    }
}

impl Hands {
    /// The first alarm that has not gone off.
    fn next_alarm(&self) -> Option<Timestamp> {
        let mut ahead = self.alarms.iter().filter(|(time, _)| *time > self.now);
        ahead.next().map(|(time, _)| *time)
    }
}

/// Taken off when its sleeper has woken or is gone.
struct Alarm<'a> {
    clock: &'a ManualClock,
    time: Timestamp,
    number: u64,
}

impl<'a> Alarm<'a> {
    fn set(clock: &'a ManualClock, time: Timestamp) -> Self {
        let mut number = 0;
        clock.0.send_modify(|hands| {
            number = hands.next_number;
            hands.next_number += 1;
            hands.alarms.insert((time, number));
        });
        Self {
            clock,
            time,
            number,
        }
    }
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        let alarm = (self.time, self.number);
        self.clock.0.send_if_modified(|hands| {
            hands.alarms.remove(&alarm);
            false
        });
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
        self.0.borrow().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let alarm = Alarm::set(self, until);
            let mut hands = self.0.subscribe();
            // Its sender is this clock's own.
            let _ = hands.wait_for(|hands| hands.now >= until).await;
            drop(alarm);
        })
    }
}
