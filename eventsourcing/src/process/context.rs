//! [`ProcessContext`]: what a reaction may know besides state and event.

use crate::envelope::RecordedEvent;
use crate::time::Timestamp;

/// What a reaction may know besides state and event. The same whenever the reaction is decided again.
#[derive(Debug, Clone, Copy)]
pub struct ProcessContext<'a> {
    now: Timestamp,
    event: Option<&'a RecordedEvent>,
}

impl<'a> ProcessContext<'a> {
    /// The context of an event: its time is when it was recorded.
    pub fn of_event(event: &'a RecordedEvent) -> Self {
        Self {
            now: event.recorded_at,
            event: Some(event),
        }
    }

    /// The context of a timer that was set to `due`.
    pub fn of_timer(due: Timestamp) -> Self {
        Self {
            now: due,
            event: None,
        }
    }

    /// When what is reacted to happened: the event's time, or the timer's. Not the clock's time, so that a process that
    /// catches up decides as it would have then.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The event as it is stored; `None` where a timer is reacted to.
    pub fn event(&self) -> Option<&'a RecordedEvent> {
        self.event
    }
}
