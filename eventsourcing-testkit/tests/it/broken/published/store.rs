//! The reference store with one thing changed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventsourcing::*;
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::contract::Fixture;

/// What is wrong with a store: one of these does something else.
pub(super) trait Bug: Default + Send + Sync + 'static {
    /// Commits, counted from the last, that are gone after a crash.
    const LOST: usize = 0;

    fn append(
        &self,
        store: &MemoryStore,
        commit: Commit,
    ) -> impl Future<Output = Result<Committed, AppendError>> + Send {
        async { store.append(commit).await }
    }

    fn read_stream(
        &self,
        store: &MemoryStore,
        stream: &StreamId,
        range: StreamRange,
    ) -> impl Future<Output = Result<StreamPage, ReadError>> + Send {
        async move { store.read_stream(stream, range).await }
    }

    fn read_all(
        &self,
        store: &MemoryStore,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> impl Future<Output = Result<LogPage, ReadError>> + Send {
        async move { store.read_all(after, filter, limit).await }
    }
}

/// No bug at all: what a clause says of this one is about the clause.
#[derive(Default)]
pub(super) struct Sound;

impl Bug for Sound {}

/// Claims to be durable, so that all clauses apply.
pub(super) struct Buggy<B> {
    store: MemoryStore,
    bug: Arc<B>,
    capabilities: Arc<Capabilities>,
}

impl<B> Clone for Buggy<B> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            bug: self.bug.clone(),
            capabilities: self.capabilities.clone(),
        }
    }
}

impl<B: Bug> Buggy<B> {
    /// On a clock that stands still, so that a log that is written again is the same.
    fn new() -> Self {
        let store = MemoryStore::with_clock(Arc::new(ManualClock::default()));
        let capabilities = Capabilities {
            durability: Durability::Fsync,
            ..store.capabilities().clone()
        };
        Self {
            store,
            bug: Arc::default(),
            capabilities: Arc::new(capabilities),
        }
    }

    /// Another store with the same log but for its last commits.
    async fn again(&self, lost: usize) -> Self {
        let page = self
            .store
            .read_all(Position::START, &Filter::all(), usize::MAX)
            .await;
        let events = page.expect("a page").events;
        let commits: Vec<_> = events.chunk_by(|a, b| a.commit_id == b.commit_id).collect();
        let again = Self::new();
        for events in &commits[..commits.len().saturating_sub(lost)] {
            let appended = again.store.append(as_commit(events)).await;
            appended.expect("it was written before");
        }
        again
    }
}

fn as_commit(events: &[RecordedEvent]) -> Commit {
    let commit = Commit::with_id(events[0].commit_id).with_metadata((*events[0].metadata).clone());
    let parts = events.chunk_by(|a, b| a.stream == b.stream);
    parts.fold(commit, |commit, part| {
        let new = |event: &RecordedEvent| NewEvent {
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            readable_by: event.readable_by,
            format: event.format,
            tags: event.tags.clone(),
            payload: event.payload.clone(),
        };
        let events = part.iter().map(new).collect();
        commit.append(part[0].stream.clone(), ExpectedVersion::Any, events)
    })
}

#[async_trait]
impl<B: Bug> EventStore for Buggy<B> {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }
    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        self.bug.append(&self.store, commit).await
    }
    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        self.bug.read_stream(&self.store, stream, range).await
    }
    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        self.bug.read_all(&self.store, after, filter, limit).await
    }
    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        self.store.stream_head(stream).await
    }
    async fn head(&self) -> Result<Position, ReadError> {
        self.store.head().await
    }
    fn watch(&self) -> HeadWatch {
        self.store.watch()
    }
}

#[async_trait]
impl<B: Bug> SnapshotStore for Buggy<B> {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError> {
        self.store.load_snapshot(stream).await
    }
    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
        self.store.save_snapshot(snapshot).await
    }
    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
        self.store.delete_snapshot(stream).await
    }
}

#[async_trait]
impl<B: Bug> CheckpointStore for Buggy<B> {
    async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError> {
        self.store.load_checkpoint(name).await
    }
    async fn store_checkpoint(
        &self,
        name: &str,
        expected: Option<Checkpoint>,
        new: Checkpoint,
    ) -> Result<(), CheckpointError> {
        self.store.store_checkpoint(name, expected, new).await
    }
}

#[async_trait]
impl<B: Bug> LeaseStore for Buggy<B> {
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, ReadError> {
        self.store.acquire_lease(name, holder, ttl).await
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError> {
        self.store.release_lease(lease).await
    }
}

/// The fixture of a store with this bug.
pub(super) struct Case<B>(Buggy<B>);

impl<B: Bug> Fixture for Case<B> {
    type Store = Buggy<B>;
    async fn fresh() -> Self {
        Self(Buggy::new())
    }
    fn store(&self) -> &Buggy<B> {
        &self.0
    }
    async fn open_twice(&self) -> Option<Buggy<B>> {
        None
    }
    async fn reopen(self) -> Self {
        Self(self.0.again(0).await)
    }
    async fn crash(self) -> Self {
        Self(self.0.again(B::LOST).await)
    }
}
