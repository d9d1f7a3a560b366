//! Stored events made by hand.

use std::sync::Arc;

use eventsourcing::{
    CommitId, DecodeError, Decoded, Event, FormatId, Json, Metadata, Position, RecordedEvent,
    StreamId, Timestamp, Version,
};

/// A stored event of this name, version and JSON payload.
pub(crate) fn stored(name: &str, version: u16, payload: &str) -> RecordedEvent {
    RecordedEvent {
        position: Position::new(7),
        stream: StreamId::new("account", "42").unwrap(),
        version: Version::new(3),
        commit_id: CommitId::generate(),
        commit_index: 0,
        commit_len: 1,
        event_type: Arc::from(name),
        schema_version: version,
        readable_by: version,
        format: FormatId::JSON,
        recorded_at: Timestamp::now(),
        metadata: Arc::new(Metadata::new()),
        tags: Vec::new(),
        payload: payload.as_bytes().to_vec().into(),
    }
}

/// What a stored event is read as.
pub(crate) fn read<E: Event>(
    name: &str,
    version: u16,
    payload: &str,
) -> Result<Decoded<E>, DecodeError> {
    stored(name, version, payload).decode(&Json)
}

/// The one event that a stored event is read as.
pub(crate) fn one<E: Event>(name: &str, version: u16, payload: &str) -> E {
    match read(name, version, payload) {
        Ok(Decoded::One(event)) => event,
        Ok(Decoded::Many(_) | Decoded::Skipped(_)) => {
            panic!("`{name}` v{version} is not one event")
        }
        Err(error) => panic!("{error}"),
    }
}

/// What is stored for an event: name, version and JSON payload.
pub(crate) fn written<E: Event>(event: &E) -> (String, u16, String) {
    let new = eventsourcing::NewEvent::encode(event, &Json).unwrap();
    (
        new.event_type.to_string(),
        new.schema_version,
        String::from_utf8(new.payload.to_vec()).unwrap(),
    )
}

/// Writes an event and reads it again.
pub(crate) fn round_trip<E: Event>(event: &E) -> E {
    let (name, version, payload) = written(event);
    one(&name, version, &payload)
}
