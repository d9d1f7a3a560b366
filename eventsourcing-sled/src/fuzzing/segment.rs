//! The last segment of a log.

use std::fs;
use std::path::Path;

use uuid::Uuid;

use super::directory::Directory;
use crate::index::index_of;
use crate::log::{
    self, LogError, LogReader, OpenLog, SegmentHeader, WriterOptions, decode_segment_header_again,
    seal,
};

const STORE: Uuid = Uuid::from_u128(7);
const OPTIONS: WriterOptions = WriterOptions {
    segment_bytes: 1 << 20,
    sync: true,
};

/// The first byte says whether to mend what looks like a frame, the rest is what follows the segment's header.
pub(super) fn body(input: &[u8]) {
    let Some((how, rest)) = input.split_first() else {
        return;
    };
    if let Some(header) = rest.first_chunk() {
        decode_segment_header_again(header);
    }
    let dir = Directory::new();
    let header = SegmentHeader {
        store: STORE,
        first: 1,
        base: 0,
        recorded_from: SegmentHeader::DAWN,
    };
    let path = header.create(dir.path()).expect("a segment");
    let mut bytes = fs::read(&path).expect("the segment");
    bytes.extend_from_slice(rest);
    if how & 1 == 1 {
        mend(&mut bytes);
    }
    fs::write(&path, &bytes).expect("writing");

    let opened = opened_in(dir.path());
    let left = fs::read(&path).expect("the segment");
    let open = match opened {
        Ok(open) => open,
        Err(LogError::Corrupt { position, .. }) => {
            assert!(position > 0);
            assert!(left == bytes, "what is refused must stay as it is");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let end = open.writer.end();
    assert_eq!(left.len() as u64, end);
    assert!(bytes.starts_with(&left), "opening only ever cuts");

    let mut reader = LogReader::new(&open.files, end);
    let (mut address, mut next) = (SegmentHeader::LEN, 1);
    while address < end {
        let frame = reader.frame(address, next, 1 << 20).expect("a whole frame");
        assert_eq!(frame.header.first, next);
        (address, next) = (frame.header.end(), frame.header.last() + 1);
    }
    assert_eq!(open.writer.next(), next);
    let found = reader
        .find(SegmentHeader::LEN, false, |_| true)
        .expect("reading");
    assert_eq!(found.map(|header| header.first), (next > 1).then_some(1));
    index_of(&open.files, next - 1, end);
    drop(open);

    let again = opened_in(dir.path()).expect("a log that was just opened");
    assert_eq!((again.writer.end(), again.writer.next()), (end, next));
}

fn opened_in(dir: &Path) -> Result<OpenLog, LogError> {
    log::find(dir, STORE)?.recover(OPTIONS)
}

/// Gives everything that looks like a frame the address where it is and the right checksum.
fn mend(bytes: &mut [u8]) {
    let mut at = 64;
    while at + 64 <= bytes.len() {
        let len =
            u32::from_le_bytes([bytes[at + 8], bytes[at + 9], bytes[at + 10], bytes[at + 11]]);
        let end = at.saturating_add(len as usize).min(bytes.len()) & !7;
        if !bytes[at..].starts_with(b"ESCF") || end < at + 64 {
            at += 8;
            continue;
        }
        bytes[at + 16..at + 24].copy_from_slice(&(at as u64).to_le_bytes());
        seal(&mut bytes[at..end]);
        at = end;
    }
}
