//! [`MemoryStore`]: the reference store. Read this before writing one.

mod log;
mod sidecar;

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use self::log::Log;
use self::sidecar::Sidecar;
use crate::error::{AppendError, ReadError};
use crate::store::{
    Capabilities, Commit, Committed, Durability, EventStore, Filter, HeadPublisher, HeadWatch,
    HeldType, LogPage, StreamHead, StreamPage, StreamRange, StreamRest, Visitor,
};
use crate::stream_id::StreamId;
use crate::time::{Clock, SystemClock};
use crate::version::Position;

/// Keeps everything in memory, for tests and as the reference for store authors: the simplest code that keeps the
/// whole [contract](EventStore). Clones share one store.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    capabilities: Capabilities,
    clock: Arc<dyn Clock>,
    log: RwLock<Log>,
    head: HeadPublisher,
    sidecar: Sidecar,
}

impl MemoryStore {
    /// An empty store on the system's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store on this clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let capabilities = Capabilities {
            durability: Durability::Memory,
            max_events_per_commit: 10_000,
            max_event_bytes: 16 << 20,
            max_commit_bytes: 64 << 20,
            multi_process: false,
            idempotency_window: None,
            contiguous_positions: true,
        };
        let (head, sidecar) = (HeadPublisher::new(Position::START), Sidecar::default());
        Self {
            shared: Arc::new(Shared {
                capabilities,
                clock,
                log: RwLock::default(),
                head,
                sidecar,
            }),
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Log) -> T) -> T {
        // A panic while appending cannot leave the log half written (see `Log::append`), so poison is harmless.
        read(
            &self
                .shared
                .log
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    fn capabilities(&self) -> &Capabilities {
        &self.shared.capabilities
    }

    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        commit.validate(&self.shared.capabilities)?;
        let mut log = self
            .shared
            .log
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let committed = log.append(commit, self.shared.clock.now())?;
        // Under the lock, so that the published head never steps back.
        self.shared.head.publish(log.head());
        Ok(committed)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        range.validate()?;
        Ok(self.read(|log| log.read_stream(stream, range)))
    }

    async fn visit_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
        each: &mut Visitor<'_>,
    ) -> Result<StreamRest, ReadError> {
        range.validate()?;
        Ok(self.read(|log| log.visit_stream(stream, range, each)))
    }

    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        self.read(|log| {
            LogPage::validate(after, log.head(), limit)?;
            Ok(log.read_all(after, filter, limit))
        })
    }

    async fn read_back(
        &self,
        before: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        self.read(|log| {
            LogPage::validate(Position::START, log.head(), limit)?;
            Ok(log.read_back(before, filter, limit))
        })
    }

    async fn event_types(&self) -> Result<Vec<HeldType>, ReadError> {
        Ok(self.read(Log::event_types))
    }

    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        Ok(self.read(|log| log.stream_head(stream)))
    }

    async fn head(&self) -> Result<Position, ReadError> {
        Ok(self.read(Log::head))
    }

    fn watch(&self) -> HeadWatch {
        self.shared.head.watch()
    }
}
