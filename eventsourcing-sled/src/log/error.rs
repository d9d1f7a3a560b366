//! [`LogError`]: what can go wrong with the log's files.

use std::io;
use std::path::{Path, PathBuf};

use super::frame::Damage;

/// What can go wrong with the log's files.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// The system refused an operation.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// There is no room for more; the log is as it was.
    #[error("{}: {source}", path.display())]
    Full { path: PathBuf, source: io::Error },
    /// Stored bytes are damaged.
    #[error("the log is damaged at position {position}: {reason}")]
    Corrupt { position: u64, reason: String },
    /// What there is of the log is sound, but something else knows of more.
    #[error("the log is damaged at position {position}: {reason}")]
    Behind { position: u64, reason: String },
}

impl LogError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }

    /// The system refused to write something new.
    pub(super) fn written(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if Self::is_full(&source) {
            Self::Full { path, source }
        } else {
            Self::Io { path, source }
        }
    }

    pub(crate) fn damage(position: u64, path: &Path, damage: Damage) -> Self {
        let reason = format!("{} (in {})", damage.reason(), path.display());
        Self::Corrupt { position, reason }
    }

    /// Whether the system says that there is no room.
    pub(crate) fn is_full(error: &io::Error) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
    }

    /// Whether the disk does not give back what it should hold (`EIO`, `ERROR_CRC`).
    pub(crate) fn is_unreadable(error: &io::Error) -> bool {
        error.raw_os_error() == Some(if cfg!(windows) { 23 } else { 5 })
    }
}
