//! [`ProcessManager`]: the user's code.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::ProcessContext;
use super::reaction::Reaction;
use crate::aggregate::Aggregate;
use crate::event::EventView;
use crate::store::Filter;

/// Which instance an event concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correlation<I> {
    /// None.
    Ignore,
    /// It starts this instance. One that has been started already is an error, and the event is parked.
    Start(I),
    /// It concerns this instance if that is running; one that was never started, or has finished, lets it pass.
    Continue(I),
    /// As [`Correlation::Continue`], but an instance that is not running is an error, and the event is parked.
    Require(I),
}

impl<I> Correlation<I> {
    /// The instance.
    pub fn instance(&self) -> Option<&I> {
        match self {
            Self::Ignore => None,
            Self::Start(id) | Self::Continue(id) | Self::Require(id) => Some(id),
        }
    }
}

/// Reacts to events across aggregates: a transfer that withdraws, deposits, and gives the money back if the deposit is
/// refused.
///
/// Each instance is an [`Aggregate`] of its own, [`ProcessManager::State`], whose events say what has been decided; its
/// name is the process manager's name. Reactions are pure: what they lead to - own events, commands, timers - is one
/// commit, made once per source event, and then done. A crash in between repeats what was recorded, so no command takes
/// effect twice and none is forgotten.
///
/// An instance that cannot react is parked alone, with its later events behind it, as in a
/// [`Projection`](crate::Projection). There is no rebuilding: what a process has set in motion cannot be taken back.
///
/// Decisions are kept in the stream `es.process-<name>.<instance>`, beside the instance's own stream.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a process manager",
    label = "missing `impl eventsourcing::ProcessManager`"
)]
pub trait ProcessManager: Sized + Send + Sync + 'static {
    /// The state of an instance, folded from its own events.
    type State: Aggregate;
    /// The events it reacts to.
    type View: for<'de> EventView<'de> + Send;
    /// What it asks for: usually an enum of commands. Recorded as JSON before it is done, so a variant stays readable as
    /// long as there are instances that may have asked for it.
    type Command: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// Why it cannot react. Its text is kept with the parked event.
    type Error: fmt::Display + Send;

    /// Which events of the log it is shown; those of its view unless it says otherwise.
    fn filter(&self) -> Filter {
        Filter::all().view::<Self::View>()
    }

    /// Which instance an event concerns. The same for the same event, always.
    fn correlate(
        &self,
        event: &Self::View,
        cx: &ProcessContext<'_>,
    ) -> Correlation<<Self::State as Aggregate>::Id>;

    /// What an event leads to.
    ///
    /// # Errors
    /// Whatever keeps the instance from reacting; it is parked.
    fn react(
        &self,
        state: &Self::State,
        event: Self::View,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Self::Error>;

    /// What follows when a timer that was set is due. Nothing, unless it says otherwise.
    ///
    /// # Errors
    /// Whatever keeps the instance from reacting; the timer is tried again later.
    fn on_timer(
        &self,
        _state: &Self::State,
        _timer: &str,
        _cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Self::Error> {
        Ok(Reaction::none())
    }

    /// What follows when a command was refused by the domain: the place to compensate. Nothing, unless it says otherwise.
    ///
    /// `reason` is the text of the refusal.
    ///
    /// # Errors
    /// Whatever keeps the instance from reacting; it is parked.
    fn on_refused(
        &self,
        _state: &Self::State,
        _command: &Self::Command,
        _reason: &str,
        _cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Self::Error> {
        Ok(Reaction::none())
    }
}
