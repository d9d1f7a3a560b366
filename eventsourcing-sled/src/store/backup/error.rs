//! [`BackupError`]: a backup could not be taken or restored.

use std::io;
use std::path::{Path, PathBuf};

use eventsourcing::{Position, ReadError};

use crate::error::OpenError;
use crate::log::LogError;
use crate::store::Fault;

/// Why a backup was not taken or not restored. Nothing was changed: neither the store, nor the backup, nor what was in
/// the target. One exception: see [`BackupError::Open`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is something in the target already. Retrying does not help; choose another, or remove what is there.
    #[error("{} is not empty, and nothing is overwritten; name a directory that is empty or not there yet", path.display())]
    NotEmpty {
        /// The target.
        path: PathBuf,
    },
    /// Beside the target, where it is written before it gets its name, is something that no interrupted backup has left.
    /// Retrying does not help; move it away, or choose another target.
    #[error(
        "{} is in the way: it is where the target is written first, and it holds `{found}`; move it away, or name another target",
        path.display()
    )]
    InTheWay {
        /// What is in the way.
        path: PathBuf,
        /// Something that was found in it.
        found: String,
    },
    /// The target lies within what is to be copied, or the other way round. Retrying does not help.
    #[error(
        "the target {} overlaps with {}, which is to be copied: name a directory outside", path.display(), other.display()
    )]
    Overlaps {
        /// The target.
        path: PathBuf,
        /// What is to be copied.
        other: PathBuf,
    },
    /// Something is mounted at the target, so nothing written beside it can take its place. Retrying does not help; name a
    /// directory inside it.
    #[error("{} is a mount point; name a directory inside it", path.display())]
    MountPoint {
        /// The target.
        path: PathBuf,
    },
    /// Somebody else is writing to the same target. Retry once they are done.
    #[error("{} is being written to by somebody else", path.display())]
    InProgress {
        /// Where they write.
        path: PathBuf,
    },
    /// What was to be restored is no backup. Retrying does not help.
    #[error("{} is no backup: {found}", path.display())]
    NotABackup {
        /// The path.
        path: PathBuf,
        /// What it is.
        found: String,
    },
    /// What was to be copied is damaged. Retrying does not help; use another backup.
    #[error("{} is damaged: {}", path.display(), summary(faults))]
    Damaged {
        /// The store or backup.
        path: PathBuf,
        /// What is wrong: all of it for a backup, the first for a store, which [`SledStore::verify`](crate::SledStore::verify) goes
        /// through as a whole.
        faults: Vec<Fault>,
    },
    /// There is no room for it. Retry once there is.
    #[error("there is no room: {}: {source}", path.display())]
    Full {
        /// What was written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused. A retry may help, once the cause is gone.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was accessed.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The backup cannot be read, or the restored store cannot be opened. In the second case the store is in the target and
    /// complete; only its index is not made yet. Open it once the cause is gone.
    #[error(transparent)]
    Open(#[from] OpenError),
}

fn summary(faults: &[Fault]) -> String {
    match faults {
        [] => "it is not known where".into(),
        [fault] => fault.to_string(),
        [fault, _] => format!("{fault}; and one fault more"),
        [fault, rest @ ..] => format!("{fault}; and {} faults more", rest.len()),
    }
}

impl BackupError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| {
            if LogError::is_full(&source) {
                Self::Full { path, source }
            } else {
                Self::Io { path, source }
            }
        }
    }

    /// An error about the log in `path`.
    pub(super) fn log(path: &Path, error: LogError) -> Self {
        match error {
            LogError::Io { path, source } => Self::Io { path, source },
            LogError::Full { path, source } => Self::Full { path, source },
            LogError::Corrupt { position, reason } | LogError::Behind { position, reason } => {
                Self::Damaged {
                    path: path.to_owned(),
                    faults: vec![Fault::Log {
                        position: Position::new(position),
                        reason,
                    }],
                }
            }
        }
    }
}
