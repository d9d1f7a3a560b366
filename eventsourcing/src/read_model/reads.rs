//! [`Reads`]: what a transaction has read, to see whether it still holds.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use bytes::Bytes;

use super::key::ByteRange;
use super::rows::{RowError, RowStore};
use crate::projection::{Generation, Row};
use crate::store::Direction;

/// Rows and ranges that a transaction has read.
#[derive(Debug, Default)]
pub(super) struct Reads {
    rows: HashMap<Bytes, Option<Bytes>>,
    ranges: Vec<Seen>,
}

/// A range as it was.
#[derive(Debug)]
struct Seen {
    range: ByteRange,
    /// As it was read: so a page that was cut short is cut at the same place when it is read again.
    direction: Direction,
    rows: usize,
    digest: u64,
}

impl Reads {
    /// What has been read under this key.
    pub(super) fn row(&self, key: &[u8]) -> Option<&Option<Bytes>> {
        self.rows.get(key)
    }

    pub(super) fn note_row(&mut self, key: Bytes, value: Option<Bytes>) {
        self.rows.insert(key, value);
    }

    /// Notes that these are all the rows of a range, in the order in which they were read.
    pub(super) fn note_range(&mut self, range: ByteRange, direction: Direction, rows: &[Row]) {
        self.ranges.push(Seen {
            range,
            direction,
            rows: rows.len(),
            digest: digest(rows),
        });
    }

    /// Whether reading again gives the same.
    pub(super) fn still_hold(
        &self,
        store: &dyn RowStore,
        generation: &Generation,
    ) -> Result<bool, RowError> {
        for (key, value) in &self.rows {
            if store.get(generation, key)? != *value {
                return Ok(false);
            }
        }
        for seen in &self.ranges {
            let range = seen.range.as_range();
            let rows = store.scan(generation, range, seen.direction, seen.rows + 1)?;
            if rows.len() != seen.rows || digest(&rows) != seen.digest {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn digest(rows: &[Row]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (key, value) in rows {
        for part in [key, value] {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
    }
    hasher.finish()
}
