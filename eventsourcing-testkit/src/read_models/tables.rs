//! The tables that are written, and how everybody reads them.

use eventsourcing::{Index, ReadModel, View, under};
use fastrand::Rng;

use super::oracle::Place;

pub(super) type Key = (String, i8);
pub(super) type Value = (String, i32);

/// Names, each row by one.
pub(super) const BY_NAME: Index<Key, Value, String> = Index::new("by_name", |_, row| row.0.clone());
/// Negative numbers only.
pub(super) const BELOW: Index<Key, Value, i32> =
    Index::partial("below", |_, row| (row.1 < 0).then_some(row.1));
/// Each letter of the name.
pub(super) const LETTERS: Index<Key, Value, (String, i8)> = Index::many("letters", |key, row| {
    let letters = row.0.chars().map(|letter| (letter.to_string(), key.1));
    letters.collect()
});
pub(super) const INDEXED: ReadModel<Key, Value> =
    ReadModel::new("indexed").indexed(&[&BY_NAME, &BELOW, &LETTERS]);
pub(super) const PLAIN: ReadModel<i64, Vec<u8>> = ReadModel::new("plain");

pub(super) fn name(rng: &mut Rng) -> String {
    let letters = ["", "a", "ab", "b", "a\0", "a\0\u{1}", "\u{ff}", "ä", "ba"];
    letters[rng.usize(..letters.len())].to_owned()
}

pub(super) fn key(rng: &mut Rng) -> Key {
    (name(rng), rng.i8(-2..=2))
}

/// Mostly small, sometimes larger than what an engine may keep in one piece.
pub(super) fn bytes(rng: &mut Rng) -> Vec<u8> {
    let length = match rng.u8(..10) {
        0 => rng.usize(1_300..1_500),
        1 => rng.usize(..6_000),
        _ => rng.usize(..10),
    };
    vec![rng.u8(..); length]
}

/// Compares what everybody reads with what there should be.
pub(super) fn compare(view: &View, place: &Place, at: &str) {
    let all: Vec<_> = view
        .range(&INDEXED, ..)
        .expect(at)
        .collect::<Result<_, _>>()
        .expect(at);
    let expected: Vec<_> = place.indexed.clone().into_iter().collect();
    assert_eq!(all, expected, "{at}");
    let count = view.count(&PLAIN, ..).expect(at);
    assert_eq!(count, place.plain.len() as u64, "{at}");
    for (key, value) in &place.plain {
        assert_eq!(
            view.get(&PLAIN, key).expect(at).as_ref(),
            Some(value),
            "{at}"
        );
    }
    for name in ["a", "a\0", "ab"].map(str::to_owned) {
        let found = view.by_index(&INDEXED, &BY_NAME, under(name.clone()));
        let found: Vec<_> = found.expect(at).collect::<Result<_, _>>().expect(at);
        let rows = expected.iter().filter(|(_, row)| row.0 == name).cloned();
        assert_eq!(found, rows.collect::<Vec<_>>(), "{at}");
    }
}
