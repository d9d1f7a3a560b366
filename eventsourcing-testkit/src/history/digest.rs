//! Digests of events: a history keeps these, not the payloads.

use std::hash::{DefaultHasher, Hash, Hasher};

use eventsourcing::{Metadata, NewEvent, RecordedEvent, StreamId};

fn digest(hash: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash(&mut hasher);
    hasher.finish()
}

/// Of what a commit's id stands for: see [`Commit::is_recorded_as`](eventsourcing::Commit::is_recorded_as).
pub(super) fn of_new(stream: &StreamId, event: &NewEvent) -> u64 {
    digest(|hasher| {
        stream.hash(hasher);
        event.event_type.hash(hasher);
        event.schema_version.hash(hasher);
        event.format.hash(hasher);
        event.tags.hash(hasher);
        event.payload.hash(hasher);
    })
}

/// The same of a recorded event.
pub(super) fn of_content(event: &RecordedEvent) -> u64 {
    digest(|hasher| {
        event.stream.hash(hasher);
        event.event_type.hash(hasher);
        event.schema_version.hash(hasher);
        event.format.hash(hasher);
        event.tags.hash(hasher);
        event.payload.hash(hasher);
    })
}

pub(super) fn of_metadata(metadata: &Metadata) -> u64 {
    let Metadata {
        correlation_id,
        causation_id,
        actor,
        headers,
    } = metadata;
    digest(|hasher| (correlation_id, causation_id, actor, headers).hash(hasher))
}

/// Of everything that a reader is shown.
pub(super) fn of_recorded(event: &RecordedEvent) -> u64 {
    digest(|hasher| {
        of_content(event).hash(hasher);
        of_metadata(&event.metadata).hash(hasher);
        event.position.hash(hasher);
        event.version.hash(hasher);
        event.commit_id.hash(hasher);
        (event.commit_index, event.commit_len).hash(hasher);
        event.recorded_at.hash(hasher);
    })
}
