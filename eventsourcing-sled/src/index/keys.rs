//! Keys of the index. The first byte is the table; numbers are big-endian, so that keys sort like what they name.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::ops::RangeInclusive;

use eventsourcing::{CommitId, CorrelationId, StreamId};

/// What the index covers.
pub(crate) const META: &[u8] = &[0x00];
const LIST: u8 = 0x03;
const MINUTE: u8 = 0x08;
const COMMIT: u8 = 0x09;
const SNAPSHOT: u8 = 0x0b;
pub(super) const TYPE: u8 = 0x0e;

/// Bounds of all snapshots: all that is not made from the log.
pub(crate) const SNAPSHOTS: (&[u8], &[u8]) = (&[SNAPSHOT], &[SNAPSHOT + 1]);

/// Bounds of the checkpoints and leases that an index of format 1 has, and the table of leases.
pub(crate) const FORMAT_1_NOTES: (&[u8], &[u8]) = (&[0x0c], &[FORMAT_1_LEASE + 1]);
pub(crate) const FORMAT_1_LEASE: u8 = 0x0d;

/// Bounds of the event types.
pub(crate) const TYPES: (&[u8], &[u8]) = (&[TYPE], &[TYPE + 1]);

/// What a list collects. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The events of a stream; entry `i` is version `i + 1`.
    Stream = 1,
    Category = 2,
    Type = 3,
    Tag = 4,
    /// Events whose commit was given this correlation id.
    Correlation = 5,
    /// One frame every so often, to find positions in the log.
    Mark = 6,
}

/// Names a list: the part of its rows' keys that they share, with a hash computed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListKey {
    hash: u64,
    bytes: Box<[u8]>,
}

impl Hash for ListKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Passes on the hash of a [`ListKey`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Prehashed(u64);

impl Hasher for Prehashed {
    fn write(&mut self, bytes: &[u8]) {
        // Not used by `ListKey`; here so that any other key would still work.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Makes list keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys(RandomState);

impl Keys {
    fn list(&self, kind: Kind, term: &[u8]) -> ListKey {
        // Streams, types and tags are at most 200 bytes long; a category is part of a stream.
        let len = u8::try_from(term.len()).unwrap_or(u8::MAX);
        let term = &term[..usize::from(len)];
        let mut bytes = Vec::with_capacity(3 + term.len());
        bytes.extend_from_slice(&[LIST, kind as u8, len]);
        bytes.extend_from_slice(term);
        ListKey {
            hash: self.0.hash_one(&bytes),
            bytes: bytes.into(),
        }
    }

    pub(crate) fn stream(&self, stream: &str) -> ListKey {
        self.list(Kind::Stream, stream.as_bytes())
    }

    pub(crate) fn category(&self, category: &str) -> ListKey {
        self.list(Kind::Category, category.as_bytes())
    }

    pub(crate) fn event_type(&self, name: &str) -> ListKey {
        self.list(Kind::Type, name.as_bytes())
    }

    pub(crate) fn tag(&self, tag: &str) -> ListKey {
        self.list(Kind::Tag, tag.as_bytes())
    }

    pub(crate) fn correlation(&self, id: CorrelationId) -> ListKey {
        self.list(Kind::Correlation, id.as_uuid().as_bytes())
    }

    pub(crate) fn marks(&self) -> ListKey {
        self.list(Kind::Mark, &[])
    }
}

/// The term in the key of a list's row, as a text; `None` if it is none.
pub(crate) fn term_in(key: &[u8]) -> Option<&str> {
    let [LIST, _, len, rest @ ..] = key else {
        return None;
    };
    std::str::from_utf8(rest.get(..usize::from(*len))?).ok()
}

impl ListKey {
    /// The key of the list's row with this number.
    pub(crate) fn row(&self, number: u64) -> Vec<u8> {
        let mut key = Vec::with_capacity(self.bytes.len() + 8);
        key.extend_from_slice(&self.bytes);
        key.extend_from_slice(&number.to_be_bytes());
        key
    }

    /// The number in the key of one of the list's rows; `None` if this is not the key of one.
    pub(crate) fn number_in(&self, key: &[u8]) -> Option<u64> {
        let number = key.strip_prefix(&*self.bytes)?.try_into().ok()?;
        Some(u64::from_be_bytes(number))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.kind() == Kind::Stream as u8
    }

    /// Number of the list's [`Kind`].
    pub(crate) fn kind(&self) -> u8 {
        self.bytes.get(1).copied().unwrap_or_default()
    }

    /// Rough size in memory.
    pub(crate) fn weight(&self) -> usize {
        64 + self.bytes.len()
    }
}

impl fmt::Display for ListKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let term = self.bytes.get(3..).unwrap_or_default();
        let kind = match self.kind() {
            1 => "stream",
            2 => "category",
            3 => "type",
            4 => "tag",
            5 => match term.try_into().map(uuid::Uuid::from_bytes) {
                Ok(id) => return write!(f, "correlation id {id}"),
                Err(_) => "correlation id",
            },
            _ => "marks",
        };
        write!(f, "{kind} `{}`", String::from_utf8_lossy(term))
    }
}

/// The id that a row of commit ids begins with; `None` if this is not the key of one.
pub(crate) fn commits_from(key: &[u8]) -> Option<CommitId> {
    let id = key.strip_prefix(&[COMMIT])?.try_into().ok()?;
    Some(CommitId::from_uuid(uuid::Uuid::from_bytes(id)))
}

/// All rows of lists of this kind.
pub(crate) fn lists(kind: Kind) -> RangeInclusive<Vec<u8>> {
    vec![LIST, kind as u8]..=vec![LIST, kind as u8 + 1]
}

/// The row of a minute since 1970, also of one before.
pub(crate) fn minute(minute: i64) -> [u8; 9] {
    let mut key = [MINUTE; 9];
    key[1..].copy_from_slice(&(minute.cast_unsigned() ^ (1 << 63)).to_be_bytes());
    key
}

/// The row of commit ids that begins with this id.
pub(crate) fn commits(id: CommitId) -> [u8; 17] {
    let mut key = [COMMIT; 17];
    key[1..].copy_from_slice(id.as_uuid().as_bytes());
    key
}

/// The row that says which snapshot of a stream is the valid one.
pub(crate) fn snapshot(stream: &StreamId) -> Vec<u8> {
    let name = stream.as_str().as_bytes();
    let mut key = Vec::with_capacity(3 + name.len());
    key.extend_from_slice(&[SNAPSHOT, u8::try_from(name.len()).unwrap_or(u8::MAX)]);
    key.extend_from_slice(name);
    key.push(0);
    key
}

/// A part of the state of one of a stream's snapshots.
pub(crate) fn snapshot_chunk(stream: &StreamId, generation: u64, chunk: u32) -> Vec<u8> {
    let mut key = snapshot(stream);
    if let Some(last) = key.last_mut() {
        *last = 1;
    }
    key.extend_from_slice(&generation.to_be_bytes());
    key.extend_from_slice(&chunk.to_be_bytes());
    key
}
