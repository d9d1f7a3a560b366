//! [`ProcessContext`]: what a reaction may know besides state and event.

use crate::envelope::RecordedEvent;
use crate::time::Timestamp;

/// What a reaction may know besides state and event. The same whenever the reaction is decided again.
#[derive(Debug, Clone, Copy)]
pub struct ProcessContext<'a> {
    now: Timestamp,
    event: Option<&'a RecordedEvent>,
    instance: &'a str,
}

impl<'a> ProcessContext<'a> {
    /// The context of an event: its time is when it was recorded.
    pub fn of_event(event: &'a RecordedEvent) -> Self {
        Self {
            now: event.recorded_at,
            event: Some(event),
            instance: "",
        }
    }

    /// The context of a timer that was set to `due`.
    pub fn of_timer(due: Timestamp) -> Self {
        Self {
            now: due,
            event: None,
            instance: "",
        }
    }

    /// The same, for the instance whose id has this text.
    #[must_use]
    pub fn with_instance(self, instance: &'a str) -> Self {
        Self { instance, ..self }
    }

    /// When what is reacted to happened: the event's time, or the timer's. Not the clock's time, so that a process that
    /// catches up decides as it would have then.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The text of the id of the instance that reacts; `parse` makes the id of it. Empty where the instance is not known yet: in
    /// [`ProcessManager::correlate`](crate::ProcessManager::correlate), which is to say it.
    pub fn instance(&self) -> &'a str {
        self.instance
    }

    /// The event as it is stored; `None` where a timer is reacted to.
    pub fn event(&self) -> Option<&'a RecordedEvent> {
        self.event
    }
}
