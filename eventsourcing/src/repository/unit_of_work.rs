//! [`UnitOfWork`]: several aggregates, one commit.

use std::fmt;

use crate::aggregate::Aggregate;
use crate::format::Format;
use crate::ids::CommitId;
use crate::metadata::Metadata;
use crate::repository::{Root, SaveError};
use crate::store::{AppendCondition, Commit, Committed, EventStore, StreamAppend};
use crate::version::ExpectedVersion;

/// Saves several loaded aggregates, of the same or of different types, as one commit: all or nothing.
///
/// Each stream that is written must still be at the version its root was loaded at; a root without pending events is
/// not guarded (use [`UnitOfWork::condition`]). The roots' own contexts play no part: the unit has one commit id and one
/// metadata. On an error every root keeps its events.
///
/// ```no_run
/// # use eventsourcing::*;
/// # async fn demo<A: Aggregate>(mut from: Root<A>, mut to: Root<A>, store: MemoryStore) -> Result<(), SaveError> {
/// UnitOfWork::new().idempotency_key("transfer-17").with(&mut from).with(&mut to).commit(&store, &Json).await?;
/// # Ok(()) }
/// ```
#[must_use = "a unit of work does nothing until it is committed"]
pub struct UnitOfWork<'a, F> {
    commit: Commit,
    roots: Vec<&'a mut dyn PendingRoot<F>>,
}

impl<'a, F: Format> UnitOfWork<'a, F> {
    /// An empty unit with a fresh commit id.
    pub fn new() -> Self {
        Self {
            commit: Commit::new(),
            roots: Vec::new(),
        }
    }

    /// The same key commits once; a repetition with the same content returns the first result.
    /// [`EventStoreExt::find_commit`](crate::EventStoreExt::find_commit) tells beforehand.
    pub fn idempotency_key(mut self, key: &str) -> Self {
        self.commit.commit_id = CommitId::from_key(key);
        self
    }

    /// Commits under this id instead of a fresh one. Needed to repeat a unit whose outcome is unknown
    /// ([`AppendError::OutcomeUnknown`](crate::AppendError::OutcomeUnknown) names the id).
    pub fn commit_id(mut self, id: CommitId) -> Self {
        self.commit.commit_id = id;
        self
    }

    /// Sets what travels with the events.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.commit.metadata = metadata;
        self
    }

    /// Adds a condition over the rest of the log.
    pub fn condition(mut self, condition: AppendCondition) -> Self {
        self.commit.condition = Some(condition);
        self
    }

    /// Adds an aggregate. One without pending events adds nothing to the commit.
    pub fn with<A: Aggregate>(mut self, root: &'a mut Root<A>) -> Self {
        self.roots.push(root);
        self
    }

    /// Writes the commit.
    ///
    /// # Errors
    /// As [`Repository::save`](crate::Repository::save), and [`AppendError::InvalidInput`](crate::AppendError::InvalidInput)
    /// if no root has pending events. If the commit turns out to have been written before (its key was used), a root that had been loaded with
    /// its events is set back to its initial state, from which nothing can be saved: load it again.
    pub async fn commit<S>(mut self, store: &S, format: &F) -> Result<Committed, SaveError>
    where
        S: EventStore + ?Sized,
    {
        for root in &self.roots {
            self.commit.streams.extend(root.part(format)?);
        }
        let committed = store.append(self.commit).await?;
        let mut next = 0;
        for root in &mut self.roots {
            next = root.saved(&committed, next);
        }
        Ok(committed)
    }
}

impl<F: Format> Default for UnitOfWork<'_, F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F> fmt::Debug for UnitOfWork<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnitOfWork")
            .field("commit", &self.commit)
            .finish_non_exhaustive()
    }
}

/// A root of any aggregate type.
trait PendingRoot<F>: Send {
    fn part(&self, format: &F) -> Result<Option<StreamAppend>, SaveError>;
    /// Takes the pending events as written from index `next` of the commit on; returns the index behind them.
    fn saved(&mut self, committed: &Committed, next: u32) -> u32;
}

impl<A: Aggregate, F: Format> PendingRoot<F> for Root<A> {
    fn part(&self, format: &F) -> Result<Option<StreamAppend>, SaveError> {
        if self.pending().is_empty() {
            return Ok(None);
        }
        let (stream, expected) = (self.stream().clone(), ExpectedVersion::Exact(self.base));
        Ok(Some(StreamAppend {
            stream,
            expected,
            events: self.encode_pending(format)?,
        }))
    }

    fn saved(&mut self, committed: &Committed, next: u32) -> u32 {
        let Ok(count) = u32::try_from(self.pending().len()) else {
            return next;
        };
        let mut versions = committed.versions.iter();
        if count > 0
            && let Some((_, version)) = versions.find(|(stream, _)| stream == self.stream())
        {
            self.mark_saved(committed.receipt.commit_id, next + count - 1, *version);
        }
        next + count
    }
}
