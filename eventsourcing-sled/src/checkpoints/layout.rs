//! The file `checkpoints` as a whole: its name, its header, and what is in it when it is written anew.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use uuid::Uuid;

use super::table::Table;

/// Name of the file.
pub(crate) const NAME: &str = "checkpoints";
/// What it is called until it is complete.
pub(crate) const UNFINISHED: &str = "checkpoints.new";

const MAGIC: &[u8; 8] = b"ESCHKPTS";
/// Version of the file's layout.
const VERSION: u32 = 1;
/// Bytes in front of the first record.
pub(super) const HEADER: usize = 32;

/// The file as it is when it has just been written.
pub(crate) fn image(store: Uuid, table: &Table) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[16..32].copy_from_slice(store.as_bytes());
    let checksum = crc32c::crc32c(&bytes[16..32]);
    bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
    for (entry, number) in table.entries().zip(1..) {
        bytes.extend(twice(&entry.encode(number)));
    }
    bytes
}

/// Both copies of a record.
pub(super) fn twice(record: &[u8]) -> Vec<u8> {
    [record, record].concat()
}

/// Whether a file begins with a header that is whole.
pub(super) fn has_header(bytes: &[u8]) -> bool {
    bytes.len() >= HEADER
        && bytes[..8] == *MAGIC
        && bytes[8..12] == VERSION.to_le_bytes()
        && bytes[12..16] == crc32c::crc32c(&bytes[16..32]).to_le_bytes()
}

/// The store that a whole header names.
pub(super) fn store_in(bytes: &[u8]) -> &[u8] {
    &bytes[16..32]
}

/// Whether this may be what an interrupted creation of a store has left of its file: a part of its header, or after a power
/// cut zeros in its place. Also if it is gone by now, because somebody else goes on with the creation.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    let small = || {
        let data = fs::symlink_metadata(path)?;
        if !data.is_file() || data.len() > HEADER as u64 {
            return Ok(false);
        }
        let bytes = fs::read(path)?;
        let known = bytes.len().min(MAGIC.len());
        Ok(bytes[..known] == MAGIC[..known] || bytes.iter().all(|byte| *byte == 0))
    };
    small().unwrap_or_else(|error: io::Error| error.kind() == ErrorKind::NotFound)
}
