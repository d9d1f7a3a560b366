//! What loading, saving and executing can run into.

use crate::error::{AppendError, DecodeError, ReadError};
use crate::format::FormatError;
use crate::ids::CommitId;
use crate::stream_id::{InvalidStreamId, StreamId};
use crate::version::Version;

/// Why an aggregate could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The store could not answer. Its kind says whether a retry helps.
    #[error("cannot read stream `{stream}`: {source}")]
    Read {
        /// The stream.
        stream: StreamId,
        /// What the store said.
        source: ReadError,
    },
    /// A stored event cannot be read by this program.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The id cannot name a stream.
    #[error(transparent)]
    InvalidId(#[from] InvalidStreamId),
    /// The aggregate has not come to that version.
    #[error("stream `{stream}` has {head} events; there is no version {asked}")]
    VersionBeyondHead {
        /// The stream.
        stream: StreamId,
        /// The version that was asked for.
        asked: Version,
        /// Where the stream is.
        head: Version,
    },
    /// The commit exists but belongs to other streams: an idempotency key was used for two different things.
    #[error(
        "commit {commit_id} wrote nothing to stream `{stream}`; was its idempotency key used for something else?"
    )]
    OtherStream {
        /// The commit.
        commit_id: CommitId,
        /// The stream that was looked for.
        stream: StreamId,
    },
}

impl LoadError {
    pub(super) fn read(stream: &StreamId) -> impl FnOnce(ReadError) -> Self {
        let stream = stream.clone();
        |source| Self::Read { stream, source }
    }
}

/// Why an aggregate could not be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The store did not take the commit.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// An event has no representation in the repository's format.
    #[error("cannot write event `{event_type}` for stream `{stream}`: {source}")]
    Encode {
        /// Name of the event.
        event_type: &'static str,
        /// Stream it was meant for.
        stream: StreamId,
        /// What the format says.
        source: FormatError,
    },
    /// The commit had been written before, and the root, which is now at version 0, could not be brought up to date.
    #[error(
        "the commit had been written before; load the aggregate again, as that failed just now: {0}"
    )]
    Reload(#[from] LoadError),
}

impl SaveError {
    /// Whether deciding again on fresh state may succeed: a conflict or a failed condition.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Append(error) if error.is_conflict())
    }
}

/// Why a command was not executed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError<E> {
    /// The aggregate refused it.
    #[error("{0}")]
    Rejected(E),
    /// The stream is not at the version the caller expects, or every retry met a newer version.
    #[error("gave up at attempt {attempts}: {source}")]
    Conflict {
        /// How often it was tried.
        attempts: u32,
        /// The last conflict.
        source: AppendError,
    },
    /// The aggregate could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Its events could not be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
}

impl<E> ExecuteError<E> {
    /// The aggregate's own error, if it refused.
    pub fn rejection(&self) -> Option<&E> {
        match self {
            Self::Rejected(error) => Some(error),
            _ => None,
        }
    }
}
