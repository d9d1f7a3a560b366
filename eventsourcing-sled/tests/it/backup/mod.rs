//! Backups: a consistent cut while the store is written to; whole or not there; restored to the same events.

mod interrupted;
mod refused;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsourcing::{
    Checkpoint, CheckpointError, CheckpointStore, CommitId, EventStore, Filter, Position, ReadError,
};
use eventsourcing_sled::{BackupError, Durability, Fault, OpenError, SledStore};
use eventsourcing_testkit::faults::{Tally, rounds};
use tempfile::TempDir;

use crate::support::{account, append, block_on, check, commit, fill, log, segments, wait_until};

fn open(dir: &Path) -> SledStore {
    let settings = SledStore::builder().segment_bytes(4 << 10);
    settings.open(dir).expect("a store")
}

/// A place for a store, backups and restored stores.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A store of so many commits, open.
    fn store(&self, commits: usize) -> SledStore {
        let settings = SledStore::builder()
            .segment_bytes(4 << 10)
            .durability(Durability::None);
        let store = settings.open(self.at("store")).expect("a store");
        fill(&store, commits);
        store
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("a directory");
        let name = |entry: std::io::Result<fs::DirEntry>| {
            let name = entry.expect("an entry").file_name();
            name.into_string().expect("a name")
        };
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    }
}

fn checkpoint(position: u64, epoch: u64) -> Checkpoint {
    let position = Position::new(position);
    Checkpoint { position, epoch }
}

fn load(store: &SledStore, name: &str) -> Option<Checkpoint> {
    block_on(store.load_checkpoint(name)).expect("a checkpoint")
}

#[test]
fn restored_it_is_the_same_store() {
    let place = Place::new();
    let store = place.store(200);
    let names = ["outbox", "", "a b\n%ž", "x%20y"];
    for (name, number) in names.iter().zip(1..) {
        let stored = store.store_checkpoint(name, None, checkpoint(number * 10, number));
        block_on(stored).expect("a checkpoint");
    }
    let report = store.backup(place.at("backup")).expect("a backup");
    assert_eq!((report.events, report.checkpoints), (200, 4));
    assert_eq!(report.head, Position::new(200));
    let before = log(&store).expect("the log");
    fill(&store, 20);
    drop(store);
    assert_eq!(report.segments, segments(&place.at("backup")).len());
    let bytes: u64 = segments(&place.at("backup"))
        .iter()
        .map(|file| file.metadata().expect("a size").len())
        .sum();
    assert_eq!(report.bytes, bytes);
    let verified = SledStore::verify_at(place.at("backup")).expect("a report");
    assert_eq!((verified.faults, verified.events), (Vec::new(), 200));

    let restored = SledStore::restore(place.at("backup"), place.at("restored"));
    assert_eq!(restored.expect("restored"), report);
    assert_eq!(place.names(), ["backup", "restored", "store"]);
    let store = open(&place.at("restored"));
    check(&store, &before);
    assert_eq!(store.verify().expect("a report").faults, []);
    for (name, number) in names.iter().zip(1..) {
        assert_eq!(
            load(&store, name),
            Some(checkpoint(number * 10, number)),
            "{name}"
        );
    }
    // Taken over once: from then on they are the store's own.
    let moved = store.store_checkpoint("outbox", Some(checkpoint(10, 1)), checkpoint(150, 2));
    block_on(moved).expect("a checkpoint");
    fill(&store, 20);
    drop(store);
    let store = open(&place.at("restored"));
    assert_eq!(load(&store, "outbox"), Some(checkpoint(150, 2)));
    let events = log(&store).expect("the log");
    assert_eq!((events.len(), &events[..200]), (220, &before[..]));
    assert_eq!(store.verify().expect("a report").faults, []);
    // The backup is what it was.
    let verified = SledStore::verify_at(place.at("backup")).expect("a report");
    assert_eq!((verified.faults, verified.events), (Vec::new(), 200));
}

#[test]
fn of_an_empty_store() {
    let place = Place::new();
    let report = place.store(0).backup(place.at("backup")).expect("a backup");
    assert_eq!((report.events, report.segments), (0, 1));
    SledStore::restore(place.at("backup"), place.at("restored")).expect("restored");
    let store = open(&place.at("restored"));
    check(&store, &[]);
    fill(&store, 10);
    assert_eq!(store.verify().expect("a report").faults, []);
}

#[test]
fn what_lies_beyond_it_is_refused() {
    let place = Place::new();
    let store = place.store(50);
    store.backup(place.at("backup")).expect("a backup");
    fill(&store, 50);
    // A reader that keeps its place elsewhere: position, and id of the event there.
    let seen = log(&store).expect("the log")[79].clone();
    drop(store);
    SledStore::restore(place.at("backup"), place.at("restored")).expect("restored");
    let store = open(&place.at("restored"));
    let all = Filter::all();
    let beyond = block_on(store.read_all(seen.position, &all, 10));
    assert!(
        matches!(beyond, Err(ReadError::PositionBeyondHead { .. })),
        "{beyond:?}"
    );
    let saved = block_on(store.store_checkpoint("outbox", None, checkpoint(80, 1)));
    assert!(
        matches!(saved, Err(CheckpointError::BeyondHead { .. })),
        "{saved:?}"
    );
    // Once the store has grown again the position alone says nothing, but the id does.
    fill(&store, 50);
    let before = Position::new(seen.position.get() - 1);
    let page = block_on(store.read_all(before, &all, 1)).expect("a page");
    assert_eq!(page.events[0].position, seen.position);
    assert_ne!(page.events[0].event_id(), seen.event_id());
}

#[test]
fn while_eight_write() {
    let mut tally = Tally::new("backup while writing");
    // Stores of their own, for each backup is larger than the one before it.
    for _ in 0..rounds(1, 20) {
        backups_while_eight_write(&mut tally);
    }
    tally.finish();
}

/// Eight writers, and one who takes ten backups; everything acknowledged before a backup was begun is in it.
fn backups_while_eight_write(tally: &mut Tally) {
    let place = Place::new();
    let store = open(&place.at("store"));
    fill(&store, 20);
    let stop = AtomicBool::new(false);
    let acked: Mutex<Vec<(CommitId, Position)>> = Mutex::default();
    let taken: Vec<_> = std::thread::scope(|scope| {
        for writer in 0..8_u32 {
            let (store, stop, acked) = (&store, &stop, &acked);
            scope.spawn(move || {
                for number in 0_usize.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let committed = append(store, commit(&account(writer % 5), 1 + number % 3));
                    let receipt = committed.receipt;
                    let entry = (receipt.commit_id, receipt.last);
                    acked.lock().expect("sound").push(entry);
                }
            });
        }
        // Each backup has something to keep.
        wait_until("a commit", || !acked.lock().expect("sound").is_empty());
        let taken = (0..10)
            .map(|round| {
                let before = acked.lock().expect("sound").clone();
                let at = place.at(&format!("backup-{round}"));
                let report = store.backup(&at).expect("a backup");
                (at, report, before)
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        taken
    });
    let events = log(&store).expect("the log");
    for (round, (at, report, before)) in taken.into_iter().enumerate() {
        let target = place.at(&format!("restored-{round}"));
        SledStore::restore(&at, &target).expect("restored");
        let restored = open(&target);
        let cut = usize::try_from(report.events).expect("small");
        let found = log(&restored).expect("the log");
        assert_eq!(found.len(), cut, "round {round}");
        assert!(found == events[..cut], "round {round}: an exact prefix");
        let last = found.last().expect("events");
        assert_eq!(last.commit_index + 1, last.commit_len, "whole commits");
        let missed = before
            .iter()
            .filter(|(_, last)| *last > report.head)
            .count();
        tally.round(before.len() as u64, missed as u64, || {
            format!("round {round}")
        });
        assert_eq!(restored.verify().expect("a report").faults, []);
        append(&restored, commit(&account(1), 1));
        drop(restored);
        fs::remove_dir_all(&at).expect("removing");
        fs::remove_dir_all(&target).expect("removing");
    }
}

#[test]
fn only_into_a_place_of_its_own() {
    let place = Place::new();
    let store = place.store(20);
    fs::create_dir(place.at("used")).expect("a directory");
    fs::write(place.at("used/notes"), "something").expect("writing");
    fs::create_dir(place.at("empty")).expect("a directory");
    let to = |name: &str| store.backup(place.at(name));
    assert!(matches!(to("used"), Err(BackupError::NotEmpty { .. })));
    for inside in ["store", "store/backup", "store/../store/log/x", "."] {
        let refused = to(inside);
        assert!(
            matches!(refused, Err(BackupError::Overlaps { .. })),
            "{refused:?}"
        );
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(place.at("store"), place.at("link")).expect("a link");
        assert!(matches!(
            to("link/backup"),
            Err(BackupError::Overlaps { .. })
        ));
    }
    to("empty").expect("an empty directory will do");
    to("made/as/needed").expect("so will one that is not there yet");
    let again = to("empty");
    assert!(
        matches!(again, Err(BackupError::NotEmpty { .. })),
        "{again:?}"
    );

    let restore = |from: &str, to: &str| SledStore::restore(place.at(from), place.at(to));
    let refused = restore("empty", "used");
    assert!(
        matches!(refused, Err(BackupError::NotEmpty { .. })),
        "{refused:?}"
    );
    let refused = restore("empty", "store");
    assert!(
        matches!(refused, Err(BackupError::NotEmpty { .. })),
        "{refused:?}"
    );
    let refused = restore("empty", "empty/store");
    assert!(
        matches!(refused, Err(BackupError::Overlaps { .. })),
        "{refused:?}"
    );
    let refused = restore("used", "new");
    assert!(
        matches!(&refused, Err(BackupError::NotABackup { found, .. }) if found.contains("notes")),
        "{refused:?}"
    );
    let refused = restore("store", "new");
    assert!(
        matches!(refused, Err(BackupError::Open(OpenError::Locked { .. }))),
        "{refused:?}"
    );
    store.close();
    let refused = restore("store", "new");
    assert!(
        matches!(refused, Err(BackupError::NotABackup { .. })),
        "{refused:?}"
    );
    assert!(matches!(
        to("new"),
        Err(BackupError::Read(ReadError::Unavailable { .. }))
    ));
    assert!(!place.at("new").exists());
    assert_eq!(
        fs::read_to_string(place.at("used/notes")).expect("notes"),
        "something"
    );
    // A backup is no store, so that nobody changes it by opening it.
    let opened = SledStore::open(place.at("empty"));
    assert!(
        matches!(opened, Err(OpenError::IsBackup { .. })),
        "{opened:?}"
    );
}

#[test]
fn a_name_that_would_get_in_the_way_of_the_source_is_refused() {
    let place = Place::new();
    let store = SledStore::open(place.at("x.unfinished")).expect("a store");
    fill(&store, 5);
    let refused = store.backup(place.at("x"));
    assert!(
        matches!(refused, Err(BackupError::Overlaps { .. })),
        "{refused:?}"
    );
    store.backup(place.at("y.unfinished")).expect("a backup");
    let refused = SledStore::restore(place.at("y.unfinished"), place.at("y"));
    assert!(
        matches!(refused, Err(BackupError::Overlaps { .. })),
        "{refused:?}"
    );
    // Somebody else's store is in the way of another's backup.
    let other = place.store(5);
    store.close();
    let refused = other.backup(place.at("x"));
    assert!(
        matches!(refused, Err(BackupError::InTheWay { .. })),
        "{refused:?}"
    );
    assert_eq!(
        log(&open(&place.at("x.unfinished")))
            .expect("the log")
            .len(),
        5
    );
}

#[test]
fn a_damaged_store_does_not_become_a_backup() {
    let place = Place::new();
    let store = place.store(200);
    let file = segments(&place.at("store"))[2].clone();
    let mut bytes = fs::read(&file).expect("a segment");
    bytes[64 + 100] ^= 1;
    fs::write(&file, bytes).expect("writing");
    let first = file
        .file_stem()
        .and_then(|name| name.to_str())
        .expect("a name");
    let first: u64 = first.parse().expect("a name");
    match store.backup(place.at("backup")) {
        Err(BackupError::Damaged { faults, .. }) => {
            assert_eq!(faults[0].position(), Position::new(first));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(place.names(), ["store"]);
}

/// A file of a backup, and what to do to its bytes.
type Breaking = (PathBuf, Box<dyn Fn(&mut Vec<u8>)>);

#[test]
fn a_damaged_backup_is_refused_and_nothing_is_written() {
    let place = Place::new();
    let store = place.store(200);
    let stored = store.store_checkpoint("outbox", None, checkpoint(7, 1));
    block_on(stored).expect("a checkpoint");
    store.backup(place.at("sound")).expect("a backup");
    drop(store);
    let files = segments(&place.at("sound"));
    let name = |file: &Path| {
        file.strip_prefix(place.at("sound"))
            .expect("inside")
            .to_owned()
    };
    let mut cases: Vec<Breaking> = Vec::new();
    for file in [&files[0], &files[3], files.last().expect("a segment")] {
        let size = fs::metadata(file).expect("a size").len();
        let size = usize::try_from(size).expect("small");
        for at in (0..size).step_by((size / 24).max(1)) {
            cases.push((
                name(file),
                Box::new(move |bytes| bytes[at] ^= 1 << (at % 8)),
            ));
        }
        // Also where a frame ends: without what is in BACKUP that would look whole.
        for cut in [1, 8, 100, size / 2, size - 64] {
            cases.push((
                name(file),
                Box::new(move |bytes| bytes.truncate(bytes.len() - cut)),
            ));
        }
        cases.push((name(file), Box::new(|bytes| bytes.extend([7; 16]))));
    }
    let manifest = fs::read(place.at("sound/BACKUP")).expect("BACKUP");
    for at in (0..manifest.len()).step_by(5) {
        cases.push(("BACKUP".into(), Box::new(move |bytes| bytes[at] ^= 1)));
    }
    for cut in [1, 20, manifest.len()] {
        cases.push((
            "BACKUP".into(),
            Box::new(move |bytes| bytes.truncate(bytes.len() - cut)),
        ));
    }
    let count = cases.len();
    for (number, (file, breaking)) in cases.into_iter().enumerate() {
        let path = place.at("sound").join(&file);
        let whole = fs::read(&path).expect("a file");
        let mut bytes = whole.clone();
        breaking(&mut bytes);
        fs::write(&path, bytes).expect("writing");
        refused(&place, &format!("case {number}: {}", file.display()));
        fs::write(&path, whole).expect("writing");
    }
    assert!(count > 100, "{count} cases");
    for file in [
        &files[0],
        &files[3],
        files.last().expect("a segment"),
        &place.at("sound/BACKUP"),
    ] {
        fs::rename(file, place.at("elsewhere")).expect("a rename");
        refused(&place, &format!("without {}", file.display()));
        fs::rename(place.at("elsewhere"), file).expect("a rename");
    }
    SledStore::restore(place.at("sound"), place.at("restored")).expect("restored");
}

fn refused(place: &Place, case: &str) {
    match SledStore::restore(place.at("sound"), place.at("restored")) {
        Err(BackupError::Damaged { faults, .. }) => {
            assert!(
                matches!(faults[0], Fault::Log { .. } | Fault::Format { .. }),
                "{case}: {faults:?}"
            );
        }
        Err(BackupError::Open(OpenError::OtherFormat { .. })) => {}
        other => panic!("{case}: {other:?}"),
    }
    assert_eq!(
        place
            .names()
            .iter()
            .filter(|name| name.starts_with("restored"))
            .count(),
        0,
        "{case}"
    );
}
