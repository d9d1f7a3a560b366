//! [`CheckpointStore`]: how far a reader has come.

use std::fmt;

use async_trait::async_trait;

use crate::error::ReadError;
use crate::version::Position;

/// How far a reader has come, and under which epoch it was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Everything up to here has been handled.
    pub position: Position,
    /// Fencing epoch of the writer: a higher one has taken over.
    pub epoch: u64,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {} of epoch {}", self.position, self.epoch)
    }
}

/// Why a checkpoint was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Somebody else wrote it meanwhile, or a higher epoch has taken over. Load it again; an old owner stops here.
    #[error(
        "checkpoint `{name}` is {}; this writer, of epoch {epoch}, expected {}: load it again, and stop if another has \
         taken over",
        actual.map_or("not there".into(), |at| format!("at {at}")),
        expected.map_or("none".into(), |at| at.to_string())
    )]
    Fenced {
        /// The checkpoint.
        name: String,
        /// The writer's epoch.
        epoch: u64,
        /// What the writer expected.
        expected: Option<Checkpoint>,
        /// What is stored.
        actual: Option<Checkpoint>,
    },
    /// The checkpoint would lie beyond the log's end.
    #[error(
        "checkpoint `{name}` at {position} would be beyond the end of the log, which is at {head}"
    )]
    BeyondHead {
        /// The checkpoint.
        name: String,
        /// Where it would be.
        position: Position,
        /// The log's end.
        head: Position,
    },
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] ReadError),
}

impl CheckpointError {
    /// Decides whether `new` may replace `stored`, given the writer's expectation and the log's end.
    ///
    /// # Errors
    /// [`CheckpointError::Fenced`] or [`CheckpointError::BeyondHead`] if not.
    pub fn check(
        name: &str,
        stored: Option<Checkpoint>,
        expected: Option<Checkpoint>,
        new: Checkpoint,
        head: Position,
    ) -> Result<(), Self> {
        if stored != expected || stored.is_some_and(|stored| new.epoch < stored.epoch) {
            return Err(Self::Fenced {
                name: name.into(),
                epoch: new.epoch,
                expected,
                actual: stored,
            });
        }
        if new.position > head {
            return Err(Self::BeyondHead {
                name: name.into(),
                position: new.position,
                head,
            });
        }
        Ok(())
    }
}

/// Keeps named checkpoints; writing is compare-and-set.
#[async_trait]
pub trait CheckpointStore: Send + Sync + 'static {
    /// The checkpoint of this name.
    ///
    /// # Errors
    /// [`ReadError::PositionBeyondHead`] if it lies beyond the log's end, as after restoring an older backup.
    async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError>;

    /// Replaces `expected` (`None`: there is none yet) by `new`, durably at the store's level. The epoch never falls.
    ///
    /// # Errors
    /// [`CheckpointError::Fenced`] if something else is stored or `new.epoch` is lower than the stored one.
    async fn store_checkpoint(
        &self,
        name: &str,
        expected: Option<Checkpoint>,
        new: Checkpoint,
    ) -> Result<(), CheckpointError>;
}
