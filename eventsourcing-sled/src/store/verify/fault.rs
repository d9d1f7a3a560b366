//! [`Fault`]: something that is wrong with a store.

use std::fmt;

use eventsourcing::Position;

/// Something that is wrong with a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Stored events are damaged; a backup restores them.
    Log {
        /// First damaged position; [`Position::START`] if it is about the store as a whole.
        position: Position,
        /// What was found.
        reason: String,
    },
    /// The index differs from the log; [`SledStore::rebuild_index`](crate::SledStore::rebuild_index) repairs it. No
    /// event is lost.
    Index {
        /// First position that is concerned.
        position: Position,
        /// What was found.
        reason: String,
    },
}

impl Fault {
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

    /// First position that is concerned.
    pub fn position(&self) -> Position {
        match self {
            Self::Log { position, .. } | Self::Index { position, .. } => *position,
        }
    }

    /// What was found.
    pub fn reason(&self) -> &str {
        match self {
            Self::Log { reason, .. } | Self::Index { reason, .. } => reason,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Log { .. } => "log",
            Self::Index { .. } => "index",
        };
        if self.position() > Position::START {
            write!(f, "{kind} fault at position {}: ", self.position())?;
        } else {
            write!(f, "{kind} fault: ")?;
        }
        f.write_str(self.reason())
    }
}
