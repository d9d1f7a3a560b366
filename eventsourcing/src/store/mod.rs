//! The store contract.

mod back;
mod capabilities;
mod checkpoint;
mod commit;
mod cursor;
mod ext;
mod filter;
mod forward;
mod held;
mod lease;
mod page;
mod query;
mod scan;
mod snapshot;
mod stream;
mod watch;

use async_trait::async_trait;

pub use self::capabilities::{Capabilities, Durability};
pub use self::checkpoint::{Checkpoint, CheckpointError, CheckpointStore};
pub use self::commit::{AppendCondition, Commit, Committed, Receipt, StreamAppend};
pub use self::cursor::{Cursor, InvalidCursor};
pub use self::ext::{EventStoreExt, FoundCommit};
pub use self::filter::Filter;
pub use self::held::{HeldType, HeldTypes};
pub use self::lease::{Lease, LeaseStore};
pub use self::page::{
    Direction, LogPage, StreamHead, StreamPage, StreamRange, StreamRest, Visitor,
};
pub use self::query::{Query, QueryPage};
pub use self::scan::{ScanError, ScanStream};
pub use self::snapshot::{Snapshot, SnapshotStore};
pub use self::stream::EventStream;
pub use self::watch::{HeadPublisher, HeadWatch};

use crate::error::{AppendError, ReadError};
use crate::stream_id::StreamId;
use crate::version::Position;

/// A store of events: one global log, seen as a whole or by stream.
///
/// # Contract
/// 1. A commit is all or nothing, over one or more streams, in order. Dropping the future never tears it.
/// 2. Of several appends that expect the same version exactly one wins; the others wrote nothing and learn the
///    actual version. [`ExpectedVersion::Any`](crate::ExpectedVersion::Any) never conflicts.
/// 3. Stream versions are 1..n without holes. Positions increase in commit order, and who saw `p` could see every
///    `q < p`. Within a commit they are consecutive.
/// 4. Acknowledged means durable at the declared level and readable by the same handle; nothing is visible before.
/// 5. The same commit id again returns the first result; with other content it is an error. Content is streams,
///    types, formats, tags and payloads in order, not metadata. This is checked before expected versions.
/// 6. Bytes come back identical.
/// 7. A page's `next` advances even when nothing matches. A page ends with the event that brings its payloads to
///    [`StreamRange::PAGE_BYTES`], so that it is bounded whatever the limit; it may end before.
/// 8. An append condition holds atomically with the append. One that lies beyond the log's end is
///    [`AppendError::InvalidInput`]; where a version conflicts as well, the conflict is reported.
///
/// [`MemoryStore`](crate::MemoryStore) is the reference; the contract suite of `eventsourcing-testkit` checks a store.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// What this store promises and where its limits are.
    fn capabilities(&self) -> &Capabilities;

    /// Writes a commit.
    ///
    /// # Errors
    /// See [`AppendError`]: each kind says whether something may have been written and what to do.
    async fn append(&self, commit: Commit) -> Result<Committed, AppendError>;

    /// Reads part of a stream. A page may be shorter than asked; [`StreamPage::next`] continues it.
    ///
    /// # Errors
    /// See [`ReadError`]. An unknown stream is an empty page, not an error.
    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError>;

    /// Shows part of a stream to `each`, up to a page's worth and until it breaks off: [`EventStore::read_stream`]
    /// without handing out the events. Loading aggregates goes through it.
    ///
    /// Provided: it reads a page. A store that has the events at hand saves copying each one. `each` may be called
    /// under the store's lock, so it must not come back to the store.
    ///
    /// # Errors
    /// As [`EventStore::read_stream`].
    async fn visit_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
        each: &mut Visitor<'_>,
    ) -> Result<StreamRest, ReadError> {
        let page = self.read_stream(stream, range).await?;
        let _ = page.events.iter().try_for_each(each);
        let StreamPage { head, next, .. } = page;
        Ok(StreamRest { head, next })
    }

    /// Reads the log in order, past `after`, up to `limit` matching events.
    ///
    /// # Errors
    /// [`ReadError::PositionBeyondHead`] if `after` lies beyond the log's end; else see [`ReadError`].
    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError>;

    /// Reads the log backwards, newest first: up to `limit` matching events that lie before `before`. A position beyond the
    /// log's end stands for the end.
    ///
    /// [`LogPage::next`] says how far the log was examined: read on before it. It is [`Position::START`] at the beginning.
    ///
    /// Provided: it reads stretches forwards, longer and longer ones until it has found enough. A store that can follow its
    /// lists backwards reads less.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn read_back(
        &self,
        before: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        back::by_stretches(self, before, filter, limit).await
    }

    /// The event types that the store holds, each once, by category, name and version.
    ///
    /// Provided: it reads the whole log. A store that keeps a list of them answers at once.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn event_types(&self) -> Result<Vec<HeldType>, ReadError> {
        let (mut types, mut after) = (HeldTypes::default(), Position::START);
        loop {
            let page = self
                .read_all(after, &Filter::all(), StreamRange::DEFAULT_LIMIT)
                .await?;
            page.events.iter().for_each(|event| types.add(event));
            if page.next >= page.head {
                return Ok(types.list());
            }
            after = page.next;
        }
    }

    /// Where a stream ends; `None` if it has no events.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError>;

    /// Where the log ends; [`Position::START`] if it is empty.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn head(&self) -> Result<Position, ReadError>;

    /// A hint that there is more to read, never a promise.
    fn watch(&self) -> HeadWatch;
}
