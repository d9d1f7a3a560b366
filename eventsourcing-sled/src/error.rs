//! [`OpenError`]: a store could not be opened; and how the errors of the parts become those of the contract.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use eventsourcing::{AppendError, Position, ReadError};

use crate::index::{DIR, EngineError, IndexError};
use crate::log::LogError;
use crate::repair::Repair;

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
    /// There is no store, and none was to be created; see
    /// [`Builder::create_if_missing`](crate::Builder::create_if_missing). Retrying does not help.
    #[error("there is no store in {}", path.display())]
    NoStore {
        /// The directory.
        path: PathBuf,
    },
    /// The file FORMAT, which says that the directory is a store and which, is damaged or missing. The log has not been
    /// looked at. Retrying does not help.
    #[error("the store in {} cannot be opened: {reason}; {repair}", path.display())]
    DamagedFormat {
        /// The directory.
        path: PathBuf,
        /// What was found.
        reason: String,
        /// What to do about it.
        repair: Repair,
    },
    /// The directory holds something, but not read models; it was left as it is. Retrying does not help.
    #[error("{} is neither empty nor does it hold read models: it holds `{found}` but no MODELS file", path.display())]
    NotReadModels {
        /// The directory.
        path: PathBuf,
        /// Something that was found in it.
        found: String,
    },
    /// The store was written by a later version of this crate. Retrying does not help; open it with that version.
    #[error(
        "the store in {} has format {found}, this version reads up to {supported}: open it with the version that wrote it, or a later one",
        path.display()
    )]
    OtherFormat {
        /// The directory.
        path: PathBuf,
        /// The format it says it has.
        found: String,
        /// The newest format that this version reads, and the one that it writes.
        supported: u32,
    },
    /// The store that it belongs to has been closed. Open the store again.
    #[error("{} cannot be opened: its store is closed", path.display())]
    Closed {
        /// The directory.
        path: PathBuf,
    },
    /// It is open already, in this process or another. Retry once it has been closed.
    #[error("the store in {} is open already, here or in another process", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// Something that had been acknowledged is damaged or gone. Nothing was changed. Retrying does not help.
    /// [`SledStore::verify_at`](crate::SledStore::verify_at) tells all damage, of which this is the first that was met.
    #[error("the store in {} is damaged{}: {reason}; {repair}", path.display(), At(*position))]
    Corruption {
        /// The directory.
        path: PathBuf,
        /// First damaged position; [`Position::START`] if it is about the store as a whole.
        position: Position,
        /// What was found.
        reason: String,
        /// What to do about it.
        repair: Repair,
    },
    /// The index could neither be opened nor rebuilt. No event is lost; a retry may help.
    #[error(
        "the index of the store in {} can neither be opened nor rebuilt, though no event is lost: {reason}", path.display()
    )]
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

/// Where something is: nothing is said of the store as a whole.
struct At(Position);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Position::START => Ok(()),
            position => write!(f, " at position {position}"),
        }
    }
}

impl OpenError {
    /// What a person can do about it; `None` if nothing is damaged.
    pub fn repair(&self) -> Option<Repair> {
        match self {
            Self::DamagedFormat { repair, .. } | Self::Corruption { repair, .. } => Some(*repair),
            _ => None,
        }
    }

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
                Self::corruption(path, position, reason, Repair::RestoreBackup)
            }
            LogError::Behind { position, reason } => {
                Self::corruption(path, position, reason, Repair::DeleteIndex)
            }
        }
    }

    fn corruption(path: &Path, position: u64, reason: String, repair: Repair) -> Self {
        Self::Corruption {
            path: path.to_owned(),
            position: Position::new(position),
            reason,
            repair,
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

impl LookupError {
    /// What it means for the store.
    fn told(&self) -> String {
        match self {
            Self::Index(error) if error.is_damage() => {
                let repair = Repair::RebuildIndex;
                format!("the index is damaged, and could not be repaired: {error}; {repair}")
            }
            Self::Index(error) if error.is_broken() => {
                format!("the index cannot be used for now, though no event is lost: {error}")
            }
            other => other.to_string(),
        }
    }
}

/// What a reader is told of damage in the log.
fn damaged(reason: &str) -> String {
    format!("{reason}; what lies elsewhere can be read; restore the latest backup")
}

impl From<LookupError> for ReadError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Log(LogError::Corrupt { position, reason }) => Self::Corruption {
                position: Position::new(position),
                reason: damaged(&reason),
            },
            other => Self::Unavailable {
                reason: other.told(),
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
                reason: damaged(&reason),
            },
            other => Self::Unavailable {
                reason: other.told(),
                source: Some(other.into()),
            },
        }
    }
}
