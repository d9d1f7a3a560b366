//! [`ReadError`]: a store could not answer a read.

use std::error::Error;

use crate::stream_id::StreamId;
use crate::version::Position;

/// Why a store could not answer. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The position to read after lies beyond the log's end: the reader's bookmark belongs to another store, or this
    /// store was restored from an older backup. Retrying does not help.
    #[error("position {after} is beyond the end of the log, which is at {head}")]
    PositionBeyondHead {
        /// Position that was asked for.
        after: Position,
        /// The log's end.
        head: Position,
    },
    /// The request itself is wrong, for example a limit of 0.
    #[error("invalid read: {reason}")]
    InvalidInput {
        /// What is wrong with it.
        reason: String,
    },
    /// Stored bytes are damaged. Retrying does not help; `verify` finds all damage, a backup restores it.
    #[error("the store is damaged at position {position}: {reason}")]
    Corruption {
        /// First damaged position.
        position: Position,
        /// What was found.
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
    /// A [`StreamTransform`](crate::StreamTransform) cannot make sense of a stored event. Retrying does not help.
    #[error("transform `{transform}` fails on stream `{stream}` at position {position}: {source}")]
    Transform {
        /// The transform's name.
        transform: &'static str,
        /// Stream of the event.
        stream: StreamId,
        /// Position of the event.
        position: Position,
        /// What the transform said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// This store does not offer it; see its [`Capabilities`](crate::Capabilities).
    #[error("this store does not support {what}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
    },
}
