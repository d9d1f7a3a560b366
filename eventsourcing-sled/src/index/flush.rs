//! Writing a generation of the tail to sled.
//!
//! Rows are written one by one, in any order, and what the index covers last. An interrupted flush is repeated from the
//! log, and entries that are there already are recognised by their position.

use eventsourcing::CommitId;
use uuid::Uuid;

use super::commits;
use super::engine::{Engine, EngineError};
use super::keys::{self, Keys};
use super::lists;
use super::tail::{Generation, Point, Seen};
use super::types;
use crate::log::frame::Header;
use crate::log::{Input, put_varint};

/// Version of the index's layout. Another one is not read but rebuilt.
const VERSION: u64 = 2;

/// What the index covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The store whose log it indexes.
    pub(crate) store: Uuid,
    /// How far.
    pub(crate) end: Point,
    /// The last indexed frame.
    pub(crate) last: Option<Seen>,
    /// No time-ordered commit id that is indexed is greater.
    pub(crate) newest_id: CommitId,
}

impl Meta {
    /// An index of nothing yet.
    pub(crate) fn new(store: Uuid, start: Point) -> Self {
        Self {
            store,
            end: start,
            last: None,
            newest_id: CommitId::from_uuid(Uuid::nil()),
        }
    }

    /// Whether this is the last frame that is indexed.
    pub(super) fn names(&self, header: &Header) -> bool {
        self.last
            .is_some_and(|last| last.checksum == header.checksum)
            && header.last() == self.end.position
            && header.end() == self.end.address
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut row = Vec::with_capacity(64);
        put_varint(&mut row, VERSION);
        row.extend_from_slice(self.store.as_bytes());
        put_varint(&mut row, self.end.position);
        put_varint(&mut row, self.end.address);
        row.extend_from_slice(self.newest_id.as_uuid().as_bytes());
        if let Some(last) = self.last {
            put_varint(&mut row, last.address);
            put_varint(&mut row, u64::from(last.checksum));
        }
        row
    }

    pub(super) fn decode(row: &[u8]) -> Option<Self> {
        let mut input = Input::new(row);
        (input.varint()? == VERSION).then_some(())?;
        let store = Uuid::from_bytes(input.array()?);
        let end = Point {
            position: input.varint()?,
            address: input.varint()?,
        };
        let newest_id = CommitId::from_uuid(Uuid::from_bytes(input.array()?));
        let last = if input.is_empty() {
            None
        } else {
            let address = input.varint()?;
            Some(Seen {
                address,
                checksum: u32::try_from(input.varint()?).ok()?,
            })
        };
        Some(Self {
            store,
            end,
            last,
            newest_id,
        })
    }

    /// Reads it; `None` if the index is new.
    pub(crate) fn load(engine: &Engine) -> Result<Option<Self>, EngineError> {
        let Some(row) = engine.get(keys::META)? else {
            return Ok(None);
        };
        Self::decode(&row)
            .map(Some)
            .ok_or(EngineError::Row("what the index covers"))
    }

    pub(crate) fn store(&self, engine: &Engine) -> Result<(), EngineError> {
        engine.insert(keys::META, &self.encode())
    }
}

/// Writes a generation and returns what the index covers then.
pub(crate) fn flush(
    engine: &Engine,
    list_keys: &Keys,
    meta: Meta,
    generation: &Generation,
) -> Result<Meta, EngineError> {
    let mut sorted: Vec<_> = generation.lists.iter().collect();
    // Neighbours share a page, so each page is fetched and written once.
    sorted.sort_unstable_by(|(a, _), (b, _)| a.bytes().cmp(b.bytes()));
    for (key, list) in sorted {
        if key.is_stream() {
            lists::append_stream(engine, key, list.first_version, &list.entries)?;
        } else {
            lists::append(engine, key, &list.entries)?;
        }
    }
    lists::append(engine, &list_keys.marks(), &generation.marks)?;
    for (minute, entry) in &generation.minutes {
        flush_minute(engine, *minute, entry)?;
    }
    types::flush(engine, &generation.types)?;
    let mut ids: Vec<_> = generation
        .commits
        .iter()
        .map(|(id, place)| (*id, *place))
        .collect();
    ids.sort_unstable_by_key(|(id, _)| *id);
    commits::insert(engine, &ids)?;
    let newest = ids
        .iter()
        .map(|(id, _)| *id)
        .filter(|id| is_time_ordered(*id))
        .max();
    let newest_id = newest.map_or(meta.newest_id, |newest| newest.max(meta.newest_id));
    let meta = Meta {
        end: generation.end,
        last: generation.last.or(meta.last),
        newest_id,
        ..meta
    };
    meta.store(engine)?;
    Ok(meta)
}

/// Whether an id was made by [`CommitId::generate`], so that later ones are greater.
pub(crate) fn is_time_ordered(id: CommitId) -> bool {
    id.as_uuid().get_version_num() == 7
}

/// The first commit of a minute stays its first.
fn flush_minute(engine: &Engine, minute: i64, entry: &lists::Entry) -> Result<(), EngineError> {
    let key = keys::minute(minute);
    if engine.get(&key)?.is_some() {
        return Ok(());
    }
    let mut row = Vec::with_capacity(16);
    put_varint(&mut row, entry.position);
    put_varint(&mut row, entry.address);
    engine.insert(&key, &row)
}
