//! Who may open what.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsourcing_sled::{OpenError, SledStore};

use crate::support::{Running, account, append, child, child_dir, commit, fill, log, stream};

#[test]
fn open_once_in_a_process() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    assert!(matches!(
        SledStore::open(dir.path()),
        Err(OpenError::Locked { .. })
    ));
    fill(&store, 3);
    drop(store);
    let store = SledStore::open(dir.path()).expect("free again");
    assert_eq!(log(&store).expect("the log").len(), 3);
}

/// What the other process does.
#[test]
fn holder() {
    let Some(dir) = child_dir() else { return };
    let store = SledStore::open(dir).expect("a store");
    append(&store, commit(&account(1), 2));
    println!("holding it");
    std::thread::park();
}

#[test]
fn open_once_on_a_machine() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut other = Running::start(child("locking::holder", dir.path()));
    other.wait_for("holding");
    assert!(matches!(
        SledStore::open(dir.path()),
        Err(OpenError::Locked { .. })
    ));
    other.kill();
    let store = SledStore::open(dir.path()).expect("the lock went with its holder");
    assert_eq!(stream(&store, &account(1)).expect("a stream").len(), 2);
}

#[test]
fn closed_for_all_its_handles() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    let other = store.clone();
    fill(&store, 3);
    store.close();
    store.close();
    assert!(!other.is_open());
    let refused = crate::support::block_on(eventsourcing::EventStore::append(
        &other,
        commit(&account(0), 1),
    ));
    assert!(
        matches!(refused, Err(eventsourcing::AppendError::Unavailable { .. })),
        "{refused:?}"
    );
    let again = SledStore::open(dir.path()).expect("free again");
    fill(&again, 3);
    assert_eq!(log(&again).expect("the log").len(), 6);
}

#[test]
#[cfg(unix)]
fn without_its_lock_file_it_is_still_opened_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 3);
    for name in ["LOCK", "index"] {
        let path = dir.path().join(name);
        let removed = if path.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
        removed.expect("removing");
    }
    assert!(matches!(
        SledStore::open(dir.path()),
        Err(OpenError::Locked { .. })
    ));
    assert!(matches!(
        SledStore::verify_at(dir.path()),
        Err(OpenError::Locked { .. })
    ));
    drop(store);
    let store = SledStore::open(dir.path()).expect("free again");
    assert_eq!(log(&store).expect("the log").len(), 3);
}

#[test]
fn a_file_is_not_a_store() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("bank.db");
    fs::write(&path, "something").expect("writing");
    assert!(matches!(
        SledStore::open(&path),
        Err(OpenError::NotADirectory { .. })
    ));
    assert_eq!(fs::read(&path).expect("the file"), b"something");
}

#[test]
fn a_foreign_directory_is_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("letter.txt"), "dear").expect("writing");
    match SledStore::open(dir.path()) {
        Err(OpenError::NotAStore { found, .. }) => assert_eq!(found, "letter.txt"),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        fs::read_dir(dir.path()).expect("a directory").count(),
        1,
        "nothing was added"
    );
}

#[test]
fn somebody_elses_log_directory_is_left_alone() {
    let first = "log/00000000000000000001.log";
    let cases = [
        ("log/app.log", &b"a few lines"[..]),
        ("log/2024/letter.txt", b"dear"),
        ("log/app.new", b""),
        (first, &[7; 100]),
    ];
    for (name, text) in cases {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a directory");
        fs::write(&file, text).expect("writing");
        match SledStore::open(dir.path()) {
            Err(OpenError::NotAStore { found, .. }) => assert_eq!(found, "log"),
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(fs::read(&file).expect("the file"), text, "{name}");
        assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 1);
    }
}

/// Opens stores by a path that is relative to where it was then.
#[test]
fn wanderer() {
    let Some(dir) = child_dir() else { return };
    let open = || {
        let settings = SledStore::builder().segment_bytes(1 << 10);
        settings.open("bank.db").expect("a store")
    };
    for place in ["a", "b"] {
        fs::create_dir(dir.join(place)).expect("a directory");
        std::env::set_current_dir(dir.join(place)).expect("a working directory");
        fill(&open(), 12);
    }
    let store = open();
    std::env::set_current_dir(dir.join("a")).expect("a working directory");
    fill(&store, 40);
    store.rebuild_index().expect("rebuilding");
    assert!(store.verify().expect("a report").is_sound());
    println!("written \n");
}

#[test]
fn a_relative_path_is_that_of_when_it_was_opened() {
    let dir = tempfile::tempdir().expect("a directory");
    Running::start(child("locking::wanderer", dir.path())).wait_for("written");
    for (place, events) in [("a", 12), ("b", 52)] {
        let store = SledStore::open(dir.path().join(place).join("bank.db")).expect("a store");
        assert_eq!(log(&store).expect("the log").len(), events, "{place}");
        assert!(store.verify().expect("a report").is_sound());
    }
}

#[test]
fn a_log_that_has_lost_its_format_is_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 3);
    drop(store);
    fs::remove_file(dir.path().join("FORMAT")).expect("removing");
    assert!(matches!(
        SledStore::open(dir.path()),
        Err(OpenError::DamagedFormat { .. })
    ));
}

#[test]
fn another_format_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(SledStore::open(dir.path()).expect("a store"));
    let format = dir.path().join("FORMAT");
    let text = fs::read_to_string(&format).expect("FORMAT");
    let (lines, _) = text.split_once("checksum").expect("a checksum");
    let lines = lines.replace("format 2", "format 3");
    let checksum = crc32c::crc32c(lines.as_bytes());
    fs::write(&format, format!("{lines}checksum {checksum:08x}\n")).expect("writing");
    let error = SledStore::open(dir.path()).expect_err("it is of a later version");
    let told = "has format 3, this version reads up to 2: open it with the version that wrote it";
    assert!(error.to_string().contains(told), "{error}");
    assert!(matches!(error, OpenError::OtherFormat { .. }), "{error:?}");
    fs::write(&format, "something else").expect("writing");
    assert!(matches!(
        SledStore::open(dir.path()),
        Err(OpenError::DamagedFormat { .. })
    ));
}

#[test]
fn an_interrupted_creation_is_completed() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(SledStore::open(dir.path()).expect("a store"));
    // As it is before FORMAT is renamed into place.
    fs::rename(dir.path().join("FORMAT"), dir.path().join("FORMAT.new")).expect("renaming");
    fs::remove_dir_all(dir.path().join("index")).expect("removing");
    let store = SledStore::open(dir.path()).expect("a store");
    fill(&store, 2);
}

/// A power cut may leave a file as long as it was, with nothing in it.
#[test]
fn a_creation_that_lost_what_it_wrote_is_completed() {
    for name in ["checkpoints.new", "checkpoints"] {
        let dir = tempfile::tempdir().expect("a directory");
        drop(SledStore::open(dir.path()).expect("a store"));
        for file in ["FORMAT", "checkpoints"] {
            fs::remove_file(dir.path().join(file)).expect("removing");
        }
        fs::remove_dir_all(dir.path().join("index")).expect("removing");
        fs::write(dir.path().join(name), [0; 32]).expect("writing");
        let store = SledStore::open(dir.path()).expect("a store");
        fill(&store, 2);
    }
}

#[test]
fn nested_directories_are_created() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path().join("a/b/c.db")).expect("a store");
    fill(&store, 1);
}

/// A process that is being started has copies of all open files for a moment, also of those that are locked.
#[cfg(unix)]
#[test]
fn whoever_starts_processes_holds_nobody_up() {
    let dir = tempfile::tempdir().expect("a directory");
    let at = |name: &str| dir.path().join(name);
    let store = SledStore::open(at("store")).expect("a store");
    fill(&store, 3);
    drop(store);
    let once = || -> Result<(), Box<dyn std::error::Error>> {
        SledStore::verify_at(at("store"))?;
        let store = SledStore::open(at("store"))?;
        store.backup(at("backup"))?;
        drop(store);
        SledStore::restore(at("backup"), at("restored"))?;
        drop(SledStore::open(at("restored"))?);
        for name in ["backup", "restored"] {
            fs::remove_dir_all(at(name))?;
        }
        Ok(())
    };
    let stop = AtomicBool::new(false);
    let done: Result<(), _> = std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let ended = Command::new("true").status().expect("a process");
                    assert!(ended.success());
                }
            });
        }
        let done = (0..15).try_for_each(|_| once().map_err(|error| error.to_string()));
        stop.store(true, Ordering::Relaxed);
        done
    });
    done.expect("nobody else has it");
}
