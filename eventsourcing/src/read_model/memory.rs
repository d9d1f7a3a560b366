//! [`MemoryRows`]: the reference engine.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, Range};
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;

use super::models::ReadModels;
use super::rows::{Changes, RowError, RowStore};
use crate::projection::{Generation, Row};
use crate::store::Direction;

/// Rows in memory, for tests and as the reference for other engines.
#[derive(Debug, Default)]
pub struct MemoryRows {
    generations: RwLock<HashMap<Generation, BTreeMap<Bytes, Bytes>>>,
}

impl MemoryRows {
    fn read<T>(
        &self,
        generation: &Generation,
        read: impl FnOnce(&BTreeMap<Bytes, Bytes>) -> T,
    ) -> Option<T> {
        // Nothing panics while rows are changed, so poison is harmless.
        let generations = self
            .generations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        generations.get(generation).map(read)
    }
}

/// The first of these rows, as many as make a page.
fn page(rows: impl Iterator<Item = Row>, limit: usize) -> Vec<Row> {
    let (mut page, mut bytes) = (Vec::new(), 0);
    for (key, value) in rows.take(limit) {
        bytes += key.len() + value.len();
        page.push((key, value));
        if bytes >= ReadModels::PAGE_BYTES {
            break;
        }
    }
    page
}

impl RowStore for MemoryRows {
    fn get(&self, generation: &Generation, key: &[u8]) -> Result<Option<Bytes>, RowError> {
        let found = self.read(generation, |rows| rows.get(key).cloned());
        Ok(found.flatten())
    }

    fn scan(
        &self,
        generation: &Generation,
        range: Range<&[u8]>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, RowError> {
        if range.start >= range.end {
            return Ok(Vec::new());
        }
        let found = self.read(generation, |rows| {
            let rows = rows
                .range::<[u8], _>((Bound::Included(range.start), Bound::Excluded(range.end)))
                .map(|(key, value)| (key.clone(), value.clone()));
            match direction {
                Direction::Forward => page(rows, limit),
                Direction::Backward => page(rows.rev(), limit),
            }
        });
        Ok(found.unwrap_or_default())
    }

    fn apply(
        &self,
        generation: &Generation,
        changes: &Changes,
        _reopened: u64,
    ) -> Result<(), RowError> {
        let mut generations = self
            .generations
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let rows = generations.entry(generation.clone()).or_default();
        for (key, value) in changes {
            match value {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(key),
            };
        }
        Ok(())
    }

    fn drop_generation(&self, generation: &Generation) -> Result<(), RowError> {
        let mut generations = self
            .generations
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        generations.remove(generation);
        Ok(())
    }

    fn generations(&self) -> Result<Vec<Generation>, RowError> {
        let generations = self
            .generations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> = generations.keys().cloned().collect();
        found.sort();
        Ok(found)
    }
}
