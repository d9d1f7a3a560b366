//! Stores of format 1, which kept checkpoints and leases in the index, get today's format when they are opened.

use eventsourcing::{Checkpoint, Lease, Position, Timestamp};

use crate::checkpoints::{self, Checkpoints, Entry, Table};
use crate::directory::Directory;
use crate::error::OpenError;
use crate::format;
use crate::index::{EngineError, Index, keys};
use crate::log::Input;

/// Takes over what the index has, the first time; from then on the file is the truth.
pub(super) fn upgrade(directory: &Directory, index: &Index) -> Result<Checkpoints, OpenError> {
    let (path, store) = (&directory.path, directory.store);
    if !path.join(checkpoints::NAME).exists() {
        let table = rows(index).map_err(|error| OpenError::index(path, error.into()))?;
        Checkpoints::create(path, store, &table).map_err(|error| error.of_store(path))?;
    }
    format::upgrade(path).map_err(OpenError::io(path))?;
    tracing::info!(store = %path.display(), "checkpoints and leases have a file of their own now");
    Checkpoints::open(path, store).map_err(|error| error.of_store(path))
}

/// The rows of format 1: the table's number and the name lead to the rest.
fn rows(index: &Index) -> Result<Table, EngineError> {
    let mut table = Table::default();
    let (from, to) = keys::FORMAT_1_NOTES;
    index.engine().scan(from..=to, |key, row| {
        let entry = (|| {
            let (kind, name) = key.split_first()?;
            let name = std::str::from_utf8(name).ok()?.to_owned();
            let mut input = Input::new(row);
            if *kind == keys::FORMAT_1_LEASE {
                return Some(Entry::Lease(Lease {
                    name,
                    epoch: input.varint()?,
                    expires_at: Timestamp::from_micros(i64::from_le_bytes(input.array()?)),
                    holder: std::str::from_utf8(row.get(input.position()..)?)
                        .ok()?
                        .to_owned(),
                }));
            }
            let (position, epoch) = (Position::new(input.varint()?), input.varint()?);
            Some(Entry::Checkpoint(name, Checkpoint { position, epoch }))
        })();
        table.put(entry.ok_or(EngineError::Row("a checkpoint or lease of format 1"))?);
        Ok::<_, EngineError>(())
    })?;
    Ok(table)
}
