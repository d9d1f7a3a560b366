//! The bodies, run on seeds, on what the store really writes, and on mutations of it.

use bytes::Bytes;
use eventsourcing::{
    CausationId, Commit, CommitId, CorrelationId, ExpectedVersion, FormatId, Metadata, NewEvent,
    StreamId, Tag, Timestamp,
};
use eventsourcing_tests::fuzz::rounds;
use uuid::Uuid;

use super::{FRAME, INDEX, ROWS, SEGMENT};
use crate::checkpoints;
use crate::log::frame::{Draft, Place};
use crate::log::put_varint;

fn event(name: &str, tags: &[&str], payload: &'static [u8]) -> NewEvent {
    NewEvent {
        event_type: name.into(),
        schema_version: 2,
        readable_by: 1,
        format: FormatId::JSON,
        tags: tags
            .iter()
            .map(|tag| Tag::new(tag).expect("a tag"))
            .collect(),
        payload: Bytes::from_static(payload),
    }
}

/// A frame as the store writes it, and the position behind it.
fn frame(number: u64, address: u64, group_start: u64, first: u64) -> (Vec<u8>, u64) {
    let id = Uuid::from_u64_pair(number, first);
    let stream = |id: &str| StreamId::new("account", id).expect("a stream id");
    let opened = event("account.opened", &["user:ada"], br#"{"owner":"Ada"}"#);
    let deposited = event("account.deposited", &[], br#"{"cents":2000}"#);
    let mut commit = Commit::with_id(CommitId::from_uuid(id)).append(
        stream("1"),
        ExpectedVersion::Any,
        vec![opened.clone(), deposited.clone()],
    );
    if number % 2 == 1 {
        let events = vec![deposited.clone(), opened, deposited];
        commit = commit
            .append(stream("2 \u{e4}"), ExpectedVersion::Any, events)
            .with_metadata(
                Metadata::new()
                    .with_actor("ada")
                    .with_correlation(CorrelationId::from_uuid(id))
                    .with_causation(CausationId::from_uuid(id))
                    .with_header("branch", "north")
                    .with_header("", ""),
            );
    }
    let mut draft = Draft::encode(&commit).expect("a frame");
    draft.place(&Place {
        address,
        group_start,
        first,
        recorded_at: Timestamp::from_micros(1_000_000),
    });
    let next = first + u64::from(draft.count());
    (draft.into_bytes(), next)
}

#[test]
fn frames() {
    let frames = (0..4).map(|number| frame(number, 64, 64, 1).0).collect();
    rounds(FRAME, frames, 100_000);
}

/// A segment's frames, three in a group.
fn segment(frames: u64) -> Vec<u8> {
    let (mut bytes, mut next, mut group) = (Vec::new(), 1, 64);
    for number in 0..frames {
        let address = 64 + bytes.len() as u64;
        if number % 3 == 0 {
            group = address;
        }
        let (frame, behind) = frame(number, address, group, next);
        bytes.extend_from_slice(&frame);
        next = behind;
    }
    bytes
}

#[test]
fn segments() {
    let mut examples = Vec::new();
    for frames in [0, 1, 2, 7] {
        for how in [0, 1] {
            let mut example = vec![how];
            example.extend(segment(frames));
            examples.push(example.clone());
            example.extend([0; 256]);
            examples.push(example);
        }
    }
    rounds(SEGMENT, examples, 10_000);
}

fn varints(kind: u8, numbers: &[u64]) -> Vec<u8> {
    let mut row = vec![kind];
    for number in numbers {
        put_varint(&mut row, *number);
    }
    row
}

#[test]
fn rows() {
    let id = [7_u8; 16];
    let meta = [&varints(0, &[1])[..], &id, &[9, 64], &id, &[0x40, 0x05]].concat();
    let ids = [&[2][..], &id, &[1, 64, 2], &[8; 16], &[3, 0x80, 0x01, 1]].concat();
    let snapshot = [
        &[4, 1, 9][..],
        &id,
        &[0; 8],
        &[1],
        &[4, 0, 0, 0],
        &[0; 4],
        b"{}{}",
    ]
    .concat();
    let checkpoint = [&[6, 1, 6][..], b"reader", &[100, 3]].concat();
    let lease = [&[6, 2, 4][..], b"work", &[3], &[1; 8], &[2], b"me"].concat();
    let file = [&[5][..], &checkpoints::example()].concat();
    let format = b"\x07eventsourcing-sled\nformat 2\nstore 0193a1b2-0000-7000-8000-000000000000\n";
    let examples = vec![
        meta,
        varints(1, &[1, 64, 2, 0, 1, 300]),
        ids,
        b"\x03account-1".to_vec(),
        snapshot,
        file,
        checkpoint,
        lease,
        format.to_vec(),
    ];
    rounds(ROWS, examples, 200_000);
}

/// Rows of a stream, of a tag and of commit ids, and what to look for.
fn index_rows() -> Vec<u8> {
    let mut input = vec![3];
    input.extend([&[0][..], &0_u64.to_le_bytes(), &[4, 1, 64, 1, 0]].concat());
    input.extend([&[1][..], &5_u64.to_le_bytes(), &[4, 5, 64, 2, 72]].concat());
    input.extend([&[2][..], &[0; 16], &[19], &[7; 16], &[1, 64, 2]].concat());
    input.extend([1_u64.to_le_bytes(), 5_u64.to_le_bytes()].concat());
    input
}

#[test]
fn indexes() {
    // The first input opens the database.
    (INDEX.1)(&[]);
    rounds(INDEX, vec![index_rows()], 1_000);
}
