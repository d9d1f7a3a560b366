//! [`EventSourced`]: the repository over any event store.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cache::Cache;
use super::snapshots::{InFlight, Snapshots};
use super::turn::{Turn, Turns};
use super::{AsOf, LoadError, Repository, Root, SaveError, Saved};
use crate::aggregate::{Aggregate, stream_id};
use crate::format::{Format, Json};
use crate::ids::CommitId;
use crate::store::{Commit, Committed, EventStore, EventStoreExt, SnapshotStore};
use crate::time::{Clock, SystemClock, Timestamp};
use crate::version::{ExpectedVersion, Version};

/// Aggregates of type `A` in the event store `S`, with payloads written in the format `F`.
///
/// Clones are cheap and share store, cache and snapshots.
///
/// ```no_run
/// # fn demo<A: eventsourcing::Aggregate + Clone + serde::Serialize + serde::de::DeserializeOwned>() {
/// use eventsourcing::{EventSourced, MemoryStore};
/// let accounts = EventSourced::<A, _>::new(MemoryStore::new()).snapshot_every(100).cached(10_000);
/// # let _ = accounts; }
/// ```
pub struct EventSourced<A: Aggregate, S, F: Format = Json> {
    pub(super) store: Arc<S>,
    pub(super) format: Arc<F>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) snapshots: Option<Arc<Snapshots<A, F>>>,
    pub(super) cache: Option<Arc<Cache<A>>>,
    turns: Arc<Turns>,
}

impl<A: Aggregate, S: EventStore> EventSourced<A, S> {
    /// A repository that writes JSON, takes no snapshots and tells handlers the system's time, whatever clock the store has.
    pub fn new(store: S) -> Self {
        Self::with_format(store, Json)
    }
}

impl<A: Aggregate, S: EventStore, F: Format> EventSourced<A, S, F> {
    /// A repository that writes payloads in this format. Old events keep theirs, so the format must also read them.
    pub fn with_format(store: S, format: F) -> Self {
        let clock = Arc::new(SystemClock);
        Self {
            store: Arc::new(store),
            format: Arc::new(format),
            clock,
            snapshots: None,
            cache: None,
            turns: Arc::default(),
        }
    }

    /// Takes the commands' time from this clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps a snapshot about every `events` events, in the store itself.
    ///
    /// It is written in the background after the command was answered, from the stored events. One that is missing,
    /// damaged, of another shape, or not of this stream's history is ignored: the events are replayed.
    pub fn snapshot_every(self, events: u64) -> Self
    where
        S: SnapshotStore,
        A: Serialize + DeserializeOwned,
    {
        let store = self.store.clone();
        self.snapshots_in(store, events)
    }

    /// As [`EventSourced::snapshot_every`], with the snapshots in a store of their own.
    pub fn snapshots_in(mut self, store: Arc<dyn SnapshotStore>, events: u64) -> Self
    where
        A: Serialize + DeserializeOwned,
    {
        self.snapshots = Some(Arc::new(Snapshots {
            store,
            every: events.max(1),
            fingerprint: super::snapshots::fingerprint::<A>(),
            encode: |format, state, out| format.encode(state, out),
            decode: |format, id, bytes| format.decode(id, bytes),
            in_flight: InFlight::default(),
        }));
        self
    }

    /// Keeps the states of up to `aggregates` recently used aggregates in memory.
    ///
    /// A kept state is only where reading starts: newer events are still read, and a save still expects the version
    /// it was based on, so a conflict is never hidden.
    pub fn cached(mut self, aggregates: usize) -> Self
    where
        A: Clone,
    {
        self.cache = NonZeroUsize::new(aggregates).map(|capacity| Arc::new(Cache::new(capacity)));
        self
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The format payloads are written in.
    pub fn format(&self) -> &F {
        &self.format
    }

    /// Waits until no snapshot is being written. Call it before a short-lived program ends.
    pub async fn flush_snapshots(&self) {
        if let Some(snapshots) = &self.snapshots {
            snapshots.in_flight.settled().await;
        }
    }

    /// What follows a successful append of this root.
    async fn saved(&self, root: &mut Root<A>, committed: Committed) -> Result<Saved<A>, SaveError> {
        let count = root.pending.len();
        let version = committed
            .versions
            .first()
            .map_or(Version::EMPTY, |(_, version)| *version);
        let last_index = u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
        let events = root.mark_saved(committed.receipt.commit_id, last_index, version);
        if root.base == version {
            self.keep(root);
            self.snapshot_if_due(root, count as u64).await;
        } else {
            let current = self.load_root(&root.id, None).await?;
            let outdated = std::mem::replace(root, current);
            root.context = outdated.context;
        }
        Ok(Saved {
            events,
            version,
            committed: Some(committed),
        })
    }
}

#[async_trait]
impl<A: Aggregate, S: EventStore, F: Format> Repository<A> for EventSourced<A, S, F> {
    async fn load(&self, id: &A::Id) -> Result<Root<A>, LoadError> {
        let mut root = self.load_root(id, None).await?;
        self.keep(&root);
        // Streams that are only written through a `UnitOfWork` get their snapshots here.
        self.snapshot_if_due(&mut root, 0).await;
        Ok(root)
    }

    async fn load_at(&self, id: &A::Id, as_of: AsOf) -> Result<Root<A>, LoadError> {
        self.load_root(id, Some(as_of)).await
    }

    async fn save(&self, root: &mut Root<A>) -> Result<Saved<A>, SaveError> {
        if root.pending.is_empty() {
            return Ok(Saved {
                events: Vec::new(),
                version: root.base,
                committed: None,
            });
        }
        let events = root.encode_pending(&*self.format)?;
        let mut commit = Commit::with_id(root.context.command_id())
            .with_metadata(root.context.metadata().clone())
            .append(
                root.stream.clone(),
                ExpectedVersion::Exact(root.base),
                events,
            );
        commit.condition.clone_from(&root.condition);
        match (*self.store).append(commit).await {
            Ok(committed) => self.saved(root, committed).await,
            Err(error) => {
                self.forget(&root.stream);
                Err(error.into())
            }
        }
    }

    async fn exists(&self, id: &A::Id) -> Result<bool, LoadError> {
        let stream = stream_id::<A>(id)?;
        let head = self.store.stream_head(&stream).await;
        Ok(head.map_err(LoadError::read(&stream))?.is_some())
    }

    async fn find_saved(
        &self,
        id: &A::Id,
        commit_id: CommitId,
    ) -> Result<Option<Saved<A>>, LoadError> {
        let stream = stream_id::<A>(id)?;
        let found = self.store.find_commit(commit_id).await;
        let Some(found) = found.map_err(LoadError::read(&stream))? else {
            return Ok(None);
        };
        let Some((_, version)) = found.committed.versions.iter().find(|(s, _)| *s == stream) else {
            return Err(LoadError::OtherStream { commit_id, stream });
        };
        let mut events = Vec::new();
        for event in found.events.iter().filter(|event| event.stream == stream) {
            event
                .decode::<A::Event>(&*self.format)?
                .for_each(|event| events.push(event));
        }
        Ok(Some(Saved {
            events,
            version: *version,
            committed: Some(found.committed),
        }))
    }

    async fn turn(&self, id: &A::Id) -> Turn {
        match stream_id::<A>(id) {
            Ok(stream) => self.turns.wait(stream).await,
            Err(_) => Turn::default(), // loading says what is wrong with it
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl<A: Aggregate, S, F: Format> Clone for EventSourced<A, S, F> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            format: self.format.clone(),
            clock: self.clock.clone(),
            snapshots: self.snapshots.clone(),
            cache: self.cache.clone(),
            turns: self.turns.clone(),
        }
    }
}

impl<A: Aggregate, S: fmt::Debug, F: Format> fmt::Debug for EventSourced<A, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSourced")
            .field("aggregate", &A::NAME)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
