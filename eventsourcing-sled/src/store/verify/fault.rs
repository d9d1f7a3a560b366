//! [`Fault`]: something that is wrong with a store.

use std::fmt;

use eventsourcing::Position;

use crate::log::LogError;
use crate::repair::Repair;

/// Something that is wrong with a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The file that says what the directory is, FORMAT or a backup's BACKUP, is damaged or missing.
    Format {
        /// What was found.
        reason: String,
        /// What to do about it.
        repair: Repair,
    },
    /// The file `checkpoints` is damaged or missing. No event is lost.
    Checkpoints {
        /// What was found.
        reason: String,
        /// What to do about it.
        repair: Repair,
    },
    /// Stored events are damaged or gone.
    Log {
        /// First damaged position; [`Position::START`] if it is about the store as a whole.
        position: Position,
        /// What was found.
        reason: String,
    },
    /// The log is sound as far as it goes, but the index proves that there was more.
    End {
        /// First position that is gone.
        position: Position,
        /// What was found.
        reason: String,
    },
    /// The index differs from the log. No event is lost.
    Index {
        /// First position that is concerned.
        position: Position,
        /// What was found.
        reason: String,
    },
}

impl Fault {
    pub(super) fn format((reason, repair): (String, Repair)) -> Self {
        Self::Format { reason, repair }
    }

    pub(super) fn checkpoints((reason, repair): (String, Repair)) -> Self {
        Self::Checkpoints { reason, repair }
    }

    pub(super) fn log((position, reason): (u64, String)) -> Self {
        Self::Log {
            position: Position::new(position),
            reason,
        }
    }

    pub(super) fn index((position, reason): (u64, String)) -> Self {
        Self::Index {
            position: Position::new(position),
            reason,
        }
    }

    /// What an error says of the log; `None` if nothing is damaged.
    pub(super) fn of(error: LogError) -> Option<Self> {
        match error {
            LogError::Corrupt { position, reason } => Some(Self::log((position, reason))),
            LogError::Behind { position, reason } => Some(Self::End {
                position: Position::new(position),
                reason,
            }),
            LogError::Io { .. } | LogError::Full { .. } => None,
        }
    }

    /// First position that is concerned; [`Position::START`] if it is about the store as a whole.
    pub fn position(&self) -> Position {
        match self {
            Self::Format { .. } | Self::Checkpoints { .. } => Position::START,
            Self::Log { position, .. }
            | Self::End { position, .. }
            | Self::Index { position, .. } => *position,
        }
    }

    /// What was found.
    pub fn reason(&self) -> &str {
        match self {
            Self::Format { reason, .. }
            | Self::Checkpoints { reason, .. }
            | Self::Log { reason, .. }
            | Self::End { reason, .. }
            | Self::Index { reason, .. } => reason,
        }
    }

    /// What a person can do about it.
    pub fn repair(&self) -> Repair {
        match self {
            Self::Format { repair, .. } | Self::Checkpoints { repair, .. } => *repair,
            Self::Log { .. } => Repair::RestoreBackup,
            Self::End { .. } => Repair::DeleteIndex,
            Self::Index { .. } => Repair::RebuildIndex,
        }
    }

    /// In one word, what it is about: `format`, `checkpoints`, `log` or `index`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Format { .. } => "format",
            Self::Checkpoints { .. } => "checkpoints",
            Self::Log { .. } | Self::End { .. } => "log",
            Self::Index { .. } => "index",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fault", self.kind())?;
        if self.position() > Position::START {
            write!(f, " at position {}", self.position())?;
        }
        write!(f, ": {}", self.reason())
    }
}
