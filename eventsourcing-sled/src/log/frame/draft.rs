//! A frame before its place is known.

use eventsourcing::{Commit, CommitId, Metadata, NewEvent, Timestamp};

use super::header::CHECKED_FROM;
use super::{ALIGN, HAS_ACTOR, HAS_CAUSATION, HAS_CORRELATION, HAS_HEADERS, HEADER_LEN, MAGIC};
use crate::log::codec::{put_slice, put_varint};

/// A frame whose header and versions are still open. Encoded by the task that appends, so that the one thread that
/// writes has little left to do.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    bytes: Vec<u8>,
    commit_id: CommitId,
    count: u32,
    parts: u16,
    flags: u16,
}

/// What the writer decides about a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) address: u64,
    pub(crate) group_start: u64,
    pub(crate) first: u64,
    pub(crate) recorded_at: Timestamp,
}

impl Draft {
    /// Most bytes that a commit takes when it is encoded, without encoding it. Not much more than it takes.
    pub(crate) fn most_bytes(commit: &Commit) -> usize {
        // A varint of a length takes three bytes at most below 2 MiB.
        let slice = |bytes: usize| bytes + if bytes < 1 << 21 { 3 } else { 5 };
        let Metadata { actor, headers, .. } = &commit.metadata;
        let headers = headers
            .iter()
            .map(|(key, value)| slice(key.len()) + slice(value.len()));
        let metadata = 40 + slice(actor.as_ref().map_or(0, String::len)) + headers.sum::<usize>();
        let streams = commit
            .streams
            .iter()
            .map(|part| 11 + slice(part.stream.as_str().len()));
        let event = |event: &NewEvent| {
            let tags: usize = event.tags.iter().map(|tag| slice(tag.as_str().len())).sum();
            16 + event.event_type.len() + tags + slice(event.payload.len())
        };
        let events = commit.events().map(|(_, new)| event(new));
        HEADER_LEN + metadata + streams.sum::<usize>() + events.sum::<usize>() + ALIGN
    }

    /// Encodes a valid commit; `None` if it exceeds what a frame can hold.
    pub(crate) fn encode(commit: &Commit) -> Option<Self> {
        let parts = u16::try_from(commit.streams.len()).ok()?;
        let count = u32::try_from(commit.event_count()).ok()?;
        let mut bytes = Vec::with_capacity(Self::most_bytes(commit));
        bytes.resize(HEADER_LEN + 8 * commit.streams.len(), 0);
        let flags = put_metadata(&mut bytes, &commit.metadata);
        let mut types = Vec::new();
        for part in &commit.streams {
            put_varint(&mut bytes, part.events.len() as u64);
            put_slice(&mut bytes, part.stream.as_str().as_bytes());
            for event in &part.events {
                put_event(&mut bytes, &mut types, event);
            }
        }
        bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
        u32::try_from(bytes.len()).ok()?;
        Some(Self {
            bytes,
            commit_id: commit.commit_id,
            count,
            parts,
            flags,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn commit_id(&self) -> CommitId {
        self.commit_id
    }

    /// Number of events.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Sets the version that the `part`-th stream has before this commit.
    pub(crate) fn set_version(&mut self, part: usize, version: u64) {
        let at = HEADER_LEN + 8 * part;
        self.bytes[at..at + 8].copy_from_slice(&version.to_le_bytes());
    }

    /// Fills in the header.
    ///
    /// A group begins less than 4 GiB before any of its frames: segments are smaller and are synced at their end.
    pub(crate) fn place(&mut self, place: &Place) {
        let back = u32::try_from(place.address - place.group_start).unwrap_or(u32::MAX);
        let len = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX); // checked by `encode`
        let mut at = CHECKED_FROM;
        let mut put = |field: &[u8]| {
            self.bytes[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        };
        put(&len.to_le_bytes());
        put(&self.count.to_le_bytes());
        put(&place.address.to_le_bytes());
        put(&place.first.to_le_bytes());
        put(&place.recorded_at.as_micros().to_le_bytes());
        put(self.commit_id.as_uuid().as_bytes());
        put(&back.to_le_bytes());
        put(&self.parts.to_le_bytes());
        put(&self.flags.to_le_bytes());
        let checksum = crc32c::crc32c(&self.bytes[CHECKED_FROM..]);
        self.bytes[..4].copy_from_slice(&MAGIC);
        self.bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
    }

    /// The frame's bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The frame's bytes, to keep.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

fn put_metadata(out: &mut Vec<u8>, metadata: &Metadata) -> u16 {
    let mut flags = 0;
    if let Some(id) = metadata.correlation_id {
        flags |= HAS_CORRELATION;
        out.extend_from_slice(id.as_uuid().as_bytes());
    }
    if let Some(id) = metadata.causation_id {
        flags |= HAS_CAUSATION;
        out.extend_from_slice(id.as_uuid().as_bytes());
    }
    if let Some(actor) = &metadata.actor {
        flags |= HAS_ACTOR;
        put_slice(out, actor.as_bytes());
    }
    if !metadata.headers.is_empty() {
        flags |= HAS_HEADERS;
        put_varint(out, metadata.headers.len() as u64);
        for (key, value) in &metadata.headers {
            put_slice(out, key.as_bytes());
            put_slice(out, value.as_bytes());
        }
    }
    flags
}

/// A type is written out where it first occurs and referred to by number from then on.
fn put_event<'a>(out: &mut Vec<u8>, types: &mut Vec<&'a NewEvent>, event: &'a NewEvent) {
    let same = |other: &&NewEvent| {
        other.event_type == event.event_type
            && other.schema_version == event.schema_version
            && other.readable_by == event.readable_by
            && other.format == event.format
    };
    if let Some(index) = types.iter().position(same) {
        put_varint(out, index as u64 + 1);
    } else {
        types.push(event);
        put_varint(out, 0);
        put_slice(out, event.event_type.as_bytes());
        let older = event.schema_version.saturating_sub(event.readable_by);
        put_varint(
            out,
            u64::from(event.schema_version) | u64::from(older) << 16,
        );
        out.push(event.format.get());
    }
    put_varint(out, event.tags.len() as u64);
    for tag in &event.tags {
        put_slice(out, tag.as_str().as_bytes());
    }
    put_slice(out, &event.payload);
}
