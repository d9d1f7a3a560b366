//! [`Counting`]: a log that counts what is read of it, and keeps an answer back.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use eventsourcing::{
    AppendError, Capabilities, Commit, Committed, EventStore, Filter, HeadWatch, LogPage,
    MemoryStore, Position, ReadError, StreamHead, StreamId, StreamPage, StreamRange,
};
use tokio::sync::oneshot;

/// Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Counting {
    log: MemoryStore,
    streams: Arc<AtomicUsize>,
    events: Arc<AtomicUsize>,
    held: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
}

impl Counting {
    pub(crate) fn new(log: MemoryStore) -> Self {
        Self {
            log,
            streams: Arc::default(),
            events: Arc::default(),
            held: Arc::default(),
        }
    }

    /// How often a stream was read, and how many events of the log, since it was last asked.
    pub(crate) fn counted(&self) -> (usize, usize) {
        (self.streams.swap(0, SeqCst), self.events.swap(0, SeqCst))
    }

    /// Whoever asks next where the log ends is told so, as it is then, once the other end is used.
    pub(crate) fn hold_head(&self) -> oneshot::Sender<()> {
        let (go, held) = oneshot::channel();
        *self.held.lock().expect("no panic inside") = Some(held);
        go
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
        let head = self.log.head().await;
        let waits = self.held.lock().expect("no panic inside").take();
        if let Some(waits) = waits {
            waits.await.expect("the test lets it go");
        }
        head
    }
    fn watch(&self) -> HeadWatch {
        self.log.watch()
    }
}
