//! Backups: taken while the store is written to, and restored.

mod error;
mod restore;
mod target;

use std::path::Path;

use eventsourcing::{Position, ReadError, Timestamp};
use uuid::Uuid;

pub use self::error::BackupError;
use self::target::Target;
use super::SledStore;
use crate::error::LookupError;
use crate::format::Format;
use crate::index::EngineError;
use crate::log;
use crate::manifest::{self, Manifest};

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupReport {
    /// The store it was taken of; the restored store is the same one.
    pub store: Uuid,
    /// When it was taken, by the store's clock.
    pub taken_at: Timestamp,
    /// The last position in it.
    pub head: Position,
    /// Number of events.
    pub events: u64,
    /// Bytes of the log's files.
    pub bytes: u64,
    /// Number of the log's files.
    pub segments: usize,
    /// Number of checkpoints.
    pub checkpoints: usize,
}

impl BackupReport {
    fn new(manifest: &Manifest, copied: log::Copied) -> Self {
        Self {
            store: manifest.store,
            taken_at: manifest.taken_at,
            head: Position::new(manifest.position),
            // Positions are without gaps.
            events: manifest.position,
            bytes: copied.bytes,
            segments: copied.segments,
            checkpoints: manifest.checkpoints.len(),
        }
    }
}

impl SledStore {
    /// Takes a backup into the directory `target`, which must be empty or not there yet. The store can be used
    /// meanwhile: the backup ends behind one commit, and has everything that was acknowledged before the call, and the
    /// checkpoints. Blocks until everything is on the disk.
    ///
    /// It is written beside `target`, as `<target>.unfinished`, and renamed once it is complete: whatever interrupts it,
    /// what is called `target` is a whole backup. Every byte that is copied is checked, so a damaged store does not
    /// replace a good backup by a bad one. Snapshots and leases are not part of it.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let (path, backup, restored) = (dir.path().join("a"), dir.path().join("b"), dir.path().join("c"));
    /// use eventsourcing_sled::SledStore;
    ///
    /// let store = SledStore::open(path)?;
    /// let report = store.backup(&backup)?;
    /// assert_eq!(report.events, store.stats()?.events);
    ///
    /// SledStore::restore(&backup, &restored)?;
    /// let store = SledStore::open(restored)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`BackupError`]. The store is not affected, and nothing is left of the backup.
    pub fn backup(&self, target: impl AsRef<Path>) -> Result<BackupReport, BackupError> {
        let shared = self.shared();
        if !self.is_open() {
            let closed = LookupError::from(EngineError::Closed);
            return Err(ReadError::from(closed).into());
        }
        let path = shared.index.store_path();
        let target = Target::begin(target.as_ref(), path)?;
        let format = Format::read(path).map_err(|error| error.of_store(path))?;
        // In this order: no checkpoint is beyond the end that is taken after it.
        let checkpoints = shared.checkpoints.all().map_err(ReadError::from)?;
        let end = shared.index.end();
        let manifest = Manifest {
            store: format.store,
            created: format.created,
            taken_at: shared.clock.now(),
            position: end.position,
            address: end.address,
            checkpoints,
        };
        let copied = target.copy_log(&shared.files, &manifest, path)?;
        target.write(manifest::NAME, manifest.text().as_bytes())?;
        target.finish()?;
        Ok(BackupReport::new(&manifest, copied))
    }

    /// Makes a store of a backup, in the directory `target`, which must be empty or not there yet: checks every byte of
    /// the backup, copies it, opens the store once, so that it has its index, and closes it. Blocks until then.
    ///
    /// The store goes on where the backup was taken; what was acknowledged later is not in it. So readers that keep
    /// their place elsewhere may have seen events that this store never had. One that is beyond the store's end is
    /// refused with [`ReadError::PositionBeyondHead`]. But once the store has grown beyond that place again, its
    /// position alone says nothing: such a reader should keep the id of the last event it has seen, too, and check
    /// before it goes on that this event is still at its position. Ids never repeat.
    ///
    /// Projections do so, and read models are built anew. Process managers and publishers wait until somebody says where they
    /// go on, with [`Projections::begin_anew`](eventsourcing::Projections::begin_anew); for a publisher that is
    /// [`BackupReport::head`] of what this returns. Keep it: once something was written, nothing tells where the backup
    /// ended. The repository's `docs/read-models.md` says more.
    ///
    /// # Errors
    /// See [`BackupError`]. What is left of a store that could not be copied is removed.
    pub fn restore(
        backup: impl AsRef<Path>,
        target: impl AsRef<Path>,
    ) -> Result<BackupReport, BackupError> {
        restore::restore(backup.as_ref(), target.as_ref())
    }
}
