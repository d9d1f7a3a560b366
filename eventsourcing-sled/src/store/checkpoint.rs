//! Checkpoints: compare-and-set, durable when they are acknowledged.

use async_trait::async_trait;
use eventsourcing::{Checkpoint, CheckpointError, CheckpointStore, Position, ReadError};

use super::SledStore;
use super::shared::Shared;
use crate::checkpoints::{CheckpointsError, Entry};
use crate::error::LookupError;

/// Longest name of a checkpoint, lease or holder, in bytes: each is a part of one small record.
const MAX_NAME: usize = 1000;

/// Refuses a name that is too long.
pub(super) fn check_name(name: &str) -> Result<(), ReadError> {
    if name.len() > MAX_NAME {
        let reason = format!(
            "the name is {} bytes long; the limit is {MAX_NAME}",
            name.len()
        );
        return Err(ReadError::InvalidInput { reason });
    }
    Ok(())
}

impl Shared {
    /// Takes note of a full disk, so that sled is not asked to write to it.
    pub(super) fn note_full(&self, error: CheckpointsError) -> ReadError {
        if error.is_full() {
            self.index.note_no_room();
        }
        error.into()
    }
}

/// What is between the decision and the answer.
enum Failed {
    Refused(CheckpointError),
    Write(CheckpointsError),
}

impl From<CheckpointsError> for Failed {
    fn from(error: CheckpointsError) -> Self {
        Self::Write(error)
    }
}

/// Checkpoints are durable in every mode, also with [`Durability::None`](crate::Durability::None), and never ahead of the
/// log that is on the disk.
#[async_trait]
impl CheckpointStore for SledStore {
    async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError> {
        check_name(name)?;
        let shared = self.shared();
        let found = shared.checkpoints.checkpoint(name)?;
        let head = Position::new(shared.index.end().position);
        match found {
            Some(Checkpoint {
                position: after, ..
            }) if after > head => Err(ReadError::PositionBeyondHead { after, head }),
            found => Ok(found),
        }
    }

    async fn store_checkpoint(
        &self,
        name: &str,
        expected: Option<Checkpoint>,
        new: Checkpoint,
    ) -> Result<(), CheckpointError> {
        check_name(name)?;
        let shared = self.shared();
        let stored = shared.checkpoints.change(|table| {
            let end = shared.index.end();
            let head = Position::new(end.position);
            let stored = table.checkpoint(name);
            CheckpointError::check(name, stored, expected, new, head).map_err(Failed::Refused)?;
            // It is going to be on the disk: then the log must be, too, or a power cut would leave a checkpoint ahead of it,
            // and its reader would miss what is appended in place of what was lost.
            let durable = shared.files.sync_to(end.address);
            durable
                .map_err(|error| ReadError::from(LookupError::from(error)))
                .map_err(|error| Failed::Refused(error.into()))?;
            Ok(Some(Entry::Checkpoint(name.to_owned(), new)))
        });
        stored.map_err(|failed| match failed {
            Failed::Refused(error) => error,
            Failed::Write(error) => shared.note_full(error).into(),
        })
    }
}
