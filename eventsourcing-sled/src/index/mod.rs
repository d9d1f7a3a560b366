//! The index: everything that can be rebuilt from the log. What is new is in memory, the rest is in sled.

mod candidates;
mod commits;
mod cursor;
mod engine;
mod flush;
#[cfg(any(test, fuzzing))]
mod fuzzing;
mod indexer;
pub(crate) mod keys;
mod lists;
mod lookup;
mod open;
mod plan;
mod postings;
mod rebuild;
mod replay;
mod room;
mod tail;
mod types;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use eventsourcing::CommitId;
use uuid::Uuid;

pub(crate) use self::commits::CommitPlace;
pub(crate) use self::engine::{Engine, EngineError, panic_text};
use self::flush::Meta;
#[cfg(any(test, fuzzing))]
pub(crate) use self::fuzzing::{
    decode_commits_again, decode_list_again, decode_meta_again, index_of, look_up, look_up_commit,
    show_key,
};
pub(crate) use self::indexer::{Indexer, Signal};
pub(crate) use self::keys::{Keys, ListKey};
pub(crate) use self::lists::Entry;
pub(crate) use self::open::{OpenIndex, find};
pub(crate) use self::plan::Way;
pub(crate) use self::postings::Postings;
pub(crate) use self::room::fill;
use self::tail::Tail;
pub(crate) use self::tail::{ListMap, Point};
pub(crate) use self::types::Types;
pub(crate) use self::verify::{ClosedIndex, IndexCheck, NotOpened};
use crate::log::frame::Header;
use crate::log::{LogError, LogFiles};

/// Name of the index's directory.
pub(crate) const DIR: &str = "index";

/// The index is flushed to sled when this many bytes of it are in memory.
const FLUSH_WEIGHT: usize = 16 << 20;
/// Appending waits for sled when this many bytes of the index are in memory. The process holds more: sled's cache is as
/// large, and its table of pages grows with the index.
const MAX_WEIGHT: usize = 40 << 20;

/// The index of one log.
#[derive(Debug)]
pub(crate) struct Index {
    engine: Engine,
    keys: Keys,
    files: Arc<LogFiles>,
    cache_capacity: u64,
    /// The store's directory.
    path: PathBuf,
    store: Uuid,
    tail: RwLock<TailState>,
    types: Arc<Types>,
    /// What sled has. Held while sled's part grows.
    meta: Mutex<Meta>,
    flushed: Condvar,
    /// Why the last flush failed; signals `flushed`.
    failure: Mutex<Option<String>>,
    /// Held while room on the disk is tried.
    room: Mutex<()>,
    /// Something has met a full disk.
    no_room: AtomicBool,
    /// sled has been refused something and has to be opened anew.
    broken: AtomicBool,
    /// Held while a new one is being built that was asked for.
    rebuilding: Mutex<()>,
    /// The store is being closed.
    ending: AtomicBool,
    rebuilds: AtomicU64,
    /// Commits that were read from the log to rebuild what sled has.
    replayed: AtomicU64,
    /// Rebuilds that nobody asked for, because of damage met while the store was open.
    repairs: AtomicU64,
    last_rebuild: Mutex<Option<String>>,
}

#[derive(Debug)]
struct TailState {
    tail: Tail,
    /// No time-ordered commit id that sled has is greater.
    newest_id: CommitId,
}

/// Why the index could not be written or rebuilt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Log(#[from] LogError),
}

impl Index {
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The event types that the log holds.
    pub(crate) fn types(&self) -> &Types {
        &self.types
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The directory of the store that it belongs to.
    pub(crate) fn store_path(&self) -> &Path {
        &self.path
    }

    fn tail(&self) -> RwLockReadGuard<'_, TailState> {
        self.tail.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn meta(&self) -> MutexGuard<'_, Meta> {
        self.meta.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end of what readers may see.
    pub(crate) fn end(&self) -> Point {
        self.tail().tail.end()
    }

    /// How far sled has it.
    pub(crate) fn indexed(&self) -> Point {
        self.tail().tail.start()
    }

    /// Makes commits visible that have become durable. Returns whether it is time to flush.
    pub(crate) fn publish<'a>(
        &self,
        commits: impl Iterator<Item = (Header, &'a Postings, &'a [u64])>,
    ) -> bool {
        let mut state = self.tail.write().unwrap_or_else(PoisonError::into_inner);
        for (header, postings, versions) in commits {
            state.tail.add(&header, postings, versions);
        }
        state.tail.active.weight >= FLUSH_WEIGHT
    }

    /// Waits until memory has room for more. Gives up once nothing has moved for as long as `patience`.
    pub(crate) fn wait_for_room(&self, patience: Duration) -> Result<(), String> {
        if !self.is_full() {
            return Ok(());
        }
        let (mut moved, mut seen) = (Instant::now(), self.progress());
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        while self.is_full() {
            if self.progress() != seen {
                (moved, seen) = (Instant::now(), self.progress());
            }
            if failure.is_some() || moved.elapsed() >= patience {
                let reason = failure.as_deref().unwrap_or("sled is stuck");
                return Err(format!("the index cannot keep up with the log: {reason}"));
            }
            // Not the whole of it at once: a flush that takes longer is no reason to give up.
            let waited = self.flushed.wait_timeout(failure, patience / 8);
            failure = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.tail().tail.weight() >= MAX_WEIGHT
    }

    /// Changes while sled is being written, or waited for by something that goes on.
    fn progress(&self) -> u64 {
        self.engine.writes() + self.replayed.load(Ordering::Relaxed)
    }

    /// Notes that reading the log for a rebuild goes on, which no flush can interrupt.
    fn note_progress(&self) {
        self.replayed.fetch_add(1, Ordering::Relaxed);
    }

    /// Flushes what is in memory to sled, unless there is nothing.
    pub(crate) fn flush(&self) -> Result<(), IndexError> {
        let mut meta = self.meta();
        let flushed = self.flush_into(&mut meta);
        if let Err(IndexError::Engine(error)) = &flushed {
            self.note_broken(error);
        }
        let reason = flushed.as_ref().err().map(ToString::to_string);
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = reason;
        self.flushed.notify_all();
        flushed
    }

    /// Flushes the generation that a failed flush has left, then the active one.
    fn flush_into(&self, meta: &mut Meta) -> Result<(), IndexError> {
        while let Some(generation) = self.next_to_flush() {
            self.find_room(generation.weight)?;
            // An index on the disk that reaches beyond the log proves that something was lost, so it never may.
            self.files.sync_to(generation.end.address)?;
            *meta = flush::flush(&self.engine, &self.keys, *meta, &generation)?;
            let mut state = self.tail.write().unwrap_or_else(PoisonError::into_inner);
            state.tail.flushing = None;
            state.newest_id = meta.newest_id;
            drop(state);
            // Freed here, and not under the lock.
            drop(generation);
        }
        Ok(())
    }

    fn next_to_flush(&self) -> Option<Arc<tail::Generation>> {
        let mut state = self.tail.write().unwrap_or_else(PoisonError::into_inner);
        state.tail.flushing.clone().or_else(|| state.tail.rotate())
    }

    /// How often the index was rebuilt since, and including, opening the store.
    pub(crate) fn rebuilds(&self) -> u64 {
        self.rebuilds.load(Ordering::Relaxed)
    }

    /// Why the index was rebuilt last.
    pub(crate) fn last_rebuild(&self) -> Option<String> {
        self.last_rebuild
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes that sled refuses everything from now on, if this is what the error means. Returns whether it is.
    pub(crate) fn note_broken(&self, error: &EngineError) -> bool {
        let broken = error.is_broken();
        if broken {
            self.broken.store(true, Ordering::Relaxed);
        }
        broken
    }

    /// Why the last flush failed, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note_rebuild(&self, reason: String) {
        *self
            .last_rebuild
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(reason);
        self.rebuilds.fetch_add(1, Ordering::Relaxed);
    }
}
