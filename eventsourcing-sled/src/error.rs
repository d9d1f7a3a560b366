//! [`OpenError`]: a store could not be opened; and how the errors of the parts become those of the contract.

use std::io;
use std::path::{Path, PathBuf};

use eventsourcing::{AppendError, Position, ReadError};

use crate::index::{DIR, EngineError, IndexError};
use crate::log::LogError;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The path names something else than a directory. Retrying does not help.
    #[error("{} is not a directory", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// The directory holds something, but not a store; it was left as it is. Retrying does not help.
    #[error("{} is neither empty nor a store: it holds `{found}` but no FORMAT file", path.display())]
    NotAStore {
        /// The directory.
        path: PathBuf,
        /// Something that was found in it.
        found: String,
    },
    /// The directory is a backup, and stays one. Retrying does not help; [`SledStore::restore`](crate::SledStore::restore) makes a store of it.
    #[error("{} is a backup; restore it to make a store of it", path.display())]
    IsBackup {
        /// The directory.
        path: PathBuf,
    },
    /// The store was written by another version of this crate. Retrying does not help; open it with that version.
    #[error("the store in {} has format {found}, this version reads {supported}", path.display())]
    OtherFormat {
        /// The directory.
        path: PathBuf,
        /// The format it says it has.
        found: String,
        /// The format that this version reads and writes.
        supported: u32,
    },
    /// It is open already, in this process or another. Retry once it has been closed.
    #[error("the store in {} is open already, here or in another process", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// Stored bytes that had been acknowledged are damaged. Retrying does not help; restore a backup.
    #[error("the store in {} is damaged at position {position}: {reason}", path.display())]
    Corruption {
        /// The directory.
        path: PathBuf,
        /// First damaged position.
        position: Position,
        /// What was found.
        reason: String,
    },
    /// The index could neither be opened nor rebuilt. The log is untouched; a retry may help.
    #[error("the index of the store in {} cannot be opened or rebuilt: {reason}", path.display())]
    Index {
        /// The directory.
        path: PathBuf,
        /// What the engine said.
        reason: String,
    },
    /// The system refused. A retry may help, once the cause is gone.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was accessed.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }

    pub(crate) fn log(path: &Path, error: LogError) -> Self {
        match error {
            LogError::Io { path, source } | LogError::Full { path, source } => {
                Self::Io { path, source }
            }
            LogError::Corrupt { position, reason } => {
                let (path, position) = (path.to_owned(), Position::new(position));
                Self::Corruption {
                    path,
                    position,
                    reason,
                }
            }
        }
    }

    pub(crate) fn index(path: &Path, error: IndexError) -> Self {
        match error {
            IndexError::Log(error) => Self::log(path, error),
            IndexError::Engine(EngineError::Io { path, source }) => Self::Io { path, source },
            IndexError::Engine(error) if error.is_lock() => Self::Locked {
                path: path.to_owned(),
            },
            IndexError::Engine(error) if error.is_broken() => Self::Io {
                path: path.join(DIR),
                source: io::Error::other(error),
            },
            IndexError::Engine(error) => Self::Index {
                path: path.to_owned(),
                reason: error.to_string(),
            },
        }
    }
}

/// Why something could not be looked up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Index(#[from] EngineError),
}

impl From<IndexError> for LookupError {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Engine(error) => Self::Index(error),
            IndexError::Log(error) => Self::Log(error),
        }
    }
}

impl From<LookupError> for ReadError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Log(LogError::Corrupt { position, reason }) => Self::Corruption {
                position: Position::new(position),
                reason,
            },
            other => Self::Unavailable {
                reason: other.to_string(),
                source: Some(other.into()),
            },
        }
    }
}

impl From<LookupError> for AppendError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Log(LogError::Corrupt { position, reason }) => Self::Corruption {
                position: Position::new(position),
                reason,
            },
            other => Self::Unavailable {
                reason: other.to_string(),
                source: Some(other.into()),
            },
        }
    }
}
