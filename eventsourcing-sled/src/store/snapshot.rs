//! Snapshots: a row that says which one is valid, and the state in it or, if it is long, in rows of its own.

use async_trait::async_trait;
use bytes::Bytes;
use eventsourcing::{EventId, FormatId, ReadError, Snapshot, SnapshotStore, StreamId, Version};
use uuid::Uuid;

use super::SledStore;
use crate::error::LookupError;
use crate::index::{Engine, EngineError, keys};
use crate::log::{Input, put_varint};

/// Most bytes of state in a row. sled writes rows of more than 6 KiB in a way that is not safe.
const CHUNK: usize = 4 << 10;
/// How often loading starts again because the snapshot is being replaced.
const ATTEMPTS: usize = 8;

/// The row that says which snapshot is valid.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Tells the parts of one snapshot from those of the next.
    generation: u64,
    version: Version,
    last_event: EventId,
    fingerprint: u64,
    format: FormatId,
    len: u32,
    checksum: u32,
    /// The state, if it is short.
    state: Vec<u8>,
}

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut row = Vec::with_capacity(64 + self.state.len());
        put_varint(&mut row, self.generation);
        put_varint(&mut row, self.version.get());
        row.extend_from_slice(self.last_event.as_uuid().as_bytes());
        row.extend_from_slice(&self.fingerprint.to_le_bytes());
        row.push(self.format.get());
        row.extend_from_slice(&self.len.to_le_bytes());
        row.extend_from_slice(&self.checksum.to_le_bytes());
        row.extend_from_slice(&self.state);
        row
    }

    pub(super) fn decode(row: &[u8]) -> Option<Self> {
        let mut input = Input::new(row);
        Some(Self {
            generation: input.varint()?,
            version: Version::new(input.varint()?),
            last_event: EventId::from_uuid(Uuid::from_bytes(input.array()?)),
            fingerprint: u64::from_le_bytes(input.array()?),
            format: FormatId::new(input.byte()?),
            len: u32::from_le_bytes(input.array()?),
            checksum: u32::from_le_bytes(input.array()?),
            state: row.get(input.position()..)?.to_vec(),
        })
    }

    pub(super) fn chunks(&self) -> u32 {
        if self.is_inline() {
            0
        } else {
            self.len.div_ceil(u32::try_from(CHUNK).unwrap_or(u32::MAX))
        }
    }

    fn is_inline(&self) -> bool {
        crate::log::to_usize(u64::from(self.len)) <= CHUNK
    }
}

fn head(engine: &Engine, stream: &StreamId) -> Result<Option<Head>, EngineError> {
    Ok(engine
        .get(&keys::snapshot(stream))?
        .and_then(|row| Head::decode(&row)))
}

fn load(engine: &Engine, stream: &StreamId) -> Result<Option<Snapshot>, EngineError> {
    for _ in 0..ATTEMPTS {
        let Some(mut found) = head(engine, stream)? else {
            return Ok(None);
        };
        let mut state = std::mem::take(&mut found.state);
        for chunk in 0..found.chunks() {
            match engine.get(&keys::snapshot_chunk(stream, found.generation, chunk))? {
                Some(row) => state.extend_from_slice(&row),
                None => break,
            }
        }
        if state.len() as u64 == u64::from(found.len) && crc32c::crc32c(&state) == found.checksum {
            let (version, last_event) = (found.version, found.last_event);
            let (fingerprint, format) = (found.fingerprint, found.format);
            let (stream, state) = (stream.clone(), Bytes::from(state));
            return Ok(Some(Snapshot {
                stream,
                version,
                last_event,
                fingerprint,
                format,
                state,
            }));
        }
        if head(engine, stream)?.is_some_and(|head| head.generation == found.generation) {
            tracing::warn!(%stream, version = %found.version, "a snapshot is damaged; it is not used");
            return Ok(None);
        }
    }
    // It is replaced faster than it can be read: the caller replays, as if there were none.
    Ok(None)
}

fn save(engine: &Engine, snapshot: &Snapshot, len: u32) -> Result<(), EngineError> {
    let stream = &snapshot.stream;
    let old = head(engine, stream)?.map_or(0, |head| head.generation);
    let mut new = Head {
        generation: old.wrapping_add(1),
        version: snapshot.version,
        last_event: snapshot.last_event,
        fingerprint: snapshot.fingerprint,
        format: snapshot.format,
        len,
        checksum: crc32c::crc32c(&snapshot.state),
        state: Vec::new(),
    };
    if new.is_inline() {
        new.state = snapshot.state.to_vec();
    } else {
        for (number, chunk) in (0..).zip(snapshot.state.chunks(CHUNK)) {
            engine.insert(&keys::snapshot_chunk(stream, new.generation, number), chunk)?;
        }
    }
    // From here on it is the valid one.
    engine.insert(&keys::snapshot(stream), &new.encode())?;
    remove_chunks(engine, stream, Some(new.generation))
}

/// Removes the parts of all snapshots but the one to keep; also what an interrupted save has left.
fn remove_chunks(engine: &Engine, stream: &StreamId, keep: Option<u64>) -> Result<(), EngineError> {
    let mut stale = Vec::new();
    let (from, to) = (
        keys::snapshot_chunk(stream, 0, 0),
        keys::snapshot_chunk(stream, u64::MAX, u32::MAX),
    );
    let kept = keep.map(|generation| keys::snapshot_chunk(stream, generation, 0));
    engine.scan(from.as_slice()..=to.as_slice(), |key, _| {
        let generation = |key: &[u8]| key.len().checked_sub(4).map(|end| key[..end].to_vec());
        if kept.as_deref().and_then(generation) != generation(key) {
            stale.push(key.to_vec());
        }
        Ok::<_, EngineError>(())
    })?;
    stale.iter().try_for_each(|key| engine.remove(key))
}

/// Snapshots live in the index: should it have to be rebuilt, they are lost, and loading replays.
#[async_trait]
impl SnapshotStore for SledStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError> {
        let shared = self.shared();
        Ok(shared.lookup(|| Ok(load(shared.engine(), stream)?))?)
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
        let Ok(len) = u32::try_from(snapshot.state.len()) else {
            let reason = "the snapshot's state has 4 GiB or more".into();
            return Err(ReadError::InvalidInput { reason });
        };
        let shared = self.shared();
        let _only = shared.lock_snapshots();
        shared.index.check_room().map_err(LookupError::from)?;
        save(shared.engine(), &snapshot, len).map_err(LookupError::from)?;
        Ok(())
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
        let shared = self.shared();
        let _only = shared.lock_snapshots();
        let removed = shared.engine().remove(&keys::snapshot(stream));
        let removed = removed.and_then(|()| remove_chunks(shared.engine(), stream, None));
        removed.map_err(LookupError::from)?;
        Ok(())
    }
}
