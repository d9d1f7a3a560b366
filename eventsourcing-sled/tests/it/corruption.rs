//! Damaged logs: reported with their position, never wrong data, never a silent cut.

use std::fs;

use eventsourcing::{Position, ReadError};
use eventsourcing_sled::{Fault, OpenError, SledStore};

use crate::support::{account, check, copy, fill, log, refused, segments, stream};

#[test]
fn a_flipped_bit_in_a_sealed_segment_is_reported_by_every_reader() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::builder()
        .segment_bytes(1 << 10)
        .open(dir.path())
        .expect("a store");
    fill(&store, 40);
    let before = log(&store).expect("the log");
    drop(store);
    let file = &segments(dir.path())[1];
    let whole = fs::read(file).expect("a segment");
    let first: u64 = file
        .file_stem()
        .and_then(|name| name.to_str()?.parse().ok())
        .expect("a name");
    // Somewhere in the segment's second frame, in its header and in its payload.
    let second = 64 + u32::from_le_bytes(whole[72..76].try_into().expect("a length")) as usize;
    for at in [second + 2, second + 9, second + 30, second + 100] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x04;
        fs::write(file, &bytes).expect("writing");
        let store = SledStore::open(dir.path()).expect("the index knows what is in there");
        let damaged = Position::new(first + 1);
        let is_it = |result: Result<_, ReadError>| match result {
            Err(ReadError::Corruption { position, .. }) => position == damaged,
            other => panic!("{other:?}"),
        };
        assert!(is_it(log(&store)), "the log, at {at}");
        let own = &before[usize::try_from(first).expect("small")].stream;
        assert!(is_it(stream(&store, own)), "the stream, at {at}");
        let report = store.verify().expect("a report");
        let positions: Vec<_> = report
            .faults
            .iter()
            .map(|fault| match fault {
                Fault::Log { position, .. } => *position,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(positions.first(), Some(&damaged));
        assert_eq!(report.events, 39, "everything else is whole");
        // What does not lie in the damaged frame can be read.
        let others: Vec<_> = before.iter().filter(|event| event.stream != *own).collect();
        for event in others {
            stream(&store, &event.stream).expect("another stream");
        }
    }
    fs::write(file, &whole).expect("writing");
    let store = SledStore::open(dir.path()).expect("a store");
    check(&store, &before);
    assert!(store.verify().expect("a report").is_sound());
}

#[test]
fn damage_that_the_index_would_have_to_be_built_from_is_corruption() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::builder()
        .segment_bytes(1 << 10)
        .open(dir.path())
        .expect("a store");
    fill(&store, 40);
    drop(store);
    fs::remove_dir_all(dir.path().join("index")).expect("removing the index");
    let file = &segments(dir.path())[1];
    let mut bytes = fs::read(file).expect("a segment");
    bytes[80] ^= 1;
    fs::write(file, bytes).expect("writing");
    assert!(matches!(
        SledStore::open(dir.path()),
        Err(OpenError::Corruption { .. })
    ));
}

#[test]
fn damage_in_front_of_the_last_commit_is_not_cut() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 10);
    drop(store);
    let file = &segments(dir.path())[0];
    let mut bytes = fs::read(file).expect("a segment");
    bytes[64 + 40] ^= 1;
    fs::write(file, &bytes).expect("writing");
    match SledStore::open(dir.path()) {
        Err(OpenError::Corruption { position, path, .. }) => {
            assert_eq!((position, path.as_path()), (Position::new(1), dir.path()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(file).expect("a segment"), bytes, "nothing was cut");
}

#[test]
fn a_torn_tail_is_cut_and_the_store_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 10);
    let before = log(&store).expect("the log");
    drop(store);
    let file = &segments(dir.path())[0];
    let whole = fs::read(file).expect("a segment");
    for cut in [1, 20, 100] {
        let torn = tempfile::tempdir().expect("a directory");
        copy(dir.path(), torn.path());
        let file = &segments(torn.path())[0];
        fs::write(file, [&whole[..whole.len() - cut], &[0xff; 50]].concat()).expect("writing");
        let damaged = fs::read(file).expect("a segment");
        // The index had the tenth, so it had been acknowledged.
        refused(
            torn.path(),
            10,
            "the log ends at position 9, but its index reaches to 10",
        );
        assert!(
            fs::read(file).expect("a segment") == damaged,
            "nothing was cut"
        );
        // Without an index nobody can tell it from a commit that was being written.
        fs::remove_dir_all(torn.path().join("index")).expect("removing");
        let store = SledStore::open(torn.path()).expect("a store");
        check(&store, &before[..9]);
        fill(&store, 6);
        assert_eq!(log(&store).expect("the log").len(), 15);
        assert_eq!(stream(&store, &account(0)).expect("a stream").len(), 4);
        assert!(store.verify().expect("a report").is_sound());
    }
}

#[test]
fn without_its_log_a_store_does_not_open() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 3);
    drop(store);
    fs::remove_file(&segments(dir.path())[0]).expect("removing");
    assert!(matches!(
        SledStore::open(dir.path()),
        Err(OpenError::Corruption { .. })
    ));
}
