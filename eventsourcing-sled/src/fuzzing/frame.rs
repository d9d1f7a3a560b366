//! One frame.

use bytes::Bytes;
use eventsourcing::{
    Commit, ExpectedVersion, Metadata, NewEvent, RecordedEvent, StreamAppend, StreamId,
};

use crate::index::{Keys, Postings};
use crate::log::frame::{Body, Draft, HEADER_LEN, Header, Place};
use crate::log::{Frame, seal};
use crate::store::{Decoder, Scratch};

pub(super) fn body(input: &[u8]) {
    look(input);
    let mut bytes = input.to_vec();
    bytes.truncate(bytes.len() & !7);
    let Some(address) = seal(&mut bytes) else {
        return;
    };
    let Ok(header) = Header::check(&bytes, address) else {
        return;
    };
    assert_eq!(header.len, bytes.len());
    let bytes = Bytes::from(bytes);
    let frame = Frame::alone(&header, &bytes);
    let Some(events) = decode(frame) else {
        return;
    };
    check_numbers(&header, &events);
    check_visits(frame, &events);
    check_postings(frame, &events);
    write_again(&header, &events);
}

/// What is read before a checksum has been looked at.
fn look(bytes: &[u8]) {
    if let Ok(len) = Header::frame_len(bytes) {
        assert!(bytes.len() >= HEADER_LEN && u32::try_from(len).is_ok());
    }
    let Ok(header) = Header::parse(bytes) else {
        return;
    };
    // A damaged frame is refused before this, but none of it may panic.
    let _ = Header::check(bytes, header.address);
    let _ = (header.last(), header.group_start);
    let _ = Body::metadata(bytes, &header);
    let mut types = Vec::new();
    if let Ok(mut body) = Body::new(bytes, &header, &mut types) {
        while let Ok(Some(event)) = body.next() {
            assert!(event.payload.end <= bytes.len());
        }
    }
}

fn decode(frame: Frame<'_>) -> Option<Vec<RecordedEvent>> {
    let mut events = Vec::new();
    Decoder::default()
        .decode(frame, &mut events, |_| true, |_| true)
        .ok()?;
    Some(events)
}

fn check_numbers(header: &Header, events: &[RecordedEvent]) {
    assert_eq!(events.len() as u64, u64::from(header.count));
    for (index, event) in (0_u32..).zip(events) {
        assert_eq!(event.position.get(), header.first + u64::from(index));
        assert_eq!(
            (event.commit_index, event.commit_len),
            (index, header.count)
        );
        assert!(event.version.get() > 0);
        assert_eq!(event.stream.as_str().parse(), Ok(event.stream.clone()));
    }
}

/// Shown where they lie, the events of the first stream are those that are handed out.
fn check_visits(frame: Frame<'_>, events: &[RecordedEvent]) {
    let stream = &events[0].stream;
    let expected: Vec<_> = events.iter().filter(|e| e.stream == *stream).collect();
    let (mut scratch, mut seen) = (Scratch::default(), 0);
    let visited = Decoder::default().visit(frame, stream, 0..u64::MAX, &mut scratch, |event| {
        assert_eq!(event, expected[seen]);
        seen += 1;
        std::ops::ControlFlow::Continue(())
    });
    assert!(visited.is_ok());
    let last = expected.iter().filter(|e| e.version.get() == u64::MAX);
    assert_eq!(seen + last.count(), expected.len());
}

fn check_postings(frame: Frame<'_>, events: &[RecordedEvent]) {
    let (postings, versions) = Postings::of_frame(&Keys::default(), frame, &mut Vec::new())
        .expect("postings of what can be decoded");
    assert_eq!(postings.streams.len(), versions.len());
    let counted: u64 = postings.streams.iter().map(|(_, n)| u64::from(*n)).sum();
    assert_eq!(counted, events.len() as u64);
    for (_, places) in &postings.lists {
        let places: Vec<_> = places.iter().collect();
        assert!(places.is_sorted_by(|a, b| a < b));
        assert!(
            places
                .last()
                .is_some_and(|last| (*last as usize) < events.len())
        );
    }
}

/// What was decoded, encoded and decoded again, is the same.
fn write_again(header: &Header, events: &[RecordedEvent]) {
    let (commit, versions) = commit_of(events);
    let mut draft = Draft::encode(&commit).expect("no more than there was");
    for (part, version) in versions.iter().enumerate() {
        draft.set_version(part, *version);
    }
    draft.place(&Place {
        address: header.address,
        group_start: header.group_start,
        first: header.first,
        recorded_at: header.recorded_at,
    });
    let bytes = Bytes::from(draft.into_bytes());
    let again = Header::check(&bytes, header.address).expect("a whole frame");
    assert_eq!(
        decode(Frame::alone(&again, &bytes)).as_deref(),
        Some(events)
    );
}

/// The commit that these events are, and the versions its streams had before.
fn commit_of(events: &[RecordedEvent]) -> (Commit, Vec<u64>) {
    let mut commit =
        Commit::with_id(events[0].commit_id).with_metadata(Metadata::clone(&events[0].metadata));
    let mut versions = Vec::new();
    let mut last: Option<(&StreamId, u64)> = None;
    for event in events {
        let before = event.version.get() - 1;
        if last != Some((&event.stream, before)) {
            versions.push(before);
            commit.streams.push(StreamAppend {
                stream: event.stream.clone(),
                expected: ExpectedVersion::Any,
                events: Vec::new(),
            });
        }
        last = Some((&event.stream, event.version.get()));
        if let Some(part) = commit.streams.last_mut() {
            part.events.push(NewEvent {
                event_type: event.event_type.clone(),
                schema_version: event.schema_version,
                readable_by: event.readable_by,
                format: event.format,
                tags: event.tags.clone(),
                payload: event.payload.clone(),
            });
        }
    }
    (commit, versions)
}
