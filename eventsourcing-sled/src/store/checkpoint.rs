//! Checkpoints: one row each, synced when it is written if commits are. They are lost with the index.

use async_trait::async_trait;
use eventsourcing::{
    Checkpoint, CheckpointError, CheckpointStore, Durability, Position, ReadError,
};

use super::SledStore;
use super::rows::check_name;
use super::shared::Shared;
use crate::error::LookupError;
use crate::index::{Engine, EngineError, keys};
use crate::log::{Input, put_varint};

pub(super) fn load(engine: &Engine, name: &str) -> Result<Option<Checkpoint>, EngineError> {
    let row = engine.get(&keys::checkpoint(name))?;
    row.map(|row| decode(&row).ok_or(EngineError::Row("a checkpoint")))
        .transpose()
}

pub(super) fn save(engine: &Engine, name: &str, checkpoint: Checkpoint) -> Result<(), EngineError> {
    engine.insert(&keys::checkpoint(name), &encode(checkpoint))
}

/// All checkpoints, by name.
pub(super) fn all(shared: &Shared) -> Result<Vec<(String, Checkpoint)>, ReadError> {
    let (from, to) = keys::CHECKPOINTS;
    let found = shared.lookup(|| {
        let mut found = Vec::new();
        shared.engine().scan(from..=to, |key, row| {
            let name = std::str::from_utf8(&key[1..]);
            let name = name.map_err(|_| EngineError::Row("the name of a checkpoint"))?;
            let checkpoint = decode(row).ok_or(EngineError::Row("a checkpoint"))?;
            found.push((name.to_owned(), checkpoint));
            Ok::<_, EngineError>(())
        })?;
        Ok(found)
    });
    Ok(found?)
}

pub(super) fn encode(checkpoint: Checkpoint) -> Vec<u8> {
    let mut row = Vec::with_capacity(16);
    put_varint(&mut row, checkpoint.position.get());
    put_varint(&mut row, checkpoint.epoch);
    row
}

pub(super) fn decode(row: &[u8]) -> Option<Checkpoint> {
    let mut input = Input::new(row);
    let position = Position::new(input.varint()?);
    Some(Checkpoint {
        position,
        epoch: input.varint()?,
    })
}

/// Checkpoints live in the index: should it be damaged and have to be rebuilt, they are lost, and readers start again
/// from the beginning. They never get ahead of what a reader has stored.
#[async_trait]
impl CheckpointStore for SledStore {
    async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError> {
        check_name(name)?;
        let shared = self.shared();
        let found = shared.lookup(|| Ok(load(shared.engine(), name)?))?;
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
        {
            let _only = shared.lock_rows();
            let stored = shared
                .lookup(|| Ok(load(shared.engine(), name)?))
                .map_err(ReadError::from)?;
            let end = shared.index.end();
            let head = Position::new(end.position);
            CheckpointError::check(name, stored, expected, new, head)?;
            // sled may be on the disk before the log is: then a power cut would leave a checkpoint ahead of the log, and its
            // reader would miss what is appended in place of what was lost.
            let durable = shared.files.sync_to(end.address);
            durable
                .map_err(LookupError::from)
                .map_err(ReadError::from)?;
            let room = shared.index.check_room();
            room.map_err(LookupError::from).map_err(ReadError::from)?;
            let written = save(shared.engine(), name, new);
            written
                .map_err(LookupError::from)
                .map_err(ReadError::from)?;
        }
        // A checkpoint survives what a commit does: the process's end at least.
        let kept = match shared.capabilities.durability {
            Durability::Fsync => shared.engine().sync(),
            _ => shared.engine().hand_over(),
        };
        kept.map_err(LookupError::from).map_err(ReadError::from)?;
        Ok(())
    }
}
