//! [`SnapshotStore`]: cached states, always disposable.

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::ReadError;
use crate::format::FormatId;
use crate::ids::EventId;
use crate::stream_id::StreamId;
use crate::version::Version;

/// A cached state of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The stream.
    pub stream: StreamId,
    /// Version the state was taken at.
    pub version: Version,
    /// The event of that version: a stream with another event there is not the one this was taken of.
    pub last_event: EventId,
    /// Shape of the state and of the events it was folded from.
    pub fingerprint: u64,
    /// Format of the state's bytes.
    pub format: FormatId,
    /// The state.
    pub state: Bytes,
}

/// Keeps at most one snapshot per stream. Losing one costs a replay, never an event.
#[async_trait]
pub trait SnapshotStore: Send + Sync + 'static {
    /// The newest snapshot of a stream. A damaged one counts as missing.
    ///
    /// # Errors
    /// See [`ReadError`]; the caller replays instead.
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError>;

    /// Keeps a snapshot, replacing the stream's earlier one.
    ///
    /// # Errors
    /// See [`ReadError`]; nothing depends on it being kept.
    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError>;

    /// Forgets a stream's snapshot, if there is one.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError>;
}
