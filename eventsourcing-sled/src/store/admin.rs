//! What operators need: figures, rebuilding, closing.

use std::sync::atomic::Ordering;

use eventsourcing::{Position, ReadError};

use super::SledStore;
use crate::error::LookupError;
use crate::index::EngineError;

/// Figures about a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Number of events.
    pub events: u64,
    /// Bytes of the log that hold commits.
    pub log_bytes: u64,
    /// Number of log files.
    pub segments: usize,
    /// Bytes of the index on disk.
    pub index_bytes: u64,
    /// How far the log is indexed on disk; the rest is indexed in memory.
    pub indexed: Position,
    /// How often the index was rebuilt, since and including opening the store.
    pub index_rebuilds: u64,
    /// Why it was rebuilt last.
    pub last_rebuild: Option<String>,
    /// Why the index could not be written last, if it could not: it grows in memory until it can.
    pub index_failure: Option<String>,
    /// Commits written since the store was opened.
    pub commits: u64,
    /// Groups of commits written since the store was opened.
    pub groups: u64,
    /// How often a log file was synced since the store was opened.
    pub syncs: u64,
    /// The failed write after which the store refuses to write.
    pub poisoned: Option<String>,
}

impl SledStore {
    /// Figures about the store.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] if the index cannot say how large it is.
    pub fn stats(&self) -> Result<Stats, ReadError> {
        let shared = self.shared();
        let end = shared.index.end();
        let counters = &shared.counters;
        Ok(Stats {
            events: end.position,
            log_bytes: end.address - shared.files.start().0,
            segments: shared.files.count(),
            index_bytes: shared.engine().size().map_err(LookupError::from)?,
            indexed: Position::new(shared.index.indexed()),
            index_rebuilds: shared.index.rebuilds(),
            last_rebuild: shared.index.last_rebuild(),
            index_failure: shared.index.failure(),
            commits: counters.commits.load(Ordering::Relaxed),
            groups: counters.groups.load(Ordering::Relaxed),
            syncs: counters.syncs.load(Ordering::Relaxed),
            poisoned: shared.poisoned().map(str::to_owned),
        })
    }

    /// Builds the index anew from the log, and takes over snapshots, checkpoints and leases. The store can be used
    /// meanwhile. Blocks until it is done.
    ///
    /// # Errors
    /// [`ReadError::Corruption`] if the log is damaged, [`ReadError::Unavailable`] if the system refuses; the old index
    /// stays in use. A retry helps in the latter case only.
    pub fn rebuild_index(&self) -> Result<(), ReadError> {
        if !self.is_open() {
            // Somebody else may have the directory by now.
            return Err(LookupError::from(EngineError::Closed).into());
        }
        let _rows = self.shared().lock_rows();
        self.shared().index.rebuild().map_err(LookupError::from)?;
        Ok(())
    }

    /// Closes the store for all its handles: answers the appends that are under way, writes the index and unlocks the
    /// directory. Blocks until that is done. Later calls do nothing; appends and most reads fail from then on.
    ///
    /// Dropping the last handle does the same.
    pub fn close(&self) {
        self.handle.close();
    }

    /// Whether [`SledStore::close`] has not been called yet.
    pub fn is_open(&self) -> bool {
        self.handle.is_open()
    }
}
