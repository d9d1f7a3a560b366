//! [`RunnerError`]: something about a projection could not be done.

use super::fingerprint::Fingerprint;
use super::stop::StopReason;
use super::store::ProjectionStoreError;
use super::trouble::Trouble;
use crate::error::{AppendError, ReadError};
use crate::ids::EventId;
use crate::stream_id::InvalidStreamId;
use crate::version::Position;

/// Why something about a projection could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunnerError {
    /// Two projections have one name.
    #[error("there are two projections of the name `{name}`: progress and rows are kept by name")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// The name cannot be part of a stream's name.
    #[error("`{name}` is no name for a projection: {source}")]
    InvalidName {
        /// The name.
        name: String,
        /// What is wrong with it.
        source: InvalidStreamId,
    },
    /// Projections run as tasks of a tokio runtime, and there is none here.
    #[error(
        "projections run as tasks of a tokio runtime: start them within one, or use `catch_up`"
    )]
    NoRuntime,
    /// No projection of that name was added.
    #[error("there is no projection `{name}`; there are: {}", known.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// Those that were added.
        known: Vec<String>,
    },
    /// It has stopped by itself.
    #[error("projection `{name}` has stopped: {reason}")]
    Stopped {
        /// The projection.
        name: String,
        /// Why.
        reason: StopReason,
    },
    /// It has never run, so there is nothing to see or to change.
    #[error("projection `{name}` has never run")]
    NeverRun {
        /// The projection.
        name: String,
    },
    /// The generation that is read was built by code that is not here.
    #[error(
        "what is read of projection `{name}` was built by {fingerprint}, which is not the code here"
    )]
    OtherCode {
        /// The projection.
        name: String,
        /// The code it was built by.
        fingerprint: Fingerprint,
    },
    /// It has effects outside of its rows, which would be repeated.
    #[error(
        "`{name}` acts on others, so it is neither reset nor built anew; `begin_anew(\"{name}\", Begin::After(position), actor)` lets it go on \
         behind a position of the log, and `Begin::Beginning` a process manager whose commands go to this log, without repeating what is there"
    )]
    Acts {
        /// The process manager or publisher.
        name: String,
    },
    /// It was to begin behind the end of the log.
    #[error("`{name}` cannot begin behind position {after}: the log ends at {head}")]
    BeyondLog {
        /// The projection.
        name: String,
        /// Where it was to begin.
        after: Position,
        /// The end of the log.
        head: Position,
    },
    /// It is being built anew already. Wait for it, or `reset`.
    #[error("projection `{name}` is being built anew already, as generation {generation}")]
    Rebuilding {
        /// The projection.
        name: String,
        /// The generation that is built.
        generation: u32,
    },
    /// There is no generation that could take the place of the one that is read.
    #[error(
        "projection `{name}` is not being built anew, so there is nothing to cut over to; `roll_back` reads the former generation"
    )]
    NothingBuilt {
        /// The projection.
        name: String,
    },
    /// There is no former generation.
    #[error("projection `{name}` has no former generation to go back to")]
    NoFormer {
        /// The projection.
        name: String,
    },
    /// The event is not parked.
    #[error("projection `{name}` has no parked event {event_id}: list those that are")]
    NotParked {
        /// The projection.
        name: String,
        /// The event.
        event_id: EventId,
    },
    /// Nothing of that key is parked.
    #[error("projection `{name}` has nothing parked for the key `{key}`")]
    NothingParked {
        /// The projection.
        name: String,
        /// The key.
        key: String,
    },
    /// What somebody decided could not be written down, so it was not done.
    #[error("it was not written down, so it was not done: {0}")]
    Record(#[from] AppendError),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// The rows could not be read or written.
    #[error(transparent)]
    Rows(#[from] ProjectionStoreError),
    /// A store could not answer at the moment. Trying again may help.
    #[error("projection `{name}`: {why}")]
    Unavailable {
        /// The projection.
        name: String,
        /// What it said.
        why: String,
    },
}

impl RunnerError {
    pub(super) fn of(name: &str, trouble: Trouble) -> Self {
        let name = name.to_owned();
        match trouble {
            Trouble::Stop(reason) => Self::Stopped { name, reason },
            Trouble::Again(why) | Trouble::Conflict(why) | Trouble::Reopened(why) => {
                Self::Unavailable { name, why }
            }
        }
    }
}

/// Why a projection was not waited for to the end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// It did not come so far in time.
    #[error(
        "projection `{name}` was at position {position} when the time was up, not at {wanted} yet"
    )]
    TimedOut {
        /// The projection.
        name: String,
        /// How far the generation that is read has come.
        position: Position,
        /// What was waited for.
        wanted: Position,
    },
    /// Somebody has paused it, so it would not come so far.
    #[error("projection `{name}` is paused by {actor}, at position {position}")]
    Paused {
        /// The projection.
        name: String,
        /// Who has paused it.
        actor: String,
        /// How far the generation that is read has come.
        position: Position,
    },
    /// It has stopped by itself, so it would not come so far.
    #[error("projection `{name}` has stopped at position {position}: {reason}")]
    Stopped {
        /// The projection.
        name: String,
        /// Why.
        reason: StopReason,
        /// How far the generation that is read has come.
        position: Position,
    },
    /// It does not run here, so it would not come so far.
    #[error(
        "projection `{name}` is at position {position} and does not run here: start it, or let it catch up"
    )]
    NotRunning {
        /// The projection.
        name: String,
        /// How far the generation that is read has come.
        position: Position,
    },
    /// What is read of it does not go on: it is of other code, or does not belong to this log, and what is built beside it
    /// has not taken its place. Said at once where [`CutOver::ByHand`](super::CutOver) or
    /// [`Projections::roll_back`](super::Projections::roll_back) leave that to somebody, otherwise when the time is up.
    #[error("projection `{name}` is read at position {position} and does not go on there: {why}{}", beside(*building))]
    Stale {
        /// The projection.
        name: String,
        /// How far the generation that is read has come.
        position: Position,
        /// Why it does not go on.
        why: String,
        /// The generation that is built beside it.
        building: Option<u32>,
    },
    /// It could not be looked up.
    #[error(transparent)]
    Runner(#[from] RunnerError),
}

fn beside(building: Option<u32>) -> String {
    match building {
        Some(number) => {
            format!("; generation {number} is built beside it: `cut_over` takes it into use")
        }
        None => String::new(),
    }
}
