//! Where which rows are. The first byte of a key says what it is; rows of the runner begin with 0.

use bytes::Bytes;

const ROW: u8 = 1;
const INDEX: u8 = 2;
const TABLE: u8 = 3;
/// In generation 0: the epochs of all of them.
pub(super) const EPOCH: u8 = 4;

/// Longest key of a row.
pub(super) const MAX_KEY: usize = 1024;
/// Longest value of a row.
pub(super) const MAX_VALUE: usize = 16 << 20;
/// Longest name of a table or an index.
pub(super) const MAX_NAME: usize = 64;

/// What the rows of a table begin with; the key follows.
pub(super) fn rows(table: &str) -> Vec<u8> {
    named(ROW, &[table])
}

/// What the rows of an index begin with; the indexed value and the key of the row follow. They have no value.
pub(super) fn index(table: &str, index: &str) -> Vec<u8> {
    named(INDEX, &[table, index])
}

/// Where it says how a table is stored.
pub(super) fn table(table: &str) -> Bytes {
    named(TABLE, &[table]).into()
}

/// Where the epoch of generation `number` is.
pub(super) fn epoch(number: u32) -> Bytes {
    let mut key = vec![EPOCH];
    key.extend_from_slice(&number.to_be_bytes());
    key.into()
}

/// Names are preceded by their length, so that none is the beginning of another.
fn named(kind: u8, names: &[&str]) -> Vec<u8> {
    let mut key = Vec::with_capacity(64);
    key.push(kind);
    for name in names {
        key.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        key.extend_from_slice(name.as_bytes());
    }
    key
}
