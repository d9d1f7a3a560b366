//! Lists of places in the log, packed into blocks of up to [`BLOCK`] entries.
//!
//! The blocks of a stream are numbered from 0 and all but the last are full, so that a version names its block. The
//! blocks of every other list are named by their first position, so that a position finds its block.

use super::engine::{Engine, EngineError};
use super::keys::ListKey;
use crate::log::{Input, put_varint};

/// Most entries in a block.
pub(crate) const BLOCK: usize = 128;

/// An event's place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) position: u64,
    /// Where the frame that holds the event begins.
    pub(crate) address: u64,
}

/// Packs up to [`BLOCK`] entries: differences as varints. Entries out of order come from a damaged row.
pub(super) fn pack(entries: &[Entry]) -> Result<Vec<u8>, EngineError> {
    let mut block = Vec::with_capacity(8 + 4 * entries.len());
    let (mut position, mut address) = (0, 0);
    for entry in entries {
        let steps = (entry.position.checked_sub(position))
            .filter(|step| *step > 0)
            .zip(entry.address.checked_sub(address));
        let (step, bytes) = steps.ok_or(EngineError::Row("a list that is ahead of the log"))?;
        put_varint(&mut block, step);
        put_varint(&mut block, bytes);
        (position, address) = (entry.position, entry.address);
    }
    Ok(block)
}

/// Unpacks a block: at most [`BLOCK`] entries, whose positions rise.
pub(crate) fn unpack(block: &[u8], entries: &mut Vec<Entry>) -> Result<(), EngineError> {
    let mut input = Input::new(block);
    let (mut position, mut address) = (0_u64, 0_u64);
    let mut left = BLOCK;
    while !input.is_empty() {
        let next = || {
            left = left.checked_sub(1)?;
            position = position.checked_add(input.varint().filter(|step| *step > 0)?)?;
            address = address.checked_add(input.varint()?)?;
            Some(Entry { position, address })
        };
        entries.push({ next }().ok_or(EngineError::Row("a block of a list"))?);
    }
    Ok(())
}

/// The block number and the place in it of a stream's version.
pub(crate) fn slot(version: u64) -> (u64, usize) {
    let ordinal = version - 1;
    (
        ordinal / BLOCK as u64,
        crate::log::to_usize(ordinal % BLOCK as u64),
    )
}

/// The last block of a list: its number and entries.
pub(crate) fn last_block(
    engine: &Engine,
    list: &ListKey,
) -> Result<Option<(u64, Vec<Entry>)>, EngineError> {
    let row = engine.last(&list.row(0)..=&list.row(u64::MAX))?;
    row.map(|row| numbered(list, &row)).transpose()
}

fn numbered(
    list: &ListKey,
    (key, value): &(impl AsRef<[u8]>, impl AsRef<[u8]>),
) -> Result<(u64, Vec<Entry>), EngineError> {
    let number = list
        .number_in(key.as_ref())
        .ok_or(EngineError::Row("a list's key"))?;
    let mut entries = Vec::with_capacity(BLOCK);
    unpack(value.as_ref(), &mut entries)?;
    if entries.is_empty() {
        return Err(EngineError::Row("an empty block of a list"));
    }
    Ok((number, entries))
}

/// A stream's last version according to the index, and where it is.
pub(crate) fn stream_head(
    engine: &Engine,
    key: &ListKey,
) -> Result<Option<(u64, Entry)>, EngineError> {
    let Some((number, entries)) = last_block(engine, key)? else {
        return Ok(None);
    };
    let before = versions_before(number)?;
    Ok(entries
        .last()
        .map(|last| (before + entries.len() as u64, *last)))
}

/// How many versions of a stream are in the blocks before this one.
pub(crate) fn versions_before(number: u64) -> Result<u64, EngineError> {
    let before = number.checked_mul(BLOCK as u64);
    // Room for the block's own versions, and for asking what comes behind them.
    before
        .filter(|before| *before < u64::MAX - 2 * BLOCK as u64)
        .ok_or(EngineError::Row("the number of a stream's block"))
}

/// Where the versions `from..=to` of a stream are, as far as the index has them.
pub(crate) fn stream_entries(
    engine: &Engine,
    key: &ListKey,
    from: u64,
    to: u64,
    out: &mut Vec<Entry>,
) -> Result<(), EngineError> {
    let mut version = from;
    let mut block = Vec::with_capacity(BLOCK);
    while version <= to {
        let (number, start) = slot(version);
        block.clear();
        let Some(row) = engine.get(&key.row(number))? else {
            return Ok(());
        };
        unpack(&row, &mut block)?;
        let wanted = crate::log::to_usize(to - version + 1);
        let taken = block.iter().skip(start).take(wanted);
        let before = out.len();
        out.extend(taken);
        if out.len() == before {
            return Ok(());
        }
        version += (out.len() - before) as u64;
    }
    Ok(())
}

/// Appends to a stream's list the versions from `first` on. What is there already stays: a flush that was interrupted
/// is simply done again.
pub(crate) fn append_stream(
    engine: &Engine,
    key: &ListKey,
    first: u64,
    entries: &[Entry],
) -> Result<(), EngineError> {
    let (mut number, start) = slot(first);
    let mut block = Vec::with_capacity(BLOCK);
    if start > 0 {
        let row = engine.get(&key.row(number))?;
        unpack(
            &row.ok_or(EngineError::Row("a stream's block is missing"))?,
            &mut block,
        )?;
        if block.len() < start {
            return Err(EngineError::Row("a stream's block is too short"));
        }
        block.truncate(start);
    }
    for entry in entries {
        if block.len() == BLOCK {
            engine.insert(&key.row(number), &pack(&block)?)?;
            number += 1;
            block.clear();
        }
        block.push(*entry);
    }
    engine.insert(&key.row(number), &pack(&block)?)
}

/// Appends to a list that is ordered by position; entries that it has already are left out.
pub(crate) fn append(engine: &Engine, key: &ListKey, entries: &[Entry]) -> Result<(), EngineError> {
    let (mut number, mut block) = last_block(engine, key)?.unwrap_or_default();
    let known = block.last().map_or(0, |last| last.position);
    let mut changed = false;
    for entry in entries.iter().filter(|entry| entry.position > known) {
        if block.len() == BLOCK {
            if changed {
                engine.insert(&key.row(number), &pack(&block)?)?;
            }
            block.clear();
        }
        if block.is_empty() {
            number = entry.position;
        }
        block.push(*entry);
        changed = true;
    }
    if changed {
        engine.insert(&key.row(number), &pack(&block)?)
    } else {
        Ok(())
    }
}

/// The block of a position-ordered list in which `position` belongs, or else the first one.
pub(crate) fn block_at(
    engine: &Engine,
    list: &ListKey,
    position: u64,
) -> Result<Option<(u64, Vec<Entry>)>, EngineError> {
    match engine.last(&list.row(0)..=&list.row(position))? {
        Some(row) => numbered(list, &row).map(Some),
        None => block_after(engine, list, position),
    }
}

/// The first block of a position-ordered list that begins behind `position`.
pub(crate) fn block_after(
    engine: &Engine,
    list: &ListKey,
    position: u64,
) -> Result<Option<(u64, Vec<Entry>)>, EngineError> {
    let Some(from) = position.checked_add(1) else {
        return Ok(None);
    };
    let row = engine.first(&list.row(from)..=&list.row(u64::MAX))?;
    row.map(|row| numbered(list, &row)).transpose()
}
