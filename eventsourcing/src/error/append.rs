//! [`AppendError`]: a commit was not, or perhaps not, written.

use std::error::Error;

use crate::ids::CommitId;
use crate::stream_id::StreamId;
use crate::version::{ExpectedVersion, Position, Version};

/// Why a commit was not written. Except for [`AppendError::OutcomeUnknown`], nothing of it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// A stream is not at the expected version. Load again and decide again.
    #[error("stream `{stream}` is at version {actual}, expected {expected}")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// What the commit expected.
        expected: ExpectedVersion,
        /// Where the stream is.
        actual: Version,
    },
    /// An event matches the append condition. Read again and decide again.
    #[error("the append condition does not hold: the event at position {position} matches it")]
    ConditionFailed {
        /// First matching event.
        position: Position,
    },
    /// The commit id was used before for other content.
    #[error("commit id {commit_id} was used before, at position {position}, with other content")]
    CommitIdReused {
        /// The id.
        commit_id: CommitId,
        /// First position of the earlier commit.
        position: Position,
    },
    /// The commit or one of its events exceeds the store's limits.
    #[error("the commit is too large: {what} is {actual}, the limit is {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size, in bytes or events.
        actual: usize,
        /// The limit from [`Capabilities`](crate::Capabilities).
        limit: usize,
    },
    /// The commit itself is wrong, for example empty.
    #[error("invalid commit: {reason}")]
    InvalidInput {
        /// What is wrong with it.
        reason: String,
    },
    /// There is no room. The store stays usable for reading; appending works again once there is room.
    #[error("no room to store the commit: {reason}")]
    StorageFull {
        /// What the system said.
        reason: String,
    },
    /// The store cannot be reached at the moment. A retry may help.
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// What the engine said.
        reason: String,
        /// The engine's error.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The commit may or may not have been written. Append it again with the same id (after reopening, if the store
    /// is poisoned): that returns the truth and never writes twice.
    #[error("it is unknown whether commit {commit_id} was written: {reason}")]
    OutcomeUnknown {
        /// The commit's id.
        commit_id: CommitId,
        /// What happened.
        reason: String,
    },
    /// An earlier write failed in a way that leaves the disk's content unknown. Close and reopen the store.
    #[error("the store refuses to write after a failed write: {reason}; reopen it")]
    Poisoned {
        /// The failure that poisoned it.
        reason: String,
    },
    /// Stored bytes that the append depends on are damaged.
    #[error("the store is damaged at position {position}: {reason}")]
    Corruption {
        /// First damaged position.
        position: Position,
        /// What was found.
        reason: String,
    },
    /// This store does not offer it; see its [`Capabilities`](crate::Capabilities).
    #[error("this store does not support {what}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
    },
}

impl AppendError {
    /// Whether deciding again on fresh state may succeed: a conflict or a failed condition.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::ConditionFailed { .. })
    }
}
