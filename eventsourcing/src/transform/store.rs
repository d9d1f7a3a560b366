//! [`TransformedStore`]: a store, read through a transform.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::StreamTransform;
use super::contexts::Contexts;
use super::rewriter::Rewriter;
use crate::envelope::RecordedEvent;
use crate::error::{AppendError, ReadError};
use crate::event::{Event, StoredType};
use crate::fnv::Fnv;
use crate::format::{Format, Json};
use crate::store::{
    Capabilities, Checkpoint, CheckpointError, CheckpointStore, Commit, Committed, Direction,
    EventStore, Filter, HeadWatch, HeldType, Lease, LeaseStore, LogPage, Snapshot, SnapshotStore,
    StreamHead, StreamPage, StreamRange,
};
use crate::stream_id::StreamId;
use crate::version::Position;

/// A store whose streams are read through a [`StreamTransform`]. Writing passes through; append conditions speak of
/// what is stored.
///
/// A read that begins in the middle of a stream reads that stream's earlier events too, unless it was read up to
/// there a short while ago. A scan of the log costs next to nothing more.
///
/// An event that was absorbed is still a place in its stream and in the log: it decodes to
/// [`Skipped::Absorbed`](crate::Skipped::Absorbed).
pub struct TransformedStore<S, T: StreamTransform, F = Json> {
    inner: S,
    transform: T,
    format: F,
    contexts: Contexts<T::Context>,
}

impl<S, T: StreamTransform> TransformedStore<S, T> {
    /// Reads `inner` through `transform`; payloads are JSON.
    pub fn new(inner: S, transform: T) -> Self {
        Self::with_format(inner, transform, Json)
    }
}

impl<S, T: StreamTransform, F: Format> TransformedStore<S, T, F> {
    /// Reads `inner` through `transform`; payloads are read and written in `format`.
    pub fn with_format(inner: S, transform: T, format: F) -> Self {
        let contexts = Contexts::new();
        Self {
            inner,
            transform,
            format,
            contexts,
        }
    }

    /// The store behind it, untransformed.
    pub fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S: EventStore, T: StreamTransform, F: Format> TransformedStore<S, T, F> {
    /// Events in log order, after the transform.
    async fn rewritten(&self, events: Vec<RecordedEvent>) -> Result<Vec<RecordedEvent>, ReadError> {
        let mut rewriter =
            Rewriter::new(&self.inner, &self.transform, &self.format, &self.contexts);
        let mut rewritten = Vec::with_capacity(events.len());
        for event in events {
            rewritten.push(rewriter.rewrite(event).await?);
        }
        rewriter.finish();
        Ok(rewritten)
    }

    /// The filter for what is stored. Who asks for a name that may come out of the transform must be given what it is
    /// made from; what does not match in the end is left out afterwards.
    fn widened(filter: &Filter) -> Filter {
        let comes_out = |name: &str| T::Event::TYPES.iter().any(|ty| ty.name == name);
        let sources: Vec<_> = T::Stored::STORED.iter().map(|stored| stored.name).collect();
        let mut widened = filter.clone();
        widened.widen_types(&comes_out, &sources);
        widened
    }
}

#[async_trait]
impl<S: EventStore, T: StreamTransform, F: Format> EventStore for TransformedStore<S, T, F> {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        self.inner.append(commit).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        let mut page = self.inner.read_stream(stream, range).await?;
        if stream.category() == T::CATEGORY {
            // Context comes from the past, so backward pages are turned round for a moment.
            let backward = range.direction == Direction::Backward;
            if backward {
                page.events.reverse();
            }
            page.events = self.rewritten(page.events).await?;
            if backward {
                page.events.reverse();
            }
        }
        Ok(page)
    }

    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let widened = Self::widened(filter);
        let mut page = self.inner.read_all(after, &widened, limit).await?;
        page.events = self.rewritten(page.events).await?;
        page.events.retain(|event| filter.matches(event));
        Ok(page)
    }

    async fn read_back(
        &self,
        before: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let widened = Self::widened(filter);
        let mut page = self.inner.read_back(before, &widened, limit).await?;
        // Context comes from the past, so the page is turned round for a moment.
        page.events.reverse();
        page.events = self.rewritten(page.events).await?;
        page.events.retain(|event| filter.matches(event));
        page.events.reverse();
        Ok(page)
    }

    /// Without those that the transform can read: who reads through here does not meet them.
    async fn event_types(&self) -> Result<Vec<HeldType>, ReadError> {
        let mut types = self.inner.event_types().await?;
        types.retain(|held| {
            let named = |stored: &StoredType| *stored.name == *held.name;
            let rewritten = || held.unreadable_by::<T::Stored>(&self.format).is_none();
            *held.category != *T::CATEGORY || !T::Stored::STORED.iter().any(named) || !rewritten()
        });
        Ok(types)
    }

    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        self.inner.stream_head(stream).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.inner.head().await
    }

    fn watch(&self) -> HeadWatch {
        self.inner.watch()
    }
}

/// States folded through another transform, or none, are not this one's: the fingerprint tells them apart.
impl<S, T: StreamTransform, F> TransformedStore<S, T, F> {
    const MARK: u64 = Fnv::new().bytes(T::NAME.as_bytes()).finish();

    /// Turned before it is marked, so that transforms around each other leave marks that depend on their order.
    fn marked(snapshot: Snapshot) -> Snapshot {
        let fingerprint = snapshot.fingerprint.rotate_left(17) ^ Self::MARK;
        Snapshot {
            fingerprint,
            ..snapshot
        }
    }

    fn unmarked(snapshot: Snapshot) -> Snapshot {
        let fingerprint = (snapshot.fingerprint ^ Self::MARK).rotate_right(17);
        Snapshot {
            fingerprint,
            ..snapshot
        }
    }
}

#[async_trait]
impl<S: SnapshotStore, T: StreamTransform, F: Format> SnapshotStore for TransformedStore<S, T, F> {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError> {
        Ok(self.inner.load_snapshot(stream).await?.map(Self::unmarked))
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
        self.inner.save_snapshot(Self::marked(snapshot)).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
        self.inner.delete_snapshot(stream).await
    }
}

#[async_trait]
impl<S: CheckpointStore, T: StreamTransform, F: Format> CheckpointStore
    for TransformedStore<S, T, F>
{
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
impl<S: LeaseStore, T: StreamTransform, F: Format> LeaseStore for TransformedStore<S, T, F> {
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

impl<S: fmt::Debug, T: StreamTransform, F> fmt::Debug for TransformedStore<S, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransformedStore")
            .field("inner", &self.inner)
            .field("transform", &T::NAME)
            .finish_non_exhaustive()
    }
}
