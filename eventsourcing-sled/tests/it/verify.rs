//! `verify`: every fault by position, also in a store that cannot be opened, and repairs that repair.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsourcing::{EventStore, EventStoreExt, Filter, Position, RecordedEvent, Tag};
use eventsourcing_sled::{Durability, Fault, OpenError, SledStore, VerifyReport};
use tempfile::TempDir;

use crate::support::{
    account, append, block_on, check, commit, copy, fill, filtered, log, open_sled, segments,
    stream,
};

fn open(dir: &Path) -> SledStore {
    let settings = SledStore::builder()
        .segment_bytes(1 << 10)
        .durability(Durability::None);
    settings.open(dir).expect("a store")
}

/// A closed store of several segments, and what is in it.
fn closed(commits: usize) -> (TempDir, Vec<RecordedEvent>) {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    fill(&store, commits);
    let events = log(&store).expect("the log");
    store.close();
    (dir, events)
}

fn verify_at(dir: &Path) -> VerifyReport {
    SledStore::verify_at(dir).expect("a report")
}

/// Positions of the faults in the log; nothing else is wrong.
fn log_faults(report: &VerifyReport) -> Vec<u64> {
    let position = |fault: &Fault| match fault {
        Fault::Log { position, .. } | Fault::End { position, .. } => position.get(),
        other => panic!("{other}"),
    };
    report.faults.iter().map(position).collect()
}

/// The position that a segment begins with.
fn first(segment: &Path) -> u64 {
    let name = segment.file_stem().and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).expect("a name")
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).expect("a file");
    bytes[at] ^= 4;
    fs::write(file, bytes).expect("writing");
}

#[test]
fn a_sound_store_is_sound_open_or_closed() {
    let (dir, events) = closed(60);
    let report = verify_at(dir.path());
    assert_eq!(report.faults, []);
    assert_eq!((report.events, report.commits, report.streams), (60, 60, 5));
    assert_eq!(report.head, Position::new(60));
    assert_eq!(report.indexed, Some(Position::new(60)));
    let store = open(dir.path());
    assert_eq!(store.verify().expect("a report"), report);
    assert!(matches!(
        SledStore::verify_at(dir.path()),
        Err(OpenError::Locked { .. })
    ));
    check(&store, &events);
    drop(store);
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    let report = verify_at(dir.path());
    assert_eq!((report.faults.len(), report.indexed), (0, None));
    assert!(!dir.path().join("index").exists(), "it only looks");
}

#[test]
fn every_fault_is_reported_not_only_the_first() {
    let (dir, _) = closed(60);
    let segments = segments(dir.path());
    let mut damaged = Vec::new();
    for segment in segments[1..].iter().step_by(2) {
        // In the payload of its first frame.
        flip(segment, 64 + 100);
        damaged.push(first(segment));
    }
    assert!(damaged.len() > 2, "{damaged:?}");
    let report = verify_at(dir.path());
    assert_eq!(log_faults(&report), damaged);
    assert_eq!(report.events, 60 - damaged.len() as u64);
    let said = report.faults[0].to_string();
    let expected = format!("log fault at position {}: ", damaged[0]);
    assert!(said.starts_with(&expected), "{said}");
    let lost = format!("position {} is lost", damaged[0]);
    assert!(said.contains(&lost), "{said}");
}

#[test]
fn segments_that_are_missing_or_not_what_they_should_be() {
    type Breaking = fn(&[std::path::PathBuf]);
    // What is done, which segments are concerned, and whether their events are lost.
    let cases: [(&str, Breaking, &[usize], bool); 7] = [
        (
            "removed",
            |s| fs::remove_file(&s[2]).expect("removing"),
            &[2],
            true,
        ),
        (
            "first removed",
            |s| fs::remove_file(&s[0]).expect("removing"),
            &[0],
            true,
        ),
        ("header", |s| flip(&s[2], 20), &[2], false),
        ("magic", |s| flip(&s[0], 0), &[0], false),
        (
            "emptied",
            |s| fs::write(&s[2], b"").expect("writing"),
            &[2, 2],
            true,
        ),
        (
            "too long",
            |s| {
                let bytes = fs::read(&s[2]).expect("a segment");
                fs::write(&s[2], [&bytes[..], &[7; 24]].concat()).expect("writing");
            },
            &[3],
            false,
        ),
        (
            "of another store",
            |s| {
                let (other, _) = closed(60);
                let theirs = segments(other.path())[2].clone();
                let (theirs, ours) = (fs::read(theirs), fs::read(&s[2]));
                let header = &theirs.expect("a segment")[..64];
                let bytes = [header, &ours.expect("a segment")[64..]].concat();
                fs::write(&s[2], bytes).expect("writing");
            },
            &[2, 2],
            true,
        ),
    ];
    for (name, breaking, concerned, lost) in cases {
        let (dir, _) = closed(60);
        let segments = segments(dir.path());
        breaking(&segments);
        let refused = SledStore::open(dir.path());
        assert!(
            matches!(refused, Err(OpenError::Corruption { .. })),
            "{name}"
        );
        let report = verify_at(dir.path());
        let wanted: Vec<_> = concerned
            .iter()
            .map(|index| first(&segments[*index]))
            .collect();
        assert_eq!(log_faults(&report), wanted, "{name}: {:?}", report.faults);
        let gone = if lost {
            first(&segments[concerned[0] + 1]) - first(&segments[concerned[0]])
        } else {
            0
        };
        assert_eq!(report.events, 60 - gone, "{name}");
        assert_eq!(report.head, Position::new(60), "{name}");
    }
}

#[test]
fn what_would_keep_it_from_opening_is_found_while_it_is_open() {
    type Breaking = fn(&Path);
    let cases: [(&str, Breaking); 5] = [
        ("header", |dir| flip(&segments(dir)[1], 20)),
        ("too long", |dir| {
            let file = &segments(dir)[1];
            let mut bytes = fs::read(file).expect("a file");
            bytes.extend(*b"garbage!");
            fs::write(file, bytes).expect("writing");
        }),
        ("removed", |dir| {
            fs::remove_file(&segments(dir)[1]).expect("removing");
        }),
        ("format", |dir| {
            fs::write(dir.join("FORMAT"), "x").expect("writing");
        }),
        ("no format", |dir| {
            fs::remove_file(dir.join("FORMAT")).expect("removing");
        }),
    ];
    for (what, breaking) in cases {
        let (dir, _) = closed(60);
        let store = open(dir.path());
        // Its files are open by now.
        log(&store).expect("the log");
        breaking(dir.path());
        let report = store.verify().expect("a report");
        assert!(!report.is_sound(), "{what}");
        drop(store);
        SledStore::open(dir.path()).expect_err(what);
    }
}

#[test]
fn what_somebody_else_holds_is_no_fault() {
    let (dir, _) = closed(20);
    let index = sled::Config::new().path(dir.path().join("index"));
    let held = index.open().expect("the index");
    match SledStore::verify_at(dir.path()) {
        Err(OpenError::Locked { path }) => assert_eq!(path, dir.path()),
        other => panic!("{other:?}"),
    }
    drop(held);
}

#[test]
fn the_end_of_the_log_is_missed_because_the_index_knows_it() {
    let (dir, _) = closed(60);
    let last = segments(dir.path()).pop().expect("a segment");
    fs::remove_file(&last).expect("removing");
    let report = verify_at(dir.path());
    assert_eq!(log_faults(&report), [first(&last)]);
    // Another copy of the log: it went another way.
    let (dir, _) = closed(0);
    let other = tempfile::tempdir().expect("a directory");
    copy(dir.path(), other.path());
    for dir in [&dir, &other] {
        fill(&open(dir.path()), 20);
    }
    fs::remove_dir_all(other.path().join("index")).expect("removing");
    copy(&dir.path().join("index"), &other.path().join("index"));
    let report = verify_at(other.path());
    assert!(
        report
            .faults
            .iter()
            .any(|fault| fault.reason().contains("another copy") && fault.position().get() == 20),
        "{:?}",
        report.faults
    );
}

#[test]
fn without_a_log_or_what_says_what_it_is() {
    let (dir, _) = closed(10);
    fs::remove_file(dir.path().join("FORMAT")).expect("removing");
    let report = verify_at(dir.path());
    assert_eq!(report.faults.len(), 1);
    assert_eq!(
        report.faults[0].to_string(),
        "format fault: the file FORMAT: it is missing"
    );
    assert_eq!(report.events, 10);
    fs::remove_dir_all(dir.path().join("log")).expect("removing");
    assert!(matches!(
        SledStore::verify_at(dir.path()),
        Err(OpenError::NotAStore { .. })
    ));
    let (dir, _) = closed(10);
    fs::remove_dir_all(dir.path().join("log")).expect("removing");
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    assert_eq!(log_faults(&verify_at(dir.path())), [1]);
    let nowhere = SledStore::verify_at(dir.path().join("nowhere"));
    assert!(matches!(nowhere, Err(OpenError::NoStore { .. })));
    let file = SledStore::verify_at(dir.path().join("FORMAT"));
    assert!(matches!(file, Err(OpenError::NotADirectory { .. })));
}

#[test]
fn what_a_crash_has_left_is_no_fault_and_stays() {
    let (dir, _) = closed(0);
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 10);
    let crashed = tempfile::tempdir().expect("a directory");
    copy(&dir.path().join("log"), &crashed.path().join("log"));
    for name in ["FORMAT", "checkpoints"] {
        fs::copy(dir.path().join(name), crashed.path().join(name)).expect("a copy");
    }
    let report = verify_at(crashed.path());
    assert_eq!((report.faults.len(), report.unfinished_bytes), (0, 0));
    let file = segments(crashed.path()).pop().expect("a segment");
    let whole = fs::read(&file).expect("a segment");
    let used = whole
        .iter()
        .rposition(|byte| *byte != 0)
        .expect("something")
        + 1;
    // Half of the last frame, and half of one that was to follow; room behind them.
    for (from, left) in [(used - 40, 0), (used.next_multiple_of(8), 50)] {
        let mut bytes = whole.clone();
        bytes[from..].fill(0);
        bytes[from..from + left].fill(0xab);
        fs::write(&file, &bytes).expect("writing");
        let report = verify_at(crashed.path());
        assert_eq!(report.faults, []);
        assert!(report.unfinished_bytes >= 50, "{report:?}");
        assert!(report.events >= 9, "{report:?}");
        assert_eq!(fs::read(&file).expect("a segment"), bytes, "nothing is cut");
    }
}

/// Changes one row of a closed store's index.
fn change_row(dir: &Path, table: &[u8], change: impl FnOnce(&mut Vec<u8>)) {
    let index = open_sled(&dir.join("index"));
    let row = index.scan_prefix(table).next();
    let (key, row) = row.expect("a row").expect("a row");
    let mut changed = row.to_vec();
    change(&mut changed);
    index.insert(key, changed).expect("a row");
    index.flush().expect("flushing");
}

/// Reads everything in every way, as far as rows of this table lead to it.
fn read_by(store: &SledStore, table: &[u8], events: &[RecordedEvent]) {
    let own: Vec<_> = events
        .iter()
        .filter(|event| event.stream == account(0))
        .cloned()
        .collect();
    match table {
        [3, 1] => assert_eq!(stream(store, &account(0)).expect("a stream"), own),
        [3, 2] => {
            let filter = Filter::all().category("account");
            assert_eq!(filtered(store, &filter).expect("a category"), events);
        }
        [3, 3] => {
            let filter = Filter::all().event_type("account.deposited");
            assert_eq!(filtered(store, &filter).expect("a type"), events);
        }
        [3, 4] => {
            let tag = Tag::new(&format!("of:{}", account(0))).expect("a tag");
            assert_eq!(
                filtered(store, &Filter::all().tag(tag)).expect("a tag"),
                own
            );
        }
        [3, 6] => {
            let after = Position::new(3);
            let page = block_on(store.read_all(after, &Filter::all(), 5)).expect("a page");
            assert_eq!(page.events, events[3..8]);
        }
        [9] => {
            for event in events {
                let found = block_on(store.find_commit(event.commit_id)).expect("a lookup");
                let found = found.expect("the commit").events;
                assert_eq!(found, std::slice::from_ref(event));
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_index_that_leads_astray_is_rebuilt_and_not_told_as_damage_in_the_log() {
    let tables: [&[u8]; 6] = [&[3, 1], &[3, 2], &[3, 3], &[3, 4], &[3, 6], &[9]];
    let (sound, events) = closed(600);
    for table in tables {
        for by in [8, 100] {
            let dir = tempfile::tempdir().expect("a directory");
            copy(sound.path(), dir.path());
            change_row(dir.path(), table, |row| match table {
                // The first commit's address: behind its id and position.
                [9] => row[17] = row[17].wrapping_add(by) & 0x7f,
                // The first entry's: behind its position.
                _ => row[1] = row[1].wrapping_add(by) & 0x7f,
            });
            let report = verify_at(dir.path());
            assert!(
                matches!(report.faults.first(), Some(Fault::Index { .. })),
                "{table:?}: {:?}",
                report.faults
            );
            let store = open(dir.path());
            read_by(&store, table, &events);
            let stats = store.stats().expect("figures");
            assert_eq!(stats.index_rebuilds, 1, "{table:?}, {by}");
            assert_eq!(store.verify().expect("a report").faults, []);
        }
    }
}

#[test]
fn a_commit_id_that_leads_to_another_commit_is_noticed() {
    let (dir, events) = closed(600);
    change_row(dir.path(), &[9], |row| {
        // The first id leads where the second does: both are as long.
        let end = 16 + 1 + 1 + 1;
        let second: Vec<_> = row[end + 16..].iter().take(8).copied().collect();
        let varint = |bytes: &[u8]| 1 + bytes.iter().take_while(|byte| **byte >= 0x80).count();
        let position = varint(&second);
        let address = varint(&second[position..]);
        row.splice(16..18, second[..position + address].iter().copied());
    });
    let store = open(dir.path());
    let found = block_on(store.find_commit(events[0].commit_id)).expect("a lookup");
    assert_eq!(found.expect("the commit").events, events[..1]);
    assert_eq!(store.stats().expect("figures").index_rebuilds, 1);
}

#[test]
fn what_the_index_has_beyond_the_log_is_found() {
    // A commit id, an entry of a list, a minute that the log does not have.
    let phantoms: [(&str, Vec<u8>, Vec<u8>); 3] = [
        (
            "commit id",
            [&[9][..], &[0xee; 16]].concat(),
            [&[0xee; 16][..], &[5, 64, 1]].concat(),
        ),
        (
            "tags",
            b"\x03\x04\x01x\0\0\0\0\0\0\0\x05".to_vec(),
            vec![5, 64],
        ),
        ("minutes", vec![8, 1, 2, 3, 4, 5, 6, 7, 8], vec![5, 64]),
    ];
    for (what, key, row) in phantoms {
        let (dir, events) = closed(60);
        let index = open_sled(&dir.path().join("index"));
        index.insert(key, row).expect("a row");
        drop(index);
        let report = verify_at(dir.path());
        let [Fault::Index { position, reason }] = &report.faults[..] else {
            panic!("{what}: {:?}", report.faults);
        };
        assert!(reason.contains(what), "{reason}");
        if what == "commit id" {
            assert_eq!(position.get(), 5);
        }
        let store = open(dir.path());
        assert_eq!(store.verify().expect("a report").faults, report.faults);
        store.rebuild_index().expect("rebuilding");
        assert_eq!(store.verify().expect("a report").faults, []);
        check(&store, &events);
    }
}

#[test]
fn an_index_that_cannot_be_opened_is_one_fault() {
    let (dir, _) = closed(60);
    let (other, _) = closed(10);
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    copy(&other.path().join("index"), &dir.path().join("index"));
    let report = verify_at(dir.path());
    assert_eq!(report.events, 60);
    let [Fault::Index { reason, .. }] = &report.faults[..] else {
        panic!("{:?}", report.faults);
    };
    assert!(reason.contains("another store"), "{reason}");
}

#[test]
fn the_index_is_compared_on_both_sides_of_damage() {
    let (dir, _) = closed(600);
    let segments = segments(dir.path());
    flip(&segments[10], 64 + 100);
    // An entry far behind the damage: the last one of a stream.
    let index = open_sled(&dir.path().join("index"));
    let row = index.scan_prefix([3, 1]).next_back();
    let (key, row) = row.expect("a row").expect("a row");
    let mut changed = row.to_vec();
    *changed.last_mut().expect("an entry") ^= 8;
    index.insert(key, changed).expect("a row");
    drop(index);
    let report = verify_at(dir.path());
    let [
        Fault::Log { position, .. },
        Fault::Index {
            reason,
            position: wrong,
        },
    ] = &report.faults[..]
    else {
        panic!("{:?}", report.faults);
    };
    assert_eq!(position.get(), first(&segments[10]));
    assert!(reason.contains("stream `account-4`"), "{reason}");
    assert_eq!(wrong.get(), 600);
}

/// Appends on another thread for as long as something is done.
fn while_appending<T>(store: &SledStore, done: impl FnOnce() -> T) -> (T, usize) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                append(store, commit(&account(count % 5), 1));
                count += 1;
            }
            count
        });
        let result = done();
        stop.store(true, Ordering::Relaxed);
        (result, writer.join().expect("the writer"))
    })
}

#[test]
fn while_it_is_written_to() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    fill(&store, 100);
    let ((), count) = while_appending(&store, || {
        for _ in 0..20 {
            assert_eq!(store.verify().expect("a report").faults, []);
        }
        for _ in 0..4 {
            store.rebuild_index().expect("rebuilding");
            assert_eq!(store.verify().expect("a report").faults, []);
        }
    });
    assert!(count > 0, "nothing was written meanwhile");
    let events = log(&store).expect("the log");
    assert_eq!(events.len(), 100 + count);
    check(&store, &events);
    assert_eq!(
        store.verify().expect("a report").events,
        events.len() as u64
    );
    assert_eq!(store.stats().expect("figures").index_rebuilds, 4);
}
