//! What a person is told of damage, and that doing as told helps.

use std::fs;
use std::path::Path;

use eventsourcing::{EventStore, Position, ReadError, RecordedEvent, StreamRange};
use eventsourcing_sled::{Fault, OpenError, Repair, SledStore, VerifyReport};
use tempfile::TempDir;

use crate::support::{account, block_on, check, fill, log, refused, segments, stream};

/// A closed store of several segments, and what is in it.
fn closed(commits: usize) -> (TempDir, Vec<RecordedEvent>) {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::builder()
        .segment_bytes(1 << 10)
        .open(dir.path())
        .expect("a store");
    fill(&store, commits);
    let events = log(&store).expect("the log");
    store.close();
    (dir, events)
}

fn verify_at(dir: &Path) -> VerifyReport {
    SledStore::verify_at(dir).expect("a report")
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

/// Does what the error says about FORMAT.
fn write_format(dir: &Path, error: &OpenError) {
    let Some(Repair::WriteFormat { store }) = error.repair() else {
        panic!("{error}");
    };
    let said = error.to_string();
    let lines = ["eventsourcing-sled", "format 2", &format!("store {store}")].map(|line| {
        assert!(said.contains(&format!("`{line}`")), "{said}");
        line.to_owned()
    });
    fs::write(dir.join("FORMAT"), lines.join("\n")).expect("writing");
}

#[test]
fn a_damaged_format_is_written_anew_as_told() {
    let (dir, events) = closed(20);
    let format = dir.path().join("FORMAT");
    let text = fs::read_to_string(&format).expect("FORMAT");
    let at = |part: &str| text.find(part).expect(part);
    let digit = |from: usize, by: u8| {
        let mut bytes = text.clone().into_bytes();
        bytes[from] = if bytes[from] == by { by + 1 } else { by };
        bytes
    };
    let cases: [(&str, Option<Vec<u8>>, &str); 9] = [
        ("missing", None, "it is missing"),
        (
            "empty",
            Some(Vec::new()),
            "it does not begin with `eventsourcing-sled`",
        ),
        (
            "another text",
            Some(b"something".to_vec()),
            "it does not begin with",
        ),
        ("no text", Some(vec![0xff; 40]), "it is no text"),
        (
            "the store",
            Some(digit(at("store ") + 6, b'1')),
            "its checksum is wrong",
        ),
        (
            "the time",
            Some(digit(at("created ") + 8, b'3')),
            "its checksum is wrong",
        ),
        (
            "the version",
            Some(digit(at("format ") + 7, b'3')),
            "its checksum is wrong",
        ),
        (
            "the checksum",
            Some(digit(at("checksum ") + 9, b'1')),
            "its checksum is wrong",
        ),
        (
            "its name",
            Some(digit(at("checksum "), b'x')),
            "a line that means nothing",
        ),
    ];
    for (what, bytes, reason) in cases {
        match bytes {
            None => fs::remove_file(&format).expect("removing"),
            Some(bytes) => fs::write(&format, bytes).expect("writing"),
        }
        let report = verify_at(dir.path());
        let [Fault::Format { repair, .. }] = &report.faults[..] else {
            panic!("{what}: {:?}", report.faults);
        };
        assert_eq!(report.events, 20, "{what}");
        let error = SledStore::open(dir.path()).expect_err(what);
        assert!(error.to_string().contains(reason), "{what}: {error}");
        assert!(
            error.to_string().contains("the log is untouched"),
            "{error}"
        );
        assert_eq!(error.repair(), Some(*repair), "{what}");
        write_format(dir.path(), &error);
        check(&SledStore::open(dir.path()).expect(what), &events);
        fs::write(&format, &text).expect("writing");
    }
}

#[test]
fn a_format_without_a_checksum_is_compared_with_the_log() {
    let (dir, events) = closed(20);
    let format = dir.path().join("FORMAT");
    let text = fs::read_to_string(&format).expect("FORMAT");
    let (old, _) = text.split_once("checksum").expect("a checksum");
    // As it was before there were checksums.
    fs::write(&format, old).expect("writing");
    check(&SledStore::open(dir.path()).expect("a store"), &events);
    let (other, _) = closed(0);
    let other = fs::read_to_string(other.path().join("FORMAT")).expect("FORMAT");
    let (other, _) = other.split_once("checksum").expect("a checksum");
    fs::write(&format, other).expect("writing");
    let error = SledStore::open(dir.path()).expect_err("another store's");
    assert!(
        error.to_string().contains("but the log is that of"),
        "{error}"
    );
    write_format(dir.path(), &error);
    check(&SledStore::open(dir.path()).expect("a store"), &events);
}

#[test]
fn a_log_that_is_gone_is_told_as_such() {
    type Breaking = fn(&Path);
    let cases: [(&str, Breaking); 3] = [
        (
            "the directory `log`, which holds all events, is missing",
            |dir| {
                fs::remove_dir_all(dir.join("log")).expect("removing");
            },
        ),
        ("has no segment file in it", |dir| {
            for file in segments(dir) {
                fs::remove_file(file).expect("removing");
            }
        }),
        (
            "the log is empty, but its index reaches to position 30",
            |dir| {
                let files = segments(dir);
                for file in &files[1..] {
                    fs::remove_file(file).expect("removing");
                }
                let header = fs::read(&files[0]).expect("a segment")[..64].to_vec();
                fs::write(&files[0], header).expect("writing");
            },
        ),
    ];
    for (words, breaking) in cases {
        let (dir, _) = closed(30);
        breaking(dir.path());
        let beside_index = || {
            let mut names = crate::support::entries(dir.path());
            names.retain(|name| !name.starts_with("index"));
            names
        };
        let left = beside_index();
        refused(dir.path(), 1, words);
        assert_eq!(beside_index(), left, "nothing is made anew");
        let error = SledStore::open(dir.path()).expect_err(words);
        assert_eq!(error.repair(), Some(Repair::RestoreBackup));
        // Without the index there would be an empty store, or none.
        assert!(!error.to_string().contains("delete"), "{error}");
        let report = verify_at(dir.path());
        for fault in &report.faults {
            assert_eq!(fault.repair(), Repair::RestoreBackup, "{fault}");
        }
        assert!(
            report.faults[0].reason().contains(words),
            "{:?}",
            report.faults
        );
        assert_eq!(report.damaged_streams.len(), 5, "{words}");
    }
}

#[test]
fn what_is_missing_is_told_with_the_name_of_its_file() {
    for gone in [0, 2] {
        let (dir, _) = closed(60);
        let files = segments(dir.path());
        let (from, to) = (first(&files[gone]), first(&files[gone + 1]) - 1);
        fs::remove_file(&files[gone]).expect("removing");
        let words =
            format!("positions {from} to {to} are lost: the segment file {from:020}.log is gone");
        refused(dir.path(), from, &words);
        let report = verify_at(dir.path());
        let [Fault::Log { position, reason }] = &report.faults[..] else {
            panic!("{:?}", report.faults);
        };
        assert_eq!(position.get(), from);
        assert!(reason.contains(&words), "{reason}");
    }
    // Cut short, within a frame.
    let (dir, _) = closed(60);
    let files = segments(dir.path());
    let (cut, next) = (&files[2], first(&files[3]));
    let bytes = fs::read(cut).expect("a segment");
    fs::write(cut, &bytes[..bytes.len() - 8]).expect("writing");
    let words = format!("position {} is lost: the segment file before", next - 1);
    refused(dir.path(), next - 1, &words);
}

#[test]
fn an_end_that_is_gone_is_given_up_as_told() {
    let (dir, events) = closed(60);
    let last = segments(dir.path()).pop().expect("a segment");
    let from = first(&last);
    fs::remove_file(&last).expect("removing");
    let error = SledStore::open(dir.path()).expect_err("the index knows");
    assert_eq!(error.repair(), Some(Repair::DeleteIndex));
    let said = error.to_string();
    assert!(
        said.contains(&format!("positions {from} to 60 are lost")),
        "{said}"
    );
    assert!(said.contains("delete the directory `index`"), "{said}");
    let report = verify_at(dir.path());
    let [fault @ Fault::End { .. }] = &report.faults[..] else {
        panic!("{:?}", report.faults);
    };
    assert_eq!(fault.repair(), Repair::DeleteIndex);
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    let left = usize::try_from(from).expect("small") - 1;
    check(
        &SledStore::open(dir.path()).expect("a store"),
        &events[..left],
    );
    // With damage elsewhere that would not help.
    let (dir, _) = closed(60);
    let files = segments(dir.path());
    fs::remove_file(&files[files.len() - 1]).expect("removing");
    flip(&files[1], 64 + 100);
    let repairs: Vec<_> = verify_at(dir.path())
        .faults
        .iter()
        .map(Fault::repair)
        .collect();
    assert_eq!(repairs, [Repair::RestoreBackup; 2]);
}

#[test]
fn streams_that_lack_events_are_named() {
    let (sound, events) = closed(60);
    let damaged = |dir: &Path| {
        let file = &segments(dir)[2];
        flip(file, 64 + 100);
        let at = usize::try_from(first(file)).expect("small");
        events[at - 1].stream.clone()
    };
    // By the index, and by the events that follow.
    for index in [true, false] {
        let dir = tempfile::tempdir().expect("a directory");
        crate::support::copy(sound.path(), dir.path());
        if !index {
            fs::remove_dir_all(dir.path().join("index")).expect("removing");
        }
        let stream = damaged(dir.path());
        assert_eq!(verify_at(dir.path()).damaged_streams, [stream]);
    }
    assert_eq!(verify_at(sound.path()).damaged_streams, []);
}

#[test]
fn what_can_be_read_of_a_damaged_store_is_read() {
    let (dir, events) = closed(60);
    let files = segments(dir.path());
    // The last segment is read when the store is opened; damage in front of its end is not cut.
    let end = &files[files.len() - 1];
    let lost = [first(&files[2]), first(end)];
    flip(&files[2], 64 + 100);
    flip(end, 64 + 100);
    SledStore::open(dir.path()).expect_err("damaged");
    let before = crate::support::entries(dir.path());
    let mut found = Vec::new();
    let report = SledStore::salvage(dir.path(), |event| found.push(event.clone()));
    let report = report.expect("a report");
    let whole = |event: &&RecordedEvent| !lost.contains(&event.position.get());
    let whole: Vec<_> = events.iter().filter(whole).cloned().collect();
    assert_eq!(found, whole);
    assert_eq!((report.events, report.indexed), (58, None));
    let positions: Vec<_> = report
        .faults
        .iter()
        .map(|fault| fault.position().get())
        .collect();
    assert_eq!(positions, lost);
    assert_eq!(
        crate::support::entries(dir.path()),
        before,
        "nothing is written"
    );
}

#[test]
fn a_reader_is_told_what_to_do() {
    let (dir, events) = closed(60);
    let file = &segments(dir.path())[2];
    let at = usize::try_from(first(file)).expect("small");
    flip(file, 64 + 100);
    let store = SledStore::open(dir.path()).expect("it is not the last segment");
    let own = &events[at - 1].stream;
    match block_on(store.read_stream(own, StreamRange::all())) {
        Err(ReadError::Corruption { position, reason }) => {
            assert_eq!(position, Position::new(at as u64));
            assert!(reason.contains("restore the latest backup"), "{reason}");
            assert!(
                reason.contains("what lies elsewhere can be read"),
                "{reason}"
            );
        }
        other => panic!("{other:?}"),
    }
    for id in (0..5).filter(|id| account(id) != *own) {
        stream(&store, &account(id)).expect("another stream");
    }
}

#[test]
fn no_store_is_made_where_none_was_meant() {
    let dir = tempfile::tempdir().expect("a directory");
    let open = |path: &Path| SledStore::builder().create_if_missing(false).open(path);
    for path in [dir.path().join("a/b.db"), dir.path().to_owned()] {
        match open(&path) {
            Err(error @ OpenError::NoStore { .. }) => {
                let said = format!("there is no store in {}", path.display());
                assert_eq!(error.to_string(), said);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(crate::support::entries(dir.path()), Vec::<String>::new());
    fs::write(dir.path().join("letter.txt"), "dear").expect("writing");
    assert!(matches!(open(dir.path()), Err(OpenError::NotAStore { .. })));
    let (there, events) = closed(10);
    check(&open(there.path()).expect("a store"), &events);
}
