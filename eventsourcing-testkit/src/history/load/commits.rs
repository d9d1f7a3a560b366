//! The events and streams that writers share.

use std::sync::Arc;

use eventsourcing::{ExpectedVersion, FormatId, NewEvent, StreamAppend, StreamId, Tag};
use fastrand::Rng;

use super::hot;

/// Few, so that writers meet.
pub(super) const STREAMS: usize = 24;

pub(super) fn stream(number: usize) -> StreamId {
    let category = if number.is_multiple_of(3) {
        "order"
    } else {
        "account"
    };
    StreamId::new(category, &number.to_string()).expect("a valid stream id")
}

pub(super) fn any_stream(rng: &mut Rng) -> StreamId {
    stream(rng.usize(..STREAMS))
}

pub(super) fn tag(name: &str, number: usize) -> Tag {
    Tag::new(&format!("{name}:{number}")).expect("a valid tag")
}

/// An event like no other.
pub(super) fn event(rng: &mut Rng) -> NewEvent {
    let name = ["load.begun", "load.moved", "load.ended"][rng.usize(..3)];
    let mut payload = vec![0; 16 + rng.usize(..48)];
    rng.fill(&mut payload);
    let schema_version = rng.u16(1..4);
    let mut event = NewEvent {
        event_type: Arc::from(name),
        schema_version,
        readable_by: rng.u16(1..=schema_version),
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: payload.into(),
    };
    if rng.usize(..4) == 0 {
        event.tags.push(hot());
    }
    event
}

pub(super) fn part(rng: &mut Rng, stream: StreamId, expected: ExpectedVersion) -> StreamAppend {
    let events = (0..rng.usize(1..4)).map(|_| event(rng)).collect();
    StreamAppend {
        stream,
        expected,
        events,
    }
}
