//! The open file: settled after an interruption, appended to, written anew.

use std::fs::File;
use std::io;
use std::path::Path;

use uuid::Uuid;

use super::error::CheckpointsError;
use super::found::Found;
use super::layout::{image, twice};
use super::record::Entry;
use super::table::Table;
use crate::log;

/// The file is written anew once it is longer than this, and than several times what it need be.
const SMALL: u64 = 16 << 10;

/// The open file, all of it durable.
#[derive(Debug)]
pub(super) struct CheckpointFile {
    file: File,
    len: u64,
    /// Number of the next record.
    next: u64,
    /// When it has come to this length, it is written anew.
    limit: u64,
}

impl CheckpointFile {
    /// Writes the file anew. Until it is complete, the one before it is there.
    pub(super) fn write(path: &Path, store: Uuid, table: &Table) -> Result<Self, CheckpointsError> {
        let bytes = image(store, table);
        log::replace(path, &bytes).map_err(CheckpointsError::io(path))?;
        let len = bytes.len() as u64;
        Ok(Self {
            file: open(path).map_err(CheckpointsError::io(path))?,
            len,
            next: table.entries().count() as u64 + 1,
            limit: SMALL.max(4 * len),
        })
    }

    /// Opens the file behind its last whole record, which is written over itself and synced: whoever wrote it may not
    /// have come to that, or may have failed.
    pub(super) fn settle(path: &Path, found: &Found) -> Result<Self, CheckpointsError> {
        let settled = || {
            let file = open(path)?;
            let bytes = twice(&found.record);
            let start = found.place as u64;
            let len = start + bytes.len() as u64;
            log::write_all_at(&file, &bytes, start)?;
            file.set_len(len)?;
            file.sync_all()?;
            Ok((file, len))
        };
        let (file, len) = settled().map_err(CheckpointsError::io(path))?;
        let least = 2 * found
            .table
            .entries()
            .map(|entry| entry.encode(0).len())
            .sum::<usize>();
        Ok(Self {
            file,
            len,
            next: found.last + 1,
            limit: SMALL.max(4 * least as u64),
        })
    }

    /// Whether it is not yet time to write it anew.
    pub(super) fn has_room(&self) -> bool {
        self.len < self.limit
    }

    /// Writes a record behind all others, durably. If that fails, what is on the disk is not known, and nobody has the file
    /// any more.
    pub(super) fn append(mut self, path: &Path, entry: &Entry) -> Result<Self, CheckpointsError> {
        let bytes = twice(&entry.encode(self.next));
        let written = log::write_all_at(&self.file, &bytes, self.len);
        let synced = written.and_then(|()| self.file.sync_data());
        synced.map_err(CheckpointsError::io(path))?;
        self.len += bytes.len() as u64;
        self.next += 1;
        Ok(self)
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).open(path)
}
