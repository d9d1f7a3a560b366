//! [`Recorded`]: a store whose calls are noted.

#![deny(clippy::missing_trait_methods)]

use std::ops::ControlFlow;
use std::time::Duration;

use async_trait::async_trait;
use eventsourcing::{
    AppendError, Capabilities, Checkpoint, CheckpointError, CheckpointStore, Commit, Committed,
    EventStore, Filter, HeadWatch, HeldType, Lease, LeaseStore, LogPage, Position, ReadError,
    Snapshot, SnapshotStore, StreamHead, StreamId, StreamPage, StreamRange, StreamRest, Visitor,
};

use super::call::{Asked, Seen, StreamRead};
use super::{Call, History, Operation};

/// A store that notes every call in a [`History`] and passes it on. Snapshots, checkpoints and leases are passed on only.
///
/// What is appended past it would be a violation, so a test hands out nothing else. A store that was closed and opened
/// again goes on in the same history.
#[derive(Debug, Clone)]
pub struct Recorded<S> {
    inner: S,
    history: History,
}

impl<S> Recorded<S> {
    /// Notes what is done to this store.
    pub fn new(store: S, history: &History) -> Self {
        Self {
            inner: store,
            history: history.clone(),
        }
    }

    /// The store itself. What it is asked directly is not noted.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Where the calls are noted.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Notes a read that began at `begun`. One whose future is dropped is never noted: nobody saw what it read.
    fn read(&self, begun: u64, operation: Operation) {
        let ended = Some(self.history.tick());
        self.history.note(Call {
            begun,
            ended,
            operation,
        });
    }
}

#[async_trait]
impl<S: EventStore> EventStore for Recorded<S> {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        // Noted before it begins: should the future be dropped, the outcome stays unknown.
        let call = self.history.invoked(Operation::append(&commit, None));
        let result = self.inner.append(commit).await;
        self.history
            .answered(call, |operation| operation.answer(&result));
        result
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        let begun = self.history.tick();
        let result = self.inner.read_stream(stream, range).await;
        self.read(begun, Operation::read_stream(stream, range, &result));
        result
    }

    async fn visit_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
        each: &mut Visitor<'_>,
    ) -> Result<StreamRest, ReadError> {
        let begun = self.history.tick();
        let (mut events, mut broken_off) = (Vec::new(), false);
        let mut noting = |event: &_| {
            events.push(Seen::of(event));
            let flow = each(event);
            broken_off = matches!(flow, ControlFlow::Break(()));
            flow
        };
        let result = self.inner.visit_stream(stream, range, &mut noting).await;
        let operation = match &result {
            Ok(StreamRest { head, next }) => Operation(Asked::ReadStream(Box::new(StreamRead {
                stream: stream.clone(),
                range,
                events,
                head: *head,
                next: *next,
                broken_off,
            }))),
            Err(error) => Operation::failed(error),
        };
        self.read(begun, operation);
        result
    }

    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let begun = self.history.tick();
        let result = self.inner.read_all(after, filter, limit).await;
        self.read(begun, Operation::read_all(after, filter, limit, &result));
        result
    }

    async fn read_back(
        &self,
        before: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let begun = self.history.tick();
        let result = self.inner.read_back(before, filter, limit).await;
        self.read(begun, Operation::read_back(before, filter, limit, &result));
        result
    }

    async fn event_types(&self) -> Result<Vec<HeldType>, ReadError> {
        self.inner.event_types().await
    }

    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        let begun = self.history.tick();
        let result = self.inner.stream_head(stream).await;
        self.read(begun, Operation::stream_head(stream, &result));
        result
    }

    async fn head(&self) -> Result<Position, ReadError> {
        let begun = self.history.tick();
        let result = self.inner.head().await;
        self.read(begun, Operation::head(&result));
        result
    }

    fn watch(&self) -> HeadWatch {
        self.inner.watch()
    }
}

#[async_trait]
impl<S: SnapshotStore> SnapshotStore for Recorded<S> {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError> {
        self.inner.load_snapshot(stream).await
    }
    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
        self.inner.save_snapshot(snapshot).await
    }
    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
        self.inner.delete_snapshot(stream).await
    }
}

#[async_trait]
impl<S: CheckpointStore> CheckpointStore for Recorded<S> {
    async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError> {
        self.inner.load_checkpoint(name).await
    }
    async fn store_checkpoint(
        &self,
        name: &str,
        expected: Option<Checkpoint>,
        new: Checkpoint,
    ) -> Result<(), CheckpointError> {
        self.inner.store_checkpoint(name, expected, new).await
    }
}

#[async_trait]
impl<S: LeaseStore> LeaseStore for Recorded<S> {
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, ReadError> {
        self.inner.acquire_lease(name, holder, ttl).await
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError> {
        self.inner.release_lease(lease).await
    }
}
