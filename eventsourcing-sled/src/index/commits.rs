//! Commit ids: packed blocks in the order of the ids.
//!
//! A row is named by the lowest id it may hold and reaches up to the next row; the first is named by the lowest id
//! there is. Time-ordered ids fill one block after the other; others go into the block they belong to, which is split
//! when it is full.

use eventsourcing::CommitId;
use uuid::Uuid;

use super::engine::{Engine, EngineError};
use super::keys;
use crate::log::{Input, put_varint};

/// Most ids in a block.
pub(super) const BLOCK: usize = 128;
const LOWEST: CommitId = CommitId::from_uuid(Uuid::nil());
const HIGHEST: CommitId = CommitId::from_uuid(Uuid::max());

/// Where a commit is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommitPlace {
    /// Position of its first event.
    pub(crate) first: u64,
    pub(crate) address: u64,
    pub(crate) count: u32,
}

type Ids = Vec<(CommitId, CommitPlace)>;

pub(super) fn pack(ids: &[(CommitId, CommitPlace)]) -> Vec<u8> {
    let mut block = Vec::with_capacity(28 * ids.len());
    for (id, place) in ids {
        block.extend_from_slice(id.as_uuid().as_bytes());
        put_varint(&mut block, place.first);
        put_varint(&mut block, place.address);
        put_varint(&mut block, u64::from(place.count));
    }
    block
}

pub(super) fn unpack(block: &[u8]) -> Result<Ids, EngineError> {
    let mut input = Input::new(block);
    let mut ids = Ids::with_capacity(BLOCK);
    while !input.is_empty() {
        let mut next = || {
            let id = CommitId::from_uuid(Uuid::from_bytes(input.array()?));
            let (first, address) = (input.varint()?, input.varint()?);
            let count = u32::try_from(input.varint()?).ok()?;
            let rising = ids.last().is_none_or(|(last, _)| *last < id);
            let somewhere = first > 0 && count > 0 && first.checked_add(count.into()).is_some();
            (rising && somewhere && ids.len() < BLOCK).then_some(())?;
            Some((
                id,
                CommitPlace {
                    first,
                    address,
                    count,
                },
            ))
        };
        ids.push(next().ok_or(EngineError::Row("a block of commit ids"))?);
    }
    Ok(ids)
}

/// Looks up a commit id.
pub(crate) fn find(engine: &Engine, id: CommitId) -> Result<Option<CommitPlace>, EngineError> {
    let (_, ids) = block_of(engine, id)?;
    Ok(ids
        .binary_search_by_key(&id, |(id, _)| *id)
        .ok()
        .map(|index| ids[index].1))
}

/// The name and the ids of the block in which `id` belongs.
fn block_of(engine: &Engine, id: CommitId) -> Result<(CommitId, Ids), EngineError> {
    match engine.last(&keys::commits(LOWEST)..=&keys::commits(id))? {
        None => Ok((LOWEST, Ids::new())),
        Some((key, value)) => Ok((name(&key)?, unpack(&value)?)),
    }
}

fn name(key: &[u8]) -> Result<CommitId, EngineError> {
    keys::commits_from(key).ok_or(EngineError::Row("the key of a block of commit ids"))
}

/// Calls `each` with every id that [`find`] finds, ascending.
pub(crate) fn scan(
    engine: &Engine,
    mut each: impl FnMut(CommitId, CommitPlace),
) -> Result<(), EngineError> {
    let mut block = Ids::new();
    let (from, to) = (keys::commits(LOWEST), keys::commits(HIGHEST));
    engine.scan(&from..=&to, |key, value| {
        let next = name(key)?;
        // What a block has from the next one's name on was left there by an interruption.
        let here = block.drain(..).take_while(|(id, _)| *id < next);
        here.for_each(|(id, place)| each(id, place));
        block = unpack(value)?;
        Ok::<_, EngineError>(())
    })?;
    for (id, place) in block {
        each(id, place);
    }
    Ok(())
}

/// Adds ids, which must be sorted. Ids that are there already are replaced.
pub(crate) fn insert(
    engine: &Engine,
    mut ids: &[(CommitId, CommitPlace)],
) -> Result<(), EngineError> {
    while let Some((first, _)) = ids.first() {
        let (name_of_block, old) = block_of(engine, *first)?;
        let end = match CommitId::from_uuid(Uuid::from_u128(
            name_of_block.as_uuid().as_u128().saturating_add(1),
        )) {
            HIGHEST => None,
            above => engine.first(&keys::commits(above)..=&keys::commits(HIGHEST))?,
        };
        let here = match end {
            None => ids.len(),
            Some((key, _)) => {
                let end = name(&key)?;
                ids.partition_point(|(id, _)| *id < end)
            }
        };
        let (new, rest) = ids.split_at(here);
        store(engine, name_of_block, &old, new)?;
        ids = rest;
    }
    Ok(())
}

/// Writes a block with `new` merged into it, as several if it grows too large.
fn store(
    engine: &Engine,
    name: CommitId,
    old: &[(CommitId, CommitPlace)],
    new: &[(CommitId, CommitPlace)],
) -> Result<(), EngineError> {
    let mut ids: Ids = Vec::with_capacity(old.len() + new.len());
    ids.extend_from_slice(new);
    ids.extend(
        old.iter()
            .filter(|(id, _)| new.binary_search_by_key(id, |(id, _)| *id).is_err()),
    );
    ids.sort_unstable_by_key(|(id, _)| *id);
    let at_the_end = match (old.last(), new.first()) {
        (Some((last, _)), Some((first, _))) => last < first,
        _ => true,
    };
    // Time-ordered ids only ever come at the end: full blocks waste nothing. Others need room to grow.
    let size = if at_the_end || ids.len() <= BLOCK {
        BLOCK
    } else {
        ids.len().div_ceil(ids.len().div_ceil(BLOCK) + 1).min(BLOCK)
    };
    // Behind first: should we be interrupted, an id is in two blocks, and the right one is found.
    for (number, block) in ids.chunks(size).enumerate().rev() {
        let name = if number == 0 { name } else { block[0].0 };
        engine.insert(&keys::commits(name), &pack(block))?;
    }
    Ok(())
}
