//! Reading position-ordered lists: one, the union of several, the intersection of unions.

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
    fn seek(&mut self, engine: &Engine, position: u64) -> Result<Option<Entry>, EngineError> {
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

/// Events that are in every one of several groups, each the union of lists.
#[derive(Debug)]
pub(crate) struct Candidates {
    groups: Vec<Vec<ListCursor>>,
    /// Behind it the cursors know nothing.
    known_to: u64,
}

impl Candidates {
    pub(super) fn new(groups: Vec<Vec<ListCursor>>, known_to: u64) -> Self {
        Self { groups, known_to }
    }

    /// How far the candidates reach: what is behind needs another look.
    pub(crate) fn known_to(&self) -> u64 {
        self.known_to
    }

    /// The first candidate at or behind `position`. Positions asked for must not fall.
    pub(crate) fn seek(
        &mut self,
        engine: &Engine,
        mut position: u64,
    ) -> Result<Option<Entry>, EngineError> {
        'again: loop {
            let mut found: Option<Entry> = None;
            for group in &mut self.groups {
                let Some(entry) = union(group, engine, position)? else {
                    return Ok(None);
                };
                position = entry.position;
                if found.is_some_and(|found| found.position != position) {
                    continue 'again;
                }
                found = Some(entry);
            }
            return Ok(found.filter(|entry| entry.position <= self.known_to));
        }
    }
}

fn union(
    lists: &mut [ListCursor],
    engine: &Engine,
    position: u64,
) -> Result<Option<Entry>, EngineError> {
    let mut lowest: Option<Entry> = None;
    for list in lists {
        let entry = list.seek(engine, position)?;
        lowest = match (lowest, entry) {
            (Some(a), Some(b)) if b.position < a.position => Some(b),
            (None, b) => b,
            (a, _) => a,
        };
    }
    Ok(lowest)
}
