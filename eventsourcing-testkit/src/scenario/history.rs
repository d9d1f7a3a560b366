//! The history a scenario plays on: events go in as bytes and come out through the read path, as in a store.

use std::fmt::Debug;
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
        let decoded = self.decode(NewEvent {
            event_type: Arc::from(name),
            schema_version: version,
            readable_by: version,
            format,
            tags: Vec::new(),
            payload,
        });
        decoded.for_each(|event| self.state.evolve(event));
    }

    /// Writes and reads a typed event, insists that it survives, and applies it.
    #[track_caller]
    pub(super) fn typed(&mut self, event: &A::Event)
    where
        A::Event: PartialEq + Debug,
    {
        let name = match event.captured() {
            Some(unknown) => &*unknown.event_type,
            None => A::Event::TYPES[event.type_index()].name,
        };
        let new = match NewEvent::encode(event, &self.format) {
            Ok(new) => new,
            Err(error) => panic!("event `{name}` cannot be written: {error}"),
        };
        let payload = new.payload.clone();
        let read = self.decode(new).into_vec();
        assert!(
            read.as_slice() == std::slice::from_ref(event),
            "event `{name}` does not come back as it was written (- written, + read):\n{}\nits payload is {}",
            diff(std::slice::from_ref(event), &read),
            payload.escape_ascii(),
        );
        for event in read {
            self.state.evolve(event);
        }
    }

    #[track_caller]
    fn decode(&mut self, new: NewEvent) -> Decoded<A::Event> {
        self.version = self.version.next();
        let recorded = RecordedEvent {
            position: Position::new(self.version.get()),
            stream: self.stream.clone(),
            version: self.version,
            commit_id: CommitId::from_key(&format!("given {}", self.version)),
            commit_index: 0,
            commit_len: 1,
            event_type: new.event_type,
            schema_version: new.schema_version,
            readable_by: new.readable_by,
            format: new.format,
            recorded_at: self.now,
            metadata: Arc::new(self.metadata.clone()),
            tags: new.tags,
            payload: new.payload,
        };
        match recorded.decode(&self.format) {
            Ok(decoded) => decoded,
            Err(error) => panic!("{error}"),
        }
    }
}
