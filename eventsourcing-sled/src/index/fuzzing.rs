//! The index's part in the bodies of the fuzz targets: what only the index sees.

use eventsourcing::CommitId;

use super::commits::{self, CommitPlace};
use super::engine::{Engine, EngineError};
use super::flush::Meta;
use super::keys::{Keys, ListKey};
use super::lists::{self, Entry};
use super::replay::replay;
use super::tail::{Point, Tail};
use super::types::Types;
use super::{IndexError, keys};
use crate::log::LogFiles;

/// Indexes a log in memory: it works, or the log is damaged.
pub(crate) fn index_of(files: &LogFiles, last: u64, end: u64) {
    let (address, first) = files.start();
    let start = Point {
        position: first - 1,
        address,
    };
    let mut tail = Tail::new(start, Types::default());
    let end = Point {
        position: last,
        address: end,
    };
    match replay(files, &Keys::default(), &mut tail, end, |_| Ok(())) {
        Ok(()) => assert_eq!(tail.end().position, last),
        Err(IndexError::Log(error)) => drop(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn decode_meta_again(row: &[u8]) {
    if let Some(meta) = Meta::decode(row) {
        assert_eq!(Meta::decode(&meta.encode()), Some(meta));
    }
}

pub(crate) fn decode_list_again(row: &[u8]) {
    let (mut entries, mut again) = (Vec::new(), Vec::new());
    if lists::unpack(row, &mut entries).is_ok() {
        assert!(entries.len() <= lists::BLOCK);
        assert!(entries.is_sorted_by(|a, b| a.position < b.position));
        let packed = lists::pack(&entries).expect("what was unpacked");
        lists::unpack(&packed, &mut again).expect("what was packed");
        assert_eq!(entries, again);
    }
}

pub(crate) fn decode_commits_again(row: &[u8]) {
    if let Ok(ids) = commits::unpack(row) {
        assert!(ids.len() <= commits::BLOCK);
        let again = commits::unpack(&commits::pack(&ids)).expect("what was packed");
        assert_eq!(ids, again);
    }
}

/// A row's key as an error shows it.
pub(crate) fn show_key(key: &[u8]) {
    if let Some(id) = keys::commits_from(key) {
        assert_eq!(keys::commits(id), key);
    }
    if let Ok(term) = std::str::from_utf8(key) {
        let keys = Keys::default();
        for list in [keys.stream(term), keys.tag(term), keys.event_type(term)] {
            assert_eq!(list.number_in(&list.row(5)), Some(5));
            assert!(list.row(0) < list.row(1) && !list.to_string().is_empty());
        }
    }
}

/// Reads a list in all ways, and adds to it: it works, or a row is damaged.
pub(crate) fn look_up(engine: &Engine, key: &ListKey, from: u64, to: u64) {
    if let Ok(Some((head, place))) = lists::stream_head(engine, key) {
        assert!(head > 0 && place.position > 0);
    }
    let mut entries = Vec::new();
    let most = from.saturating_add(1000).min(to);
    if lists::stream_entries(engine, key, from, most, &mut entries).is_ok() {
        assert!(entries.len() as u64 <= most.saturating_sub(from) + 1);
    }
    for position in [from, to] {
        let _ = lists::block_at(engine, key, position);
        let _ = lists::block_after(engine, key, position);
    }
    let new = Entry {
        position: to.max(1),
        address: from,
    };
    if lists::append(engine, key, &[new]).is_ok() {
        let block = lists::last_block(engine, key).expect("a block");
        assert!(block.is_some_and(|(_, entries)| entries.len() <= lists::BLOCK));
    }
    if lists::append_stream(engine, key, from, &[new]).is_ok() {
        let mut found = Vec::new();
        lists::stream_entries(engine, key, from, from, &mut found).expect("what was written");
        assert_eq!(found, [new]);
    }
}

/// Looks for a commit, and adds it: it works, or a row is damaged.
pub(crate) fn look_up_commit(engine: &Engine, id: CommitId) {
    let place = CommitPlace {
        first: 1,
        address: 64,
        count: 1,
    };
    if let Ok(Some(found)) = commits::find(engine, id) {
        assert!(found.first > 0 && found.count > 0);
    }
    match commits::insert(engine, &[(id, place)]) {
        // In a block that holds ids of others it may be out of order.
        Ok(()) => drop(commits::find(engine, id).expect("a block")),
        Err(EngineError::Row(_)) => {}
        Err(error) => panic!("{error}"),
    }
}
