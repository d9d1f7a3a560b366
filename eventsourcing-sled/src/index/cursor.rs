//! Reading one position-ordered list, in either direction.

use super::engine::{Engine, EngineError};
use super::keys::ListKey;
use super::lists::{self, Entry};

/// Walks through one list, sled's part first, then the part that was in memory when it was made.
#[derive(Debug)]
pub(crate) struct ListCursor {
    key: ListKey,
    block: Vec<Entry>,
    /// Name of `block`.
    number: u64,
    /// Whether sled has nothing behind `block`.
    in_tail: bool,
    /// Up to here the list is taken from sled, behind it from `tail`.
    tail_start: u64,
    tail: Vec<Entry>,
}

impl ListCursor {
    /// `tail` holds the list's entries behind `tail_start`.
    pub(super) fn new(key: ListKey, tail_start: u64, tail: Vec<Entry>) -> Self {
        let in_tail = tail_start == 0;
        Self {
            key,
            block: Vec::new(),
            number: 0,
            in_tail,
            tail_start,
            tail,
        }
    }

    /// The first entry at or behind `position`. Positions asked for must not fall.
    pub(super) fn seek(
        &mut self,
        engine: &Engine,
        position: u64,
    ) -> Result<Option<Entry>, EngineError> {
        while !self.in_tail {
            match first_from(&self.block, position) {
                Some(entry) if entry.position <= self.tail_start => return Ok(Some(entry)),
                // What sled has gained since is in `tail` too.
                Some(_) => self.in_tail = true,
                None if position > self.tail_start => self.in_tail = true,
                None => match self.next_block(engine, position)? {
                    Some((number, block)) => (self.number, self.block) = (number, block),
                    None => self.in_tail = true,
                },
            }
        }
        Ok(first_from(&self.tail, position))
    }

    /// The last entry at or before `position`. Positions asked for must not rise.
    pub(super) fn seek_back(
        &mut self,
        engine: &Engine,
        position: u64,
    ) -> Result<Option<Entry>, EngineError> {
        let newer = last_upto(&self.tail, position);
        if newer.is_some() || self.tail_start == 0 {
            return Ok(newer);
        }
        let position = position.min(self.tail_start);
        let older = last_upto(&self.block, position);
        if older.is_some() {
            return Ok(older);
        }
        match lists::block_at(engine, &self.key, position)? {
            Some((number, block)) => (self.number, self.block) = (number, block),
            None => self.block.clear(),
        }
        Ok(last_upto(&self.block, position))
    }

    /// The first block behind the current one that holds an entry at or behind `position`.
    fn next_block(
        &self,
        engine: &Engine,
        position: u64,
    ) -> Result<Option<(u64, Vec<Entry>)>, EngineError> {
        let ends_before =
            |block: &[Entry]| block.last().is_some_and(|last| last.position < position);
        if !self.block.is_empty() {
            // Mostly it is the very next one.
            match lists::block_after(engine, &self.key, self.number)? {
                Some((_, block)) if ends_before(&block) => {}
                next => return Ok(next),
            }
        }
        match lists::block_at(engine, &self.key, position)? {
            Some((number, block)) if ends_before(&block) => {
                lists::block_after(engine, &self.key, number)
            }
            block => Ok(block),
        }
    }
}

fn first_from(entries: &[Entry], position: u64) -> Option<Entry> {
    let index = entries.partition_point(|entry| entry.position < position);
    entries.get(index).copied()
}

fn last_upto(entries: &[Entry], position: u64) -> Option<Entry> {
    let behind = entries.partition_point(|entry| entry.position <= position);
    entries.get(behind.checked_sub(1)?).copied()
}
