//! [`Counting`]: a log that counts what is read of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use async_trait::async_trait;
use eventsourcing::{
    AppendError, Capabilities, Commit, Committed, EventStore, Filter, HeadWatch, LogPage,
    MemoryStore, Position, ReadError, StreamHead, StreamId, StreamPage, StreamRange,
};

/// Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Counting {
    log: MemoryStore,
    streams: Arc<AtomicUsize>,
    events: Arc<AtomicUsize>,
}

impl Counting {
    pub(crate) fn new(log: MemoryStore) -> Self {
        Self {
            log,
            streams: Arc::default(),
            events: Arc::default(),
        }
    }

    /// How often a stream was read, and how many events of the log, since it was last asked.
    pub(crate) fn counted(&self) -> (usize, usize) {
        (self.streams.swap(0, SeqCst), self.events.swap(0, SeqCst))
    }
}

#[async_trait]
impl EventStore for Counting {
    fn capabilities(&self) -> &Capabilities {
        self.log.capabilities()
    }
    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        self.log.append(commit).await
    }
    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        self.streams.fetch_add(1, SeqCst);
        self.log.read_stream(stream, range).await
    }
    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let page = self.log.read_all(after, filter, limit).await?;
        self.events.fetch_add(page.events.len(), SeqCst);
        Ok(page)
    }
    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        self.streams.fetch_add(1, SeqCst);
        self.log.stream_head(stream).await
    }
    async fn head(&self) -> Result<Position, ReadError> {
        self.log.head().await
    }
    fn watch(&self) -> HeadWatch {
        self.log.watch()
    }
}
