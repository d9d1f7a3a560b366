//! [`Reacted`]: the process manager has reacted; the reaction is to be checked.

use std::fmt::{self, Debug};

use eventsourcing::{ProcessManager, Reaction, TimerChange};

use super::super::diff::{diff, list};
use super::EventOf;
use super::given::GivenProcess;
use super::life::Life;
use super::twice::read_back;

/// A reaction that is to be checked, as it would be recorded and done.
pub struct Reacted<M: ProcessManager> {
    pub(super) given: GivenProcess<M>,
    commands: Vec<M::Command>,
    events: Vec<EventOf<M>>,
    timers: Vec<TimerChange>,
    error: Option<String>,
    /// Why nothing follows, if nothing does.
    pub(super) note: &'static str,
}

impl<M: ProcessManager> Reacted<M> {
    pub(super) fn of(given: GivenProcess<M>, note: &'static str) -> Self {
        Self {
            given,
            commands: Vec::new(),
            events: Vec::new(),
            timers: Vec::new(),
            error: None,
            note,
        }
    }

    /// Adds a reaction, as a runner would record it; none counts after one that failed.
    #[track_caller]
    pub(super) fn add(&mut self, reaction: Result<Reaction<M>, String>) {
        if self.error.is_some() {
            return;
        }
        self.note = "";
        let reaction = match reaction {
            Ok(reaction) => reaction,
            Err(error) => {
                self.error = Some(error);
                return;
            }
        };
        for event in reaction.events() {
            self.events.extend(self.given.history.record(event));
        }
        for command in reaction.commands() {
            self.commands.push(read_back(command));
        }
        self.timers.extend_from_slice(reaction.timers());
        let timers = reaction.timers().iter();
        timers.for_each(|change| self.given.timers.apply(change));
        if reaction.is_finished() {
            self.given.life = Life::Finished;
            self.given.timers.stop();
        } else if !reaction.is_none() {
            self.given.life = Life::Running;
        }
    }

    /// It asks for exactly these commands, in this order, as they are read back from JSON.
    ///
    /// # Panics
    /// If it asks for others or cannot react; the message shows the difference.
    #[track_caller]
    pub fn then_commands(self, expected: impl IntoIterator<Item = M::Command>) -> Self
    where
        M::Command: PartialEq + Debug,
    {
        self.compare("commands", expected, &self.commands);
        self
    }

    /// It records exactly these events of its own, in this order, as they are read back.
    ///
    /// # Panics
    /// If it records others or cannot react; the message shows the difference.
    #[track_caller]
    pub fn then_events(self, expected: impl IntoIterator<Item = EventOf<M>>) -> Self
    where
        EventOf<M>: PartialEq + Debug,
    {
        self.compare("events", expected, &self.events);
        self
    }

    /// It sets and stops exactly these timers, in this order.
    ///
    /// # Panics
    /// If it sets or stops others or cannot react; the message shows the difference.
    #[track_caller]
    pub fn then_timers(self, expected: impl IntoIterator<Item = TimerChange>) -> Self {
        self.compare("timers", expected, &self.timers);
        self
    }

    /// Nothing follows at all.
    ///
    /// # Panics
    /// If something does, or it cannot react.
    #[track_caller]
    pub fn then_nothing(self) -> Self
    where
        M::Command: PartialEq + Debug,
        EventOf<M>: PartialEq + Debug,
    {
        self.then_commands([]).then_events([]).then_timers([])
    }

    /// The instance has come to its end.
    ///
    /// # Panics
    /// If it has not.
    #[track_caller]
    pub fn then_finished(self) -> Self {
        self.reacted("the instance to finish");
        let finished = self.given.life == Life::Finished;
        assert!(finished, "the instance has not come to its end");
        self
    }

    /// The predicate holds for the state after its own events.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn then_state(self, predicate: impl FnOnce(&M::State) -> bool) -> Self
    where
        M::State: Debug,
    {
        super::super::then::check_state(&self.given.history.state, predicate);
        self
    }

    /// It cannot react, and the predicate holds for the text of why. In a program, the instance is parked.
    ///
    /// # Panics
    /// If it can, or the predicate does not hold.
    #[track_caller]
    pub fn then_error(self, predicate: impl FnOnce(&str) -> bool) -> Self {
        match &self.error {
            None => panic!("the process manager has reacted; expected an error"),
            Some(error) => assert!(
                predicate(error),
                "the process manager failed otherwise than expected:\n  {error}"
            ),
        }
        self
    }

    /// What follows has been recorded; something else happens to the instance.
    ///
    /// # Panics
    /// If it could not react.
    #[track_caller]
    pub fn and_then(self) -> GivenProcess<M> {
        self.reacted("a reaction");
        self.given
    }

    #[track_caller]
    fn compare<T: PartialEq + Debug>(
        &self,
        what: &str,
        expected: impl IntoIterator<Item = T>,
        actual: &[T],
    ) {
        let expected: Vec<_> = expected.into_iter().collect();
        self.reacted(&format!("{what}\n{}", list(&expected)));
        let note = match self.note {
            "" => String::new(),
            note => format!("; {note}"),
        };
        assert!(
            expected == actual,
            "other {what} follow (- expected, + actual){note}:\n{}",
            diff(&expected, actual)
        );
    }

    #[track_caller]
    fn reacted(&self, expected: &str) {
        if let Some(error) = &self.error {
            panic!("the process manager cannot react: {error}; expected {expected}");
        }
    }
}

impl<M: ProcessManager> Debug for Reacted<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reacted")
            .field("timers", &self.timers)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
