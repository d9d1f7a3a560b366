//! The history a scenario plays on: events go in as bytes and come out through the read path, as in a store.

use std::fmt::{Debug, Display};
use std::sync::Arc;

use bytes::Bytes;
use eventsourcing::{
    Aggregate, CommitId, Decoded, Event, Format, FormatId, Metadata, NewEvent, Position,
    RecordedEvent, StreamId, Timestamp, Version,
};

use super::diff::diff;
use crate::ManualClock;

/// A state and how far its stream has come.
pub(super) struct History<A, F> {
    pub(super) state: A,
    pub(super) format: F,
    pub(super) stream: StreamId,
    pub(super) version: Version,
    pub(super) now: Timestamp,
    pub(super) metadata: Metadata,
}

impl<A: Aggregate, F: Format> History<A, F> {
    #[track_caller]
    pub(super) fn new(format: F) -> Self {
        let stream = match StreamId::new(A::NAME, "scenario") {
            Ok(stream) => stream,
            Err(error) => panic!("the aggregate's name cannot name streams: {error}"),
        };
        Self {
            state: A::initial(),
            format,
            stream,
            version: Version::EMPTY,
            now: ManualClock::START,
            metadata: Metadata::new(),
        }
    }

    /// Records stored bytes and applies what they read as today.
    #[track_caller]
    pub(super) fn stored(&mut self, name: &str, version: u16, format: FormatId, payload: Bytes) {
        let decoded = self.decode(stored(name, version, format, payload));
        decoded.for_each(|event| self.state.evolve(event));
    }

    /// Writes and reads a typed event, insists that it survives, and applies it.
    #[track_caller]
    pub(super) fn typed(&mut self, event: &A::Event)
    where
        A::Event: PartialEq + Debug,
    {
        let new = encode(event, &self.format);
        let payload = new.payload.clone();
        let read = self.decode(new).into_vec();
        survives(event, &read, &payload);
        for event in read {
            self.state.evolve(event);
        }
    }

    /// Records an event and applies it; returns what it is read as.
    #[track_caller]
    pub(super) fn record(&mut self, event: &A::Event) -> Vec<A::Event> {
        let recorded = self.next(encode(event, &self.format));
        let read = || read(&recorded, &self.format).into_vec();
        for event in read() {
            self.state.evolve(event);
        }
        read()
    }

    #[track_caller]
    fn decode(&mut self, new: NewEvent) -> Decoded<A::Event> {
        let recorded = self.next(new);
        read(&recorded, &self.format)
    }

    fn next(&mut self, new: NewEvent) -> RecordedEvent {
        self.version = self.version.next();
        let place = (&self.stream, self.version);
        recorded(new, place, self.now, &self.metadata)
    }
}

/// The value, or a panic with the error's text where the scenario called.
#[track_caller]
pub(super) fn unwrapped<T>(outcome: Result<T, impl Display>) -> T {
    match outcome {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// Reads an event as a repository does.
#[track_caller]
pub(super) fn read<E: Event>(recorded: &RecordedEvent, format: &impl Format) -> Decoded<E> {
    unwrapped(recorded.decode(format))
}

/// Writes an event.
#[track_caller]
pub(super) fn encode<E: Event>(event: &E, format: &impl Format) -> NewEvent {
    match NewEvent::encode(event, format) {
        Ok(new) => new,
        Err(error) => panic!("event `{}` cannot be written: {error}", name(event)),
    }
}

/// Insists that an event was read as it was written.
#[track_caller]
pub(super) fn survives<E: Event + PartialEq + Debug>(event: &E, read: &[E], payload: &[u8]) {
    assert!(
        read == std::slice::from_ref(event),
        "event `{}` does not come back as it was written (- written, + read):\n{}\nits payload is {}",
        name(event),
        diff(std::slice::from_ref(event), read),
        payload.escape_ascii(),
    );
}

fn name<E: Event>(event: &E) -> &str {
    match event.captured() {
        Some(unknown) => &unknown.event_type,
        None => E::TYPES[event.type_index()].name,
    }
}

/// An event as a store would give it back.
pub(super) fn recorded(
    new: NewEvent,
    (stream, version): (&StreamId, Version),
    now: Timestamp,
    metadata: &Metadata,
) -> RecordedEvent {
    RecordedEvent {
        position: Position::new(version.get()),
        stream: stream.clone(),
        version,
        commit_id: CommitId::from_key(&format!("given {version}")),
        commit_index: 0,
        commit_len: 1,
        event_type: new.event_type,
        schema_version: new.schema_version,
        readable_by: new.readable_by,
        format: new.format,
        recorded_at: now,
        metadata: Arc::new(metadata.clone()),
        tags: new.tags,
        payload: new.payload,
    }
}

/// An event in these bytes.
pub(super) fn stored(name: &str, version: u16, format: FormatId, payload: Bytes) -> NewEvent {
    NewEvent {
        event_type: name.into(),
        schema_version: version,
        readable_by: version,
        format,
        tags: Vec::new(),
        payload,
    }
}

/// A stream by its whole name.
#[track_caller]
pub(super) fn stream_named(name: &str) -> StreamId {
    unwrapped(name.parse())
}
