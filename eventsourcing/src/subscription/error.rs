//! [`SubscriptionError`]: a subscription cannot go on.

use crate::error::ReadError;
use crate::version::Position;

/// Why a subscription cannot go on. Nothing is lost: asking it again goes on where it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// The store was closed. Open it again and subscribe from here: what it had beyond that is still there.
    #[error("the store was closed; the subscription has come to position {examined}")]
    Closed {
        /// How far it has come.
        examined: Position,
    },
    /// The bookmark lies beyond the log's end: it belongs to another store, or this one was restored from an older backup.
    /// Waiting does not help; what was built from the lost events has to be built anew.
    #[error(
        "the subscription's position {after} is beyond the end of the log, which is at {head}: it belongs to another store, \
         or this one was restored from an older backup"
    )]
    BeyondHead {
        /// Where it was to go on.
        after: Position,
        /// The log's end.
        head: Position,
    },
    /// The store was unavailable for as long as the [`Backoff`](crate::Backoff) says. Asking again begins anew.
    #[error(
        "the store was unavailable {attempts} times in a row behind position {after}: {source}"
    )]
    Unavailable {
        /// Where it was to go on.
        after: Position,
        /// How often it was asked.
        attempts: u32,
        /// What it said last.
        source: ReadError,
    },
    /// The store cannot be read, and trying again does not help; see [`ReadError`].
    #[error("the log cannot be read behind position {after}: {source}")]
    Read {
        /// Where it was to go on.
        after: Position,
        /// What the store said.
        source: ReadError,
    },
}
