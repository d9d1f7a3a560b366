//! [`Spy`]: a memory store that counts, interferes and fails as a test asks it to.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use eventsourcing::{
    AppendError, Capabilities, Clock, Commit, Committed, EventStore, Filter, HeadWatch, LogPage,
    MemoryStore, Position, ReadError, Snapshot, SnapshotStore, StreamHead, StreamId, StreamPage,
    StreamRange, Timestamp, Version,
};
use tokio::sync::Semaphore;

/// Clones share everything.
#[derive(Debug, Clone)]
pub(crate) struct Spy {
    capabilities: Capabilities,
    inner: Arc<RwLock<MemoryStore>>,
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    /// Commits that slip in, one before each append.
    pub(crate) rivals: Mutex<VecDeque<Commit>>,
    /// Whether the next append is written but not acknowledged.
    pub(crate) lose_ack: AtomicBool,
    /// How often an append lets others go first, as a store does that syncs many commits at once.
    pub(crate) slowness: AtomicUsize,
    pub(crate) appends: AtomicUsize,
    pub(crate) reads_fail: AtomicBool,
    /// The version that is missing in every page.
    pub(crate) hole: Mutex<Option<Version>>,
    /// How many events of streams have been read.
    pub(crate) events_read: AtomicUsize,
    pub(crate) snapshots_fail: AtomicBool,
    /// A permit for each snapshot that may be saved.
    pub(crate) snapshot_gate: Semaphore,
    pub(crate) snapshots_saved: AtomicUsize,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            rivals: Mutex::default(),
            lose_ack: AtomicBool::default(),
            slowness: AtomicUsize::default(),
            appends: AtomicUsize::default(),
            reads_fail: AtomicBool::default(),
            hole: Mutex::default(),
            events_read: AtomicUsize::default(),
            snapshots_fail: AtomicBool::default(),
            snapshot_gate: Semaphore::new(1 << 20),
            snapshots_saved: AtomicUsize::default(),
        }
    }
}

impl Spy {
    pub(crate) fn new() -> Self {
        let store = MemoryStore::new();
        Self {
            capabilities: store.capabilities().clone(),
            inner: Arc::new(RwLock::new(store)),
            shared: Arc::default(),
        }
    }

    /// The store itself, past the spy.
    pub(crate) fn inner(&self) -> MemoryStore {
        self.inner.read().expect("no panic inside").clone()
    }

    /// From here on reads and writes what `other` does, as after restoring a backup.
    pub(crate) fn replace_by(&self, other: &Self) {
        *self.inner.write().expect("no panic inside") = other.inner();
    }

    pub(crate) fn rival(&self, commit: Commit) {
        self.shared
            .rivals
            .lock()
            .expect("no panic inside")
            .push_back(commit);
    }

    /// The number of stream events that were read since the last call.
    pub(crate) fn events_read(&self) -> usize {
        self.shared.events_read.swap(0, SeqCst)
    }

    pub(crate) fn appends(&self) -> usize {
        self.shared.appends.load(SeqCst)
    }
}

fn unavailable() -> ReadError {
    ReadError::Unavailable {
        reason: "as the test asked".into(),
        source: None,
    }
}

#[async_trait]
impl EventStore for Spy {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        let rival = self
            .shared
            .rivals
            .lock()
            .expect("no panic inside")
            .pop_front();
        if let Some(rival) = rival {
            self.inner().append(rival).await?;
        }
        for _ in 0..self.shared.slowness.load(SeqCst) {
            tokio::task::yield_now().await;
        }
        self.shared.appends.fetch_add(1, SeqCst);
        let commit_id = commit.commit_id;
        let committed = self.inner().append(commit).await?;
        if self.shared.lose_ack.swap(false, SeqCst) {
            let reason = "as the test asked".into();
            return Err(AppendError::OutcomeUnknown { commit_id, reason });
        }
        Ok(committed)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        if self.shared.reads_fail.load(SeqCst) {
            return Err(unavailable());
        }
        let mut page = self.inner().read_stream(stream, range).await?;
        let hole = *self.shared.hole.lock().expect("no panic inside");
        page.events.retain(|event| Some(event.version) != hole);
        self.shared.events_read.fetch_add(page.events.len(), SeqCst);
        Ok(page)
    }

    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        self.inner().read_all(after, filter, limit).await
    }

    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        self.inner().stream_head(stream).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.inner().head().await
    }

    fn watch(&self) -> HeadWatch {
        self.inner().watch()
    }
}

#[async_trait]
impl SnapshotStore for Spy {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError> {
        if self.shared.snapshots_fail.load(SeqCst) {
            return Err(unavailable());
        }
        self.inner().load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
        let permit = self
            .shared
            .snapshot_gate
            .acquire()
            .await
            .expect("the gate stays");
        permit.forget();
        if self.shared.snapshots_fail.load(SeqCst) {
            return Err(unavailable());
        }
        self.shared.snapshots_saved.fetch_add(1, SeqCst);
        self.inner().save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
        self.inner().delete_snapshot(stream).await
    }
}

/// A clock that a test moves. (The kit has one; the core's own tests stay without the kit.)
#[derive(Debug, Clone, Default)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn advance(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).expect("a short time");
        self.0.fetch_add(micros, SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(SeqCst))
    }
}
