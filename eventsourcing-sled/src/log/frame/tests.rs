//! What goes into a frame comes out of it.

use bytes::Bytes;
use eventsourcing::{
    CausationId, Commit, CommitId, CorrelationId, ExpectedVersion, FormatId, Metadata, NewEvent,
    StreamId, Tag, Timestamp,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Body, Damage, Draft, Header, Place};

fn new_event() -> impl Strategy<Value = NewEvent> {
    let tags = vec("[a-z:ä ]{1,20}", 0..4);
    (
        "[a-z.é]{1,30}",
        (1_u16.., 0_u16..),
        any::<u8>(),
        tags,
        vec(any::<u8>(), 0..200),
    )
        .prop_map(
            |(name, (schema_version, older), format, tags, payload)| NewEvent {
                event_type: name.into(),
                schema_version,
                readable_by: schema_version.saturating_sub(older).max(1),
                format: FormatId::new(format),
                tags: tags
                    .iter()
                    .map(|tag| Tag::new(tag).expect("a tag"))
                    .collect(),
                payload: Bytes::from(payload),
            },
        )
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let id = || option::of(any::<u128>().prop_map(Uuid::from_u128));
    (
        id(),
        id(),
        option::of(".*"),
        btree_map(".{0,10}", ".{0,20}", 0..4),
    )
        .prop_map(|(correlation, causation, actor, headers)| Metadata {
            correlation_id: correlation.map(CorrelationId::from_uuid),
            causation_id: causation.map(CausationId::from_uuid),
            actor,
            headers,
        })
}

prop_compose! {
    fn commit()(
        id in any::<u128>(),
        parts in vec(vec(new_event(), 1..5), 1..4),
        metadata in metadata(),
    ) -> Commit {
        let commit = Commit::with_id(CommitId::from_uuid(Uuid::from_u128(id)));
        let parts = parts.into_iter().enumerate();
        parts.fold(commit.with_metadata(metadata), |commit, (part, events)| {
            let stream = StreamId::new("account", &format!("Ü {part}")).expect("a stream id");
            commit.append(stream, ExpectedVersion::Any, events)
        })
    }
}

fn place(first: u64) -> Place {
    Place {
        address: 4096,
        group_start: 1024,
        first,
        recorded_at: Timestamp::from_micros(-5),
    }
}

proptest! {
    #[test]
    fn round_trip(commit in commit(), first in 1..u64::MAX / 2, versions in vec(0..u64::MAX / 2, 4)) {
        let mut draft = Draft::encode(&commit).expect("it fits");
        prop_assert!(draft.len() <= Draft::most_bytes(&commit));
        for (part, _) in commit.streams.iter().enumerate() {
            draft.set_version(part, versions[part]);
        }
        draft.place(&place(first));
        let bytes = draft.into_bytes();
        let header = Header::check(&bytes, 4096).expect("a whole frame");
        prop_assert_eq!(header.len, bytes.len());
        prop_assert_eq!(header.commit_id, commit.commit_id);
        prop_assert_eq!((header.first, header.group_start), (first, 1024));
        prop_assert_eq!(header.recorded_at, Timestamp::from_micros(-5));
        let metadata = Body::metadata(&bytes, &header).expect("metadata").unwrap_or_default();
        prop_assert_eq!(&metadata, &commit.metadata);
        let mut types = Vec::new();
        let mut body = Body::new(&bytes, &header, &mut types).expect("a body");
        let mut index = 0;
        for (part, stream) in commit.streams.iter().enumerate() {
            for (nth, event) in (1..).zip(&stream.events) {
                let raw = body.next().expect("sound").expect("an event");
                prop_assert_eq!((raw.index, raw.part), (index, part));
                prop_assert_eq!(raw.stream, stream.stream.as_str().as_bytes());
                prop_assert_eq!(raw.version, versions[part] + nth);
                prop_assert_eq!(raw.event_type, event.event_type.as_bytes());
                prop_assert_eq!(raw.schema_version, event.schema_version);
                prop_assert_eq!(raw.format, event.format);
                let tags: Vec<_> = event.tags.iter().map(Tag::as_str).collect();
                prop_assert_eq!(raw.tags().collect::<Vec<_>>(), tags);
                prop_assert_eq!(&bytes[raw.payload.clone()], &event.payload[..]);
                index += 1;
            }
        }
        prop_assert!(body.next().expect("sound").is_none());
    }

    #[test]
    fn every_flipped_bit_is_noticed(commit in commit(), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let mut draft = Draft::encode(&commit).expect("it fits");
        draft.place(&place(1));
        let mut bytes = draft.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        prop_assert!(Header::check(&bytes, 4096).is_err());
    }

    /// Bytes whose checksum happens to be right, whatever is in them, never make the reader panic.
    #[test]
    fn nonsense_is_refused(mut bytes in vec(any::<u8>(), 64..400)) {
        bytes.truncate(bytes.len() & !7);
        bytes[..4].copy_from_slice(b"ESCF");
        let len = u32::try_from(bytes.len()).expect("short");
        bytes[8..12].copy_from_slice(&len.to_le_bytes());
        bytes[12..16].copy_from_slice(&3_u32.to_le_bytes());
        bytes[60..62].copy_from_slice(&2_u16.to_le_bytes());
        bytes[62] &= 15;
        bytes[63] = 0;
        if let Ok(header) = Header::parse(&bytes) {
            let _ = Body::metadata(&bytes, &header);
            let mut types = Vec::new();
            if let Ok(mut body) = Body::new(&bytes, &header, &mut types) {
                while let Ok(Some(_)) = body.next() {}
            }
        }
    }
}

#[test]
fn a_frame_elsewhere_is_misplaced() {
    let event = NewEvent {
        event_type: "opened".into(),
        schema_version: 1,
        readable_by: 1,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: Bytes::new(),
    };
    let stream = StreamId::new("account", "1").expect("a stream id");
    let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
    let mut draft = Draft::encode(&commit).expect("it fits");
    draft.place(&place(1));
    assert_eq!(Header::check(draft.bytes(), 4104), Err(Damage::Misplaced));
    assert_eq!(
        Header::check(&draft.bytes()[..70], 4096),
        Err(Damage::CutOff)
    );
}
