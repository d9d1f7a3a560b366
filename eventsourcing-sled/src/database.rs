//! sled, opened and fenced: what its users have in common.
//!
//! sled may panic, so every call is fenced. What it leaves undone when it creates or opens a database is done here.

use std::any::Any;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::log::sync_dir;

/// How long the lock of a handle that was just dropped is waited for: sled's threads hold it a little longer.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// sled, or what keeps it in order, failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error("the engine says: {0}")]
    Sled(#[from] sled::Error),
    #[error("the engine panicked: {0}")]
    Panicked(String),
    #[error("the store is closed")]
    Closed,
    #[error("it could not be opened again, which will be tried")]
    Gone,
    #[error("there is no room")]
    NoRoom,
    #[error("a row is damaged: {0}")]
    Row(&'static str),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl EngineError {
    /// Whether the system refused sled something. That says nothing about what is stored, but sled refuses everything
    /// from then on.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Self::Sled(sled::Error::Io(error)) => error.kind() != io::ErrorKind::UnexpectedEof,
            Self::Gone => true,
            _ => false,
        }
    }

    /// Whether somebody else has the database open.
    pub(crate) fn is_lock(&self) -> bool {
        matches!(self, Self::Sled(sled::Error::Io(error)) if is_lock_error(error))
    }

    /// Whether stored rows are damaged, so that making them anew may help.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Sled(_) => !self.is_broken(),
            Self::Panicked(_) | Self::Row(_) => true,
            Self::Closed | Self::Gone | Self::NoRoom | Self::Io { .. } => false,
        }
    }
}

/// Opens or creates the database in `dir`. The directory around it is locked by the caller.
pub(crate) fn open(dir: &Path, cache_capacity: u64) -> Result<sled::Db, EngineError> {
    sweep(dir).map_err(|source| EngineError::Io {
        path: dir.to_owned(),
        source,
    })?;
    // The flusher must run: it is also what collects sled's garbage.
    let config = sled::Config::new()
        .path(dir)
        .cache_capacity(cache_capacity)
        .flush_every_ms(Some(250));
    let started = Instant::now();
    loop {
        match fenced(|| config.open()) {
            Err(EngineError::Sled(sled::Error::Io(error)))
                if is_lock_error(&error) && started.elapsed() < LOCK_PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(db) => {
                make_durable(dir).map_err(|source| EngineError::Io {
                    path: dir.to_owned(),
                    source,
                })?;
                return Ok(db);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Syncs what sled creates but never syncs: its settings and the names of all its files. Without them a power cut may
/// leave nothing of an index whose rows were synced.
fn make_durable(dir: &Path) -> io::Result<()> {
    fs::File::open(dir.join("conf"))?.sync_all()?;
    sync_dir(dir)?;
    dir.parent().map_or(Ok(()), sync_dir)
}

/// Runs something in sled; a panic is an error.
pub(crate) fn fenced<T>(run: impl FnOnce() -> sled::Result<T>) -> Result<T, EngineError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => Ok(result?),
        Err(panic) => Err(EngineError::Panicked(panic_text(panic.as_ref()).into())),
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message")
}

fn is_lock_error(error: &io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

/// Removes snapshots of sled's page table whose writing was interrupted: sled would take one for whole and then refuse
/// to open for ever. The rename is their commit point, and the store's own lock is held.
fn sweep(dir: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
