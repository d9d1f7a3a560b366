//! [`Reaction`]: what a process manager decides.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::define::ProcessManager;
use crate::aggregate::Aggregate;
use crate::time::Timestamp;

type EventOf<M> = <<M as ProcessManager>::State as Aggregate>::Event;

/// What a process manager decides, all or nothing.
///
/// The commands are executed in this order, each whatever becomes of the others; one that may only follow another's success
/// belongs into the reaction to the event that the other leads to. They are recorded before the first is executed, and each
/// has an idempotency key of that record and its place there: a program that would ask for others, or in another order, goes
/// on with those that were recorded.
#[must_use = "a reaction does nothing until it is returned"]
pub struct Reaction<M: ProcessManager> {
    pub(super) events: Vec<EventOf<M>>,
    pub(super) commands: Vec<M::Command>,
    pub(super) timers: Vec<TimerChange>,
    pub(super) finished: bool,
    unknown_timer: bool,
}

/// What becomes of a timer of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerChange {
    /// It will be due then; one of the same name that is running is replaced.
    Set {
        /// Its name.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// It will not be due.
    Cancel {
        /// Its name.
        name: String,
    },
}

impl TimerChange {
    /// The timer's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Set { name, .. } | Self::Cancel { name } => name,
        }
    }
}

impl<M: ProcessManager> Reaction<M> {
    /// Nothing follows.
    pub fn none() -> Self {
        Self {
            events: Vec::new(),
            commands: Vec::new(),
            timers: Vec::new(),
            finished: false,
            unknown_timer: false,
        }
    }

    /// Answers to a timer that the process does not know, in [`ProcessManager::on_timer`]: a failure. The timer stays and is
    /// tried again, so the program that knows it finds it. Anywhere else it is [`Reaction::none`].
    pub fn unknown_timer() -> Self {
        Self {
            unknown_timer: true,
            ..Self::none()
        }
    }

    /// Records an event of the process itself.
    pub fn event(mut self, event: impl Into<EventOf<M>>) -> Self {
        self.events.push(event.into());
        self
    }

    /// Asks for a command.
    pub fn command(mut self, command: impl Into<M::Command>) -> Self {
        self.commands.push(command.into());
        self
    }

    /// Sets a timer, in place of one of the same name that is running. If it is in the past by then, it is due at once.
    /// [`ProcessManager::on_timer`] says what follows; without it, the timer fails and is tried again until there is one.
    ///
    /// Its name has at most 200 bytes. It is due only once all events that were recorded before have been handled, those that wait
    /// behind a parked one included; and before those that were recorded later, also if the process has to catch up.
    ///
    /// The reaction to a timer that sets the same one at or before the time at which it was due fails, and is tried again later: it would
    /// be due for ever. Timers that set each other so are not found out, and no later event is handled as long as they do.
    ///
    /// One that sets itself again from `now()` makes up for every turn that was missed, one after the other; cap it in the
    /// state if that is not wanted.
    pub fn timer(mut self, name: impl Into<String>, at: Timestamp) -> Self {
        let name = name.into();
        self.timers.push(TimerChange::Set { name, at });
        self
    }

    /// Stops a timer. One that is not running is none the worse for it.
    pub fn cancel_timer(mut self, name: impl Into<String>) -> Self {
        self.timers.push(TimerChange::Cancel { name: name.into() });
        self
    }

    /// The instance has come to its end: its timers stop, and no event continues it.
    pub fn finish(mut self) -> Self {
        self.finished = true;
        self
    }

    /// Whether nothing follows.
    pub fn is_none(&self) -> bool {
        self.events.is_empty()
            && self.commands.is_empty()
            && self.timers.is_empty()
            && !self.finished
    }

    /// Whether it answers to a timer that the process does not know.
    pub fn is_unknown_timer(&self) -> bool {
        self.unknown_timer
    }

    /// Its own events.
    pub fn events(&self) -> &[EventOf<M>] {
        &self.events
    }

    /// The commands.
    pub fn commands(&self) -> &[M::Command] {
        &self.commands
    }

    /// What becomes of timers.
    pub fn timers(&self) -> &[TimerChange] {
        &self.timers
    }

    /// Whether the instance has come to its end.
    pub fn is_finished(&self) -> bool {
        self.finished
    }
}

impl<M: ProcessManager> fmt::Debug for Reaction<M>
where
    EventOf<M>: fmt::Debug,
    M::Command: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reaction")
            .field("events", &self.events)
            .field("commands", &self.commands)
            .field("timers", &self.timers)
            .field("finished", &self.finished)
            .field("unknown_timer", &self.unknown_timer)
            .finish()
    }
}
