//! [`SledStore`]: the log and the index put together.

mod admin;
mod append;
mod backup;
mod checkpoint;
mod condition;
#[cfg(any(test, fuzzing))]
mod fuzzing;
mod group;
mod heads;
mod lease;
mod models;
mod open;
mod queue;
mod read;
mod reply;
mod shared;
mod snapshot;
mod sound;
mod upgrade;
mod verify;
mod writer;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use eventsourcing::{
    AppendError, Capabilities, Commit, Committed, Direction, EventStore, Filter, HeadWatch,
    HeldType, LogPage, Position, ReadError, StreamHead, StreamId, StreamPage, StreamRange,
    StreamRest, Version, Visitor,
};

pub use self::admin::Stats;
pub use self::backup::{BackupError, BackupReport};
#[cfg(any(test, fuzzing))]
pub(crate) use self::fuzzing::decode_snapshot_again;
#[cfg(any(test, fuzzing))]
pub(crate) use self::read::{Decoder, Scratch};
use self::shared::{Handle, Shared};
pub use self::verify::{Fault, VerifyReport};
use crate::config::Builder;
use crate::error::OpenError;

/// A durable store in a directory. Clones share it; it is closed when the last one is dropped.
///
/// Reading and appending block no longer than the disk takes. Dropping the last handle waits for the appends that are
/// under way and for the index to be written, within bounds.
#[derive(Debug, Clone)]
pub struct SledStore {
    handle: Arc<Handle>,
}

impl SledStore {
    /// Opens the store in this directory; a missing or empty directory becomes a new store.
    ///
    /// Blocks while it reads the end of the log, and longer if the index has to be rebuilt.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::builder().open(path)
    }

    /// Opens a store with other than the usual settings.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn open_with(builder: Builder, path: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            handle: Arc::new(open::open(builder, path)?),
        })
    }

    fn shared(&self) -> &Shared {
        self.handle.shared()
    }
}

#[async_trait]
impl EventStore for SledStore {
    fn capabilities(&self) -> &Capabilities {
        &self.shared().capabilities
    }

    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        append::append(&self.handle, commit).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        range.validate()?;
        Ok(self
            .shared()
            .lookup(|| read::stream(self.shared(), stream, range))?)
    }

    async fn visit_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
        each: &mut Visitor<'_>,
    ) -> Result<StreamRest, ReadError> {
        range.validate()?;
        if range.direction == Direction::Backward {
            let page = self.read_stream(stream, range).await?;
            let _ = page.events.iter().try_for_each(each);
            let StreamPage { head, next, .. } = page;
            return Ok(StreamRest { head, next });
        }
        let mut range = range;
        Ok(self
            .shared()
            .lookup(|| read::visit(self.shared(), stream, &mut range, each))?)
    }

    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let head = Position::new(self.shared().index.end().position);
        LogPage::validate(after, head, limit)?;
        Ok(self
            .shared()
            .lookup(|| read::all(self.shared(), after, filter, limit))?)
    }

    async fn read_back(
        &self,
        before: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        LogPage::validate(Position::START, before, limit)?;
        Ok(self
            .shared()
            .lookup(|| read::back(self.shared(), before, filter, limit))?)
    }

    async fn event_types(&self) -> Result<Vec<HeldType>, ReadError> {
        Ok(self.shared().index.types().list())
    }

    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        let index = &self.shared().index;
        let key = index.keys().stream(stream.as_str());
        let head = self.shared().lookup(|| Ok(index.stream_head(&key)?))?;
        Ok(head.map(|(version, entry)| StreamHead {
            version: Version::new(version),
            position: Position::new(entry.position),
        }))
    }

    async fn head(&self) -> Result<Position, ReadError> {
        Ok(Position::new(self.shared().index.end().position))
    }

    fn watch(&self) -> HeadWatch {
        self.shared().watch.clone()
    }
}
