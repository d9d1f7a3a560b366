//! [`StopReason`]: why a projection has stopped by itself.

use std::fmt;

use crate::version::Position;

/// Why a projection has stopped by itself. What it has written stands; nothing was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// Another runner has taken the projection over: its work goes on there.
    TakenOver(String),
    /// More events are parked than may be. See to them, with `parked`, `retry` and `skip`, then resume.
    TooManyParked {
        /// How many are, in the partition that stopped.
        parked: u64,
        /// How many may be, in all partitions together.
        limit: u64,
        /// The number of partitions; each may park an equal share of the limit, rounded up.
        partitions: u32,
    },
    /// Its progress does not fit the log: the log was restored from an older backup, or is another one. A generation is
    /// built anew from what the log has now; a process manager or publisher waits until somebody says where it goes on, with
    /// [`Projections::begin_anew`](super::Projections::begin_anew), which says how to tell.
    OtherHistory {
        /// How far it had come.
        position: Position,
        /// What does not fit.
        why: String,
    },
    /// It has applied an event that somebody decided to leave out afterwards, because it was parked in another generation. A
    /// generation is built anew without it; for a process manager or publisher it is too late, which goes on with
    /// [`Projections::begin_anew`](super::Projections::begin_anew) behind it.
    SkippedTooLate {
        /// The event.
        position: Position,
    },
    /// The log or the rows were closed.
    Closed,
    /// The log or the rows were unavailable for as long as [`ProjectionOptions::patience`](super::ProjectionOptions) says, or
    /// cannot be read at all.
    Store(String),
    /// Its rows are damaged. Rebuild it; what acts on others goes on with
    /// [`Projections::begin_anew`](super::Projections::begin_anew).
    Damaged(String),
    /// Its code uses its rows in a way that cannot work, or has panicked outside of an event. Change the program.
    Broken(String),
}

impl StopReason {
    /// Whether the generation cannot be continued and has to be built anew.
    pub(super) fn is_unfit(&self) -> bool {
        matches!(
            self,
            Self::OtherHistory { .. } | Self::SkippedTooLate { .. }
        )
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyParked {
                parked,
                limit,
                partitions: 1,
            } => write!(
                f,
                "{parked} events are parked, and no more than {limit} may be: retry or skip them, then resume"
            ),
            Self::TooManyParked {
                parked,
                limit,
                partitions,
            } => write!(
                f,
                "{parked} events are parked in one of {partitions} partitions, and no more than {} may be, its share of {limit} in \
                 all: retry or skip them, then resume",
                limit.div_ceil((*partitions).into())
            ),
            Self::OtherHistory { position, why } => write!(
                f,
                "its progress at position {position} does not fit the log: {why}; a read model is built anew; a process manager whose \
                 commands go to this log goes on with `begin_anew(name, Begin::Beginning, actor)`, which repeats nothing that is in the log; a \
                 publisher with `begin_anew(name, Begin::After(position), actor)`, behind the smaller of where the restored log ended and \
                 `status.serving.position`"
            ),
            Self::SkippedTooLate { position } => write!(
                f,
                "it has applied the event at position {position}, which was left out later; a read model is built anew; a process \
                 manager goes on with `begin_anew(name, Begin::After(position), actor)`, behind this event; a publisher behind \
                 `status.serving.position`, up to where it has sent"
            ),
            Self::Closed => f.write_str("the log or the rows were closed: open them again"),
            Self::TakenOver(text)
            | Self::Store(text)
            | Self::Damaged(text)
            | Self::Broken(text) => f.write_str(text),
        }
    }
}
