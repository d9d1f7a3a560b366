//! [`Acked`]: what a program prints about a commit that was acknowledged.

use std::fmt;

use eventsourcing::{Commit, CommitId, Committed, Metadata, NewEvent, RecordedEvent, StreamId};

/// An acknowledged commit, in a line: its id, its first and last position, and a digest of its content.
///
/// The program that writes computes the digest from what it meant to write, the one that checks from what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acked {
    /// The commit.
    pub commit_id: CommitId,
    /// Position of its first event.
    pub first: u64,
    /// Position of its last event.
    pub last: u64,
    /// Of streams, versions, types, formats, tags, payloads and metadata, in order.
    pub digest: u64,
}

impl Acked {
    /// What `committed` says about `commit`.
    pub fn of(commit: &Commit, committed: &Committed) -> Self {
        let mut digest = Digest::new();
        for (part, (_, after)) in commit.streams.iter().zip(&committed.versions) {
            let first = after.get() + 1 - part.events.len() as u64;
            for (event, version) in part.events.iter().zip(first..) {
                digest.event(&part.stream, version, event, &commit.metadata);
            }
        }
        Self {
            commit_id: committed.receipt.commit_id,
            first: committed.receipt.first.get(),
            last: committed.receipt.last.get(),
            digest: digest.0,
        }
    }

    /// What these events, a whole commit, say about it; `None` if there are none.
    pub fn recorded(events: &[RecordedEvent]) -> Option<Self> {
        let (first, last) = (events.first()?, events.last()?);
        let mut digest = Digest::new();
        for event in events {
            digest.recorded(event);
        }
        Some(Self {
            commit_id: first.commit_id,
            first: first.position.get(),
            last: last.position.get(),
            digest: digest.0,
        })
    }

    /// Reads a line, whatever a test harness has begun it with; `None` if it says something else.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_once("acked ")?.1.split_whitespace();
        Some(Self {
            commit_id: words.next()?.parse().ok()?,
            first: words.next()?.parse().ok()?,
            last: words.next()?.parse().ok()?,
            digest: u64::from_str_radix(words.next()?, 16).ok()?,
        })
    }

    /// Number of its events.
    pub fn events(&self) -> u64 {
        self.last - self.first + 1
    }
}

impl fmt::Display for Acked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            commit_id,
            first,
            last,
            digest,
        } = self;
        write!(f, "acked {commit_id} {first} {last} {digest:016x}")
    }
}

/// FNV-1a: the same in every process and on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest(u64);

impl Digest {
    pub(super) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds a recorded event.
    pub(super) fn recorded(&mut self, event: &RecordedEvent) {
        let new = NewEvent {
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            readable_by: event.schema_version,
            format: event.format,
            tags: event.tags.clone(),
            payload: event.payload.clone(),
        };
        self.event(&event.stream, event.version.get(), &new, &event.metadata);
    }

    fn event(&mut self, stream: &StreamId, version: u64, event: &NewEvent, metadata: &Metadata) {
        self.text(&stream.to_string());
        self.number(version);
        self.text(&event.event_type);
        self.number(event.schema_version.into());
        self.number(event.format.get().into());
        self.number(event.tags.len() as u64);
        for tag in &event.tags {
            self.text(tag.as_str());
        }
        self.bytes(&event.payload);
        self.text(&format!("{metadata:?}"));
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.raw(bytes);
    }

    fn number(&mut self, number: u64) {
        self.raw(&number.to_le_bytes());
    }

    fn raw(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
