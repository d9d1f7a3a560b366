//! [`When`]: the command has been decided; the decision is to be checked.

use std::fmt::Debug;

use eventsourcing::{Aggregate, Events, Format, Json};

use super::diff::{diff, list};
use super::history::History;
use super::then::Then;

/// A decision that is to be checked.
#[must_use = "a scenario checks nothing until `then`"]
pub struct When<A: Aggregate, F: Format = Json> {
    pub(super) history: History<A, F>,
    pub(super) decision: Result<Events<A::Event>, A::Error>,
}

impl<A: Aggregate, F: Format> When<A, F> {
    /// The command leads to exactly these events, in this order, and each survives its format.
    ///
    /// # Panics
    /// If it leads to others or is refused; the message shows the difference.
    #[track_caller]
    pub fn then(mut self, expected: impl IntoIterator<Item = A::Event>) -> Then<A>
    where
        A::Event: PartialEq + Debug,
        A::Error: Debug,
    {
        let expected: Vec<_> = expected.into_iter().collect();
        let actual = match self.decision {
            Ok(events) => events.into_vec(),
            Err(error) => panic!(
                "the command was refused with {error:?}; expected\n{}",
                list(&expected)
            ),
        };
        assert!(
            expected == actual,
            "the command led to other events (- expected, + actual):\n{}",
            diff(&expected, &actual)
        );
        for event in &actual {
            self.history.typed(event);
        }
        Then {
            state: self.history.state,
        }
    }

    /// The command is accepted and changes nothing.
    ///
    /// # Panics
    /// If it leads to events or is refused.
    #[track_caller]
    pub fn then_nothing(self) -> Then<A>
    where
        A::Event: PartialEq + Debug,
        A::Error: Debug,
    {
        self.then([])
    }

    /// The command is refused with this error.
    ///
    /// # Panics
    /// If it is accepted or refused with another error; the message shows the difference.
    #[track_caller]
    pub fn then_error(self, expected: A::Error) -> Then<A>
    where
        A::Event: Debug,
        A::Error: PartialEq + Debug,
    {
        let actual = refusal(self.decision, &format!("{expected:?}"));
        assert!(
            expected == actual,
            "the command was refused with another error (- expected, + actual):\n{}",
            diff(&[expected], &[actual])
        );
        Then {
            state: self.history.state,
        }
    }

    /// The command is refused, and the predicate holds for the error.
    ///
    /// # Panics
    /// If it is accepted or the predicate does not hold.
    #[track_caller]
    pub fn then_error_matching(self, predicate: impl FnOnce(&A::Error) -> bool) -> Then<A>
    where
        A::Event: Debug,
        A::Error: Debug,
    {
        let actual = refusal(self.decision, "a refusal");
        assert!(
            predicate(&actual),
            "the command was refused with another error than expected:\n{}",
            list(&[actual])
        );
        Then {
            state: self.history.state,
        }
    }

    /// The command is accepted, and the predicate holds for the state after its events.
    ///
    /// # Panics
    /// If it is refused or the predicate does not hold.
    #[track_caller]
    pub fn then_state(mut self, predicate: impl FnOnce(&A) -> bool) -> Then<A>
    where
        A: Debug,
        A::Event: PartialEq + Debug,
        A::Error: Debug,
    {
        match self.decision {
            Ok(events) => events.iter().for_each(|event| self.history.typed(event)),
            Err(error) => panic!("the command was refused with {error:?}; expected a new state"),
        }
        super::then::check_state(&self.history.state, predicate);
        Then {
            state: self.history.state,
        }
    }
}

#[track_caller]
fn refusal<T: Debug, E>(decision: Result<Events<T>, E>, expected: &str) -> E {
    match decision {
        Err(error) => error,
        Ok(events) => panic!(
            "the command was accepted; expected {expected}, got\n{}",
            list(events.as_slice())
        ),
    }
}

impl<A: Aggregate<Event: Debug, Error: Debug>, F: Format> Debug for When<A, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("When")
            .field("decision", &self.decision)
            .finish_non_exhaustive()
    }
}
