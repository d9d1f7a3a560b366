//! [`Lock`]: who may have a directory open.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use crate::error::OpenError;
use crate::log;

/// Name of the file that is locked.
pub(crate) const LOCK: &str = "LOCK";

/// A locked file, unlocked when it is dropped. Closing it would not be enough: a child process that is being started holds
/// a copy of it for a moment.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "unlocking failed; it is unlocked when the process ends");
        }
    }
}

impl Lock {
    /// Locks the directory's file, which is created if need be; fails if anybody has it.
    pub(crate) fn exclusive(dir: &Path) -> Result<Self, TryLockError> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join(LOCK))
            .map_err(TryLockError::Error)?;
        file.try_lock()?;
        Ok(Self(file))
    }

    /// The same of a store.
    pub(crate) fn of_store(dir: &Path) -> Result<Self, OpenError> {
        Self::exclusive(dir).map_err(|error| refused(dir, error))
    }

    /// Locks it for as long as the directory is only looked at, which several may do at once. `None` if there is no such
    /// file.
    pub(crate) fn to_look(dir: &Path) -> Result<Option<Self>, OpenError> {
        let file = match File::open(dir.join(LOCK)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|error| refused(dir, TryLockError::Error(error)))?,
        };
        let locked = file.try_lock_shared();
        locked.map_err(|error| refused(dir, error))?;
        Ok(Some(Self(file)))
    }

    /// Locks the log's directory, so that a store whose LOCK has been deleted is not opened twice. `None` where there is none,
    /// or where directories cannot be locked: then LOCK has to do.
    pub(crate) fn of_log(
        dir: &Path,
        try_lock: impl FnOnce(&File) -> Result<(), TryLockError>,
    ) -> Result<Option<Self>, OpenError> {
        if !cfg!(unix) {
            return Ok(None);
        }
        let Ok(log) = File::open(dir.join(log::DIR)) else {
            return Ok(None);
        };
        match try_lock(&log) {
            Ok(()) => Ok(Some(Self(log))),
            Err(error @ TryLockError::WouldBlock) => Err(refused(dir, error)),
            Err(TryLockError::Error(_)) => Ok(None),
        }
    }
}

fn refused(dir: &Path, error: TryLockError) -> OpenError {
    match error {
        TryLockError::WouldBlock => OpenError::Locked {
            path: dir.to_owned(),
        },
        TryLockError::Error(source) => OpenError::Io {
            path: dir.join(LOCK),
            source,
        },
    }
}
