//! One generation's rows: a sled tree, changed by one batch at a time.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use eventsourcing::{Changes, Direction, ReadModels, Row};

use super::cell::{self, Content, PIECE_BYTES};
use crate::database::{EngineError, fenced};

/// The rows of one generation.
#[derive(Debug)]
pub(super) struct Tree {
    tree: sled::Tree,
    /// Whether a row may be in pieces, so that those it had are looked for when it is written.
    in_pieces: AtomicBool,
}

impl Tree {
    pub(super) fn new(tree: sled::Tree) -> Result<Self, EngineError> {
        let in_pieces = fenced(|| tree.contains_key(cell::IN_PIECES))?;
        Ok(Self {
            tree,
            in_pieces: in_pieces.into(),
        })
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        let row = cell::row(key);
        let mut found = fenced(|| self.tree.get(&row))?;
        loop {
            let Some(stored) = found else {
                return Ok(None);
            };
            let content = cell::decode(&stored).ok_or(DAMAGED)?;
            if let Some(value) = self.value(key, content)? {
                return Ok(Some(value));
            }
            // It has been written over meanwhile, or something is wrong with it.
            found = fenced(|| self.tree.get(&row))?;
            if found.as_ref() == Some(&stored) && self.value(key, content)?.is_none() {
                return Err(DAMAGED);
            }
        }
    }

    /// `None` if the pieces do not belong to what the row says.
    fn value(&self, key: &[u8], content: Content<'_>) -> Result<Option<Bytes>, EngineError> {
        let (bytes, checksum) = match content {
            Content::Whole(value) => return Ok(Some(Bytes::copy_from_slice(value))),
            Content::Split { bytes, checksum } => (bytes, checksum),
        };
        let mut value = Vec::new();
        for number in 0..content.pieces() {
            match fenced(|| self.tree.get(cell::piece(key, number)))? {
                Some(piece) => value.extend_from_slice(&piece),
                None => return Ok(None),
            }
        }
        let fits = value.len() == bytes && crc32c::crc32c(&value) == checksum;
        Ok(fits.then(|| value.into()))
    }

    pub(super) fn scan(
        &self,
        range: Range<&[u8]>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, EngineError> {
        let mut rows = Vec::with_capacity(limit.min(1024));
        if range.start >= range.end {
            return Ok(rows);
        }
        let cells = cell::row(range.start)..cell::row(range.end);
        let mut found = fenced(|| Ok(self.tree.range(cells)))?;
        let mut bytes = 0;
        while rows.len() < limit && bytes < ReadModels::PAGE_BYTES {
            let next = fenced(|| match direction {
                Direction::Forward => found.next().transpose(),
                Direction::Backward => found.next_back().transpose(),
            })?;
            let Some((cell, stored)) = next else { break };
            let key = cell::row_key(&cell);
            let value = match cell::decode(&stored).ok_or(DAMAGED)? {
                Content::Whole(value) => Some(Bytes::copy_from_slice(value)),
                Content::Split { .. } => self.get(key)?,
            };
            if let Some(value) = value {
                bytes += key.len() + value.len();
                rows.push((Bytes::copy_from_slice(key), value));
            }
        }
        Ok(rows)
    }

    /// Writes all changes or, should the process end meanwhile, none.
    pub(super) fn apply(&self, changes: &Changes) -> Result<(), EngineError> {
        let large = |value: &Option<Bytes>| value.as_ref().is_some_and(|v| v.len() > PIECE_BYTES);
        let mut batch = sled::Batch::default();
        let was_in_pieces = self.in_pieces.load(Ordering::Relaxed);
        if !was_in_pieces && changes.values().any(large) {
            batch.insert(cell::IN_PIECES, &[]);
            // Looking in vain costs little, should the batch fail.
            self.in_pieces.store(true, Ordering::Relaxed);
        }
        for (key, value) in changes {
            let row = cell::row(key);
            let mut pieces = 0;
            if let Some(value) = value.as_ref().filter(|value| value.len() > PIECE_BYTES) {
                for piece in value.chunks(PIECE_BYTES) {
                    batch.insert(cell::piece(key, pieces), piece);
                    pieces += 1;
                }
            }
            if was_in_pieces && let Some(old) = fenced(|| self.tree.get(&row))? {
                // A damaged row is written over.
                let had = cell::decode(&old).map_or(0, Content::pieces);
                for number in pieces..had {
                    batch.remove(cell::piece(key, number));
                }
            }
            match value {
                Some(value) => batch.insert(row, cell::encode(value)),
                None => batch.remove(row),
            }
        }
        fenced(|| self.tree.apply_batch(batch))
    }
}

const DAMAGED: EngineError = EngineError::Row("a row of a read model");
