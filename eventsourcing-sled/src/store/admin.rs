//! What operators need: figures, rebuilding, closing.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

use eventsourcing::{Position, ReadError};

use super::SledStore;
use crate::error::LookupError;
use crate::index::{self, EngineError};

/// Figures about a store. All is well as long as `poisoned` and `index_failure` are `None`; `last_rebuild` and
/// `models_begun_anew` say what was mended.
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
    /// Bytes of the log that are only indexed in memory yet.
    pub unindexed_bytes: u64,
    /// Bytes of indexes that could not be used and were moved aside; they may be deleted.
    pub set_aside_bytes: u64,
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
    /// Why the read models were begun anew since they were opened, if they were: all projections are rebuilt then.
    pub models_begun_anew: Option<String>,
    /// The failed write after which the store refuses to write.
    pub poisoned: Option<String>,
}

impl SledStore {
    /// Figures about the store, also while its index does not answer. Waits while another takes its place.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] if the store was closed; a retry does not help.
    pub fn stats(&self) -> Result<Stats, ReadError> {
        let shared = self.shared();
        // In this order: it is not beyond the end.
        let indexed = shared.index.indexed();
        let end = shared.index.end();
        let counters = &shared.counters;
        let store = shared.index.store_path();
        let (index_bytes, set_aside_bytes) = shared
            .engine()
            .settled(|| (bytes(&store.join(index::DIR)), set_aside(store)));
        let stats = Stats {
            events: end.position,
            log_bytes: end.address - shared.files.start().0,
            segments: shared.files.count(),
            index_bytes,
            unindexed_bytes: end.address.saturating_sub(indexed.address),
            set_aside_bytes,
            indexed: Position::new(indexed.position),
            index_rebuilds: shared.index.rebuilds(),
            last_rebuild: shared.index.last_rebuild(),
            index_failure: shared.index.failure(),
            commits: counters.commits.load(Ordering::Relaxed),
            groups: counters.groups.load(Ordering::Relaxed),
            syncs: counters.syncs.load(Ordering::Relaxed),
            models_begun_anew: self.handle.models().begun_anew(),
            poisoned: shared.poisoned().map(str::to_owned),
        };
        // Asked last: as long as it is open, nobody else has had the directory.
        if !self.is_open() {
            return Err(LookupError::from(EngineError::Closed).into());
        }
        Ok(stats)
    }

    /// Builds the index anew from the log, and takes over the snapshots that can be read. The store can be used
    /// meanwhile; appends do not wait for it. Blocks until it is done.
    ///
    /// # Errors
    /// [`ReadError::Corruption`] if the log is damaged, [`ReadError::Unavailable`] if the system refuses; the old index
    /// stays in use. A retry helps in the latter case only, and not if the store was closed meanwhile, which ends this.
    pub fn rebuild_index(&self) -> Result<(), ReadError> {
        if !self.is_open() {
            // Somebody else may have the directory by now.
            return Err(LookupError::from(EngineError::Closed).into());
        }
        let shared = self.shared();
        let rebuilt = shared.index.rebuild();
        rebuilt.map_err(LookupError::from)?;
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

/// Bytes of indexes that were moved aside.
fn set_aside(store: &Path) -> u64 {
    let prefix = format!("{}.broken-", index::DIR);
    let is_aside = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name.starts_with(&prefix))
    };
    let entries = fs::read_dir(store).into_iter().flatten().flatten();
    entries
        .filter(is_aside)
        .map(|entry| bytes(&entry.path()))
        .sum()
}

/// Bytes of the files in a directory, which may be on its way out. What cannot be looked at counts for nothing.
fn bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let data = entry.metadata().ok()?;
        Some(if data.is_dir() {
            bytes(&entry.path())
        } else {
            data.len()
        })
    });
    sizes.sum()
}
