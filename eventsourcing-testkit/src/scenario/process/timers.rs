//! [`Timers`]: those that an instance has set, as a runner would keep them.

use std::collections::BTreeMap;

use eventsourcing::{TimerChange, Timestamp};

/// The timers that run, and when they are due.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeMap<String, Timestamp>);

impl Timers {
    pub(super) fn apply(&mut self, change: &TimerChange) {
        match change {
            TimerChange::Set { name, at } => self.0.insert(name.clone(), *at),
            TimerChange::Cancel { name } => self.0.remove(name),
        };
    }

    pub(super) fn stop(&mut self) {
        self.0.clear();
    }

    /// When this timer is due, which is now or was before; it does not run any more.
    #[track_caller]
    pub(super) fn fire(&mut self, name: &str, now: Timestamp) -> Timestamp {
        let Some(due) = self.0.remove(name) else {
            panic!("the instance has set no timer `{name}`; {}", self.told());
        };
        assert!(due <= now, "timer `{name}` is due at {due}; it is {now}");
        due
    }

    fn told(&self) -> String {
        if self.0.is_empty() {
            return "it has none".to_owned();
        }
        let timers = self.0.iter();
        let timers: Vec<_> = timers
            .map(|(name, due)| format!("`{name}`, due at {due}"))
            .collect();
        format!("it has: {}", timers.join("; "))
    }
}
