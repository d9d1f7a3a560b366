//! [`Pausing`]: a store that lets others go first before and after each call, so that there is where to drop it.

use std::time::Duration;

use async_trait::async_trait;
use eventsourcing::*;

#[derive(Debug, Clone)]
pub(super) struct Pausing<S>(S);

impl<S> Pausing<S> {
    pub(super) fn new(store: S) -> Self {
        Self(store)
    }
}

async fn around<T>(call: impl Future<Output = T>) -> T {
    tokio::task::yield_now().await;
    let result = call.await;
    tokio::task::yield_now().await;
    result
}

#[async_trait]
impl<S: EventStore> EventStore for Pausing<S> {
    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }
    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        around(self.0.append(commit)).await
    }
    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        around(self.0.read_stream(stream, range)).await
    }
    async fn visit_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
        each: &mut Visitor<'_>,
    ) -> Result<StreamRest, ReadError> {
        around(self.0.visit_stream(stream, range, each)).await
    }
    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        around(self.0.read_all(after, filter, limit)).await
    }
    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        around(self.0.stream_head(stream)).await
    }
    async fn head(&self) -> Result<Position, ReadError> {
        around(self.0.head()).await
    }
    fn watch(&self) -> HeadWatch {
        self.0.watch()
    }
}

#[async_trait]
impl<S: SnapshotStore> SnapshotStore for Pausing<S> {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError> {
        around(self.0.load_snapshot(stream)).await
    }
    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
        around(self.0.save_snapshot(snapshot)).await
    }
    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
        around(self.0.delete_snapshot(stream)).await
    }
}

#[async_trait]
impl<S: CheckpointStore> CheckpointStore for Pausing<S> {
    async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError> {
        around(self.0.load_checkpoint(name)).await
    }
    async fn store_checkpoint(
        &self,
        name: &str,
        expected: Option<Checkpoint>,
        new: Checkpoint,
    ) -> Result<(), CheckpointError> {
        around(self.0.store_checkpoint(name, expected, new)).await
    }
}

#[async_trait]
impl<S: LeaseStore> LeaseStore for Pausing<S> {
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, ReadError> {
        around(self.0.acquire_lease(name, holder, ttl)).await
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError> {
        around(self.0.release_lease(lease)).await
    }
}
