//! An event around its payload: [`NewEvent`] on the way in, [`RecordedEvent`] on the way out.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::format::FormatId;
use crate::ids::{CommitId, CorrelationId, EventId};
use crate::metadata::Metadata;
use crate::stream_id::StreamId;
use crate::tag::Tag;
use crate::time::Timestamp;
use crate::version::{Position, Version};

/// An event ready to be appended: its name and version, and its payload as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Stored name, like `account.opened`.
    pub event_type: Arc<str>,
    /// Schema version of the payload, from 1.
    pub schema_version: u16,
    /// Oldest schema version whose readers can read the payload too, because it only adds fields that they may ignore;
    /// the schema version itself if there is none.
    pub readable_by: u16,
    /// Format the payload is written in.
    pub format: FormatId,
    /// Marks by which the event can be found and guarded.
    pub tags: Vec<Tag>,
    /// The payload's bytes; a store gives back exactly these.
    pub payload: Bytes,
}

impl NewEvent {
    /// Longest event name in bytes.
    pub const MAX_TYPE_BYTES: usize = 200;
    /// Most tags on one event.
    pub const MAX_TAGS: usize = 64;

    /// Adds a tag.
    pub fn with_tag(mut self, tag: Tag) -> Self {
        self.tags.push(tag);
        self
    }
}

/// An event as a store gives it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Place in the global log.
    pub position: Position,
    /// Stream it belongs to.
    pub stream: StreamId,
    /// Version it has in its stream.
    pub version: Version,
    /// Commit that wrote it.
    pub commit_id: CommitId,
    /// Place in its commit, from 0.
    pub commit_index: u32,
    /// Number of events in its commit.
    pub commit_len: u32,
    /// Stored name.
    pub event_type: Arc<str>,
    /// Schema version of the payload.
    pub schema_version: u16,
    /// Oldest schema version whose readers can read the payload too.
    pub readable_by: u16,
    /// Format the payload is written in.
    pub format: FormatId,
    /// When the store recorded it; never earlier than the event before it in the log.
    pub recorded_at: Timestamp,
    /// What travelled with the commit.
    pub metadata: Arc<Metadata>,
    /// Marks by which it can be found.
    pub tags: Vec<Tag>,
    /// The payload's bytes.
    pub payload: Bytes,
}

impl RecordedEvent {
    /// The event's id, derived from its commit.
    pub fn event_id(&self) -> EventId {
        self.commit_id.event_id(self.commit_index)
    }

    /// The correlation id: the one given, or the commit's own where it started the chain.
    pub fn correlation_id(&self) -> CorrelationId {
        self.metadata
            .correlation_id
            .unwrap_or_else(|| self.commit_id.into())
    }
}

impl Metadata {
    /// Metadata for what `event` sets in motion: its correlation goes on, the event is the cause, the actor stays.
    pub fn caused_by(event: &RecordedEvent) -> Self {
        Self {
            correlation_id: Some(event.correlation_id()),
            causation_id: Some(event.event_id().into()),
            actor: event.metadata.actor.clone(),
            headers: BTreeMap::new(),
        }
    }
}
