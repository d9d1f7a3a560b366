//! The part of the checkpoints in the bodies of the fuzz targets.

use uuid::Uuid;

use super::found::parse;
use super::layout::image;
use super::record::{Entry, MAX_RECORD, Record};
use crate::log::Input;

/// What a fuzz target asks of a whole file: what was found in it is written and read as the same.
pub(crate) fn parse_again(bytes: &[u8]) {
    if let Ok(found) = parse(bytes, None) {
        let again = parse(&image(Uuid::nil(), &found.table), Some(Uuid::nil()));
        let again = again.expect("a file just written");
        assert!(again.is_sound() && again.table == found.table);
    }
}

/// A small file.
#[cfg(test)]
pub(crate) fn example() -> Vec<u8> {
    let checkpoint = eventsourcing::Checkpoint::default();
    let table = ["outbox", "reader"].map(|name| (name.to_owned(), checkpoint));
    image(Uuid::nil(), &table.into_iter().collect())
}

/// What a fuzz target asks of a record: what was decoded is written and read as the same. The bytes are a record's behind
/// its number.
pub(crate) fn decode_again(body: &[u8]) {
    let _ = Record::parse(body);
    if let Some(entry) = Entry::decode(&mut Input::new(body)) {
        let (number, record) = (7, entry.encode(7));
        let len = record.len();
        if len <= MAX_RECORD {
            assert_eq!(Record::parse(&record), Some(Record { number, entry, len }));
        }
    }
}
