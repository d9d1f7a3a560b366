//! How far the log is durable: the writer syncs after each group, or else whoever is about to rely on what is written.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::error::LogError;

/// The segment that is written to, and the address up to which the log is durable.
#[derive(Debug, Default)]
pub(super) struct Durable {
    current: Mutex<Option<Current>>,
    synced: AtomicU64,
    /// The first sync that failed. What it should have written may be lost, and a later sync would not say so.
    failed: OnceLock<Failed>,
}

/// The file that is written to. All syncs go through it: the system reports a lost page once to each opened file.
#[derive(Debug, Clone)]
struct Current {
    file: Arc<File>,
    path: Arc<Path>,
}

#[derive(Debug)]
struct Failed {
    path: Arc<Path>,
    kind: io::ErrorKind,
    text: String,
}

impl Durable {
    /// Says which file is written to from now on; everything before `address` is durable.
    pub(super) fn begin(&self, file: Arc<File>, path: Arc<Path>, address: u64) {
        *self.current() = Some(Current { file, path });
        self.reached(address);
    }

    /// Everything before this address is durable.
    pub(super) fn synced(&self) -> u64 {
        self.synced.load(Ordering::Acquire)
    }

    /// Makes everything before `address`, which has been written, durable.
    pub(super) fn sync_to(&self, address: u64) -> Result<(), LogError> {
        let current = self.current().clone();
        // A segment is synced before the next one takes its place, so what is not synced lies in this one.
        if self.synced() >= address {
            return Ok(());
        }
        let Some(current) = current else {
            return Ok(());
        };
        self.check()?;
        let synced = current.file.sync_data();
        self.note(synced, &current.path)?;
        self.reached(address);
        Ok(())
    }

    /// Syncs a file that has been cut to its content, whose end this address is.
    pub(super) fn seal(&self, file: &File, path: &Arc<Path>, address: u64) -> Result<(), LogError> {
        self.check()?;
        self.note(file.sync_all(), path)?;
        self.reached(address);
        Ok(())
    }

    /// Refuses if a sync has failed.
    pub(super) fn check(&self) -> Result<(), LogError> {
        match self.failed.get() {
            None => Ok(()),
            Some(Failed { path, kind, text }) => {
                let source = io::Error::new(*kind, text.as_str());
                let path = path.to_path_buf();
                Err(LogError::Io { path, source })
            }
        }
    }

    fn note(&self, synced: io::Result<()>, path: &Arc<Path>) -> Result<(), LogError> {
        synced.map_err(|source| {
            // The first failure is the one to tell of.
            let _ = self.failed.set(Failed {
                path: path.clone(),
                kind: source.kind(),
                text: source.to_string(),
            });
            LogError::io(path)(source)
        })
    }

    fn reached(&self, address: u64) {
        self.synced.fetch_max(address, Ordering::AcqRel);
    }

    fn current(&self) -> MutexGuard<'_, Option<Current>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
