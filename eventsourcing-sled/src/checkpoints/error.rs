//! [`CheckpointsError`]: checkpoints or leases could not be read or written.

use std::io;
use std::path::{Path, PathBuf};

use eventsourcing::{Position, ReadError};

use super::layout::NAME;
use crate::error::OpenError;
use crate::log::LogError;
use crate::repair::Repair;

/// Checkpoints or leases could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckpointsError {
    #[error("the store is closed")]
    Closed,
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// Stored bytes are damaged, so that an acknowledged value may be gone.
    #[error("the file `{NAME}`: {reason}")]
    Damaged { reason: String },
}

impl CheckpointsError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }

    /// Whether what is stored is damaged, or cannot be read any more.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Io { source, .. } => LogError::is_unreadable(source),
            Self::Closed => false,
        }
    }

    /// Whether there is no room for it.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if LogError::is_full(source))
    }

    /// What it means for opening the store in `path`.
    pub(crate) fn of_store(self, path: &Path) -> OpenError {
        match self {
            Self::Io { path, source } => OpenError::Io { path, source },
            error => OpenError::Corruption {
                path: path.to_owned(),
                position: Position::START,
                reason: error.to_string(),
                repair: Repair::DropCheckpoints,
            },
        }
    }
}

impl From<CheckpointsError> for ReadError {
    fn from(error: CheckpointsError) -> Self {
        Self::Unavailable {
            reason: error.to_string(),
            source: Some(error.into()),
        }
    }
}
