//! A backup that is interrupted: killed, out of room, in the way of somebody else.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use eventsourcing::{EventStore, RecordedEvent};
use eventsourcing_sled::{BackupError, Durability, SledStore};
use eventsourcing_testkit::faults::{Tally, rounds};

use super::{Place, open};
use crate::support::{
    Running, account, append, block_on, child, child_dir, commit, fill, log, wait_until,
};

#[test]
fn what_an_interruption_has_left_makes_way() {
    let place = Place::new();
    let store = place.store(100);
    let left = place.at("backup.unfinished");
    fs::create_dir_all(left.join("log")).expect("a directory");
    for name in ["LOCK", "BACKUP.new", "log/00000000000000000001.log"] {
        fs::write(left.join(name), "half").expect("writing");
    }
    store.backup(place.at("backup")).expect("a backup");
    assert_eq!(place.names(), ["backup", "store"]);
    // But nobody else's things.
    let left = place.at("other.unfinished");
    for name in ["notes", "log/notes", "log/mine/notes", "mine.new/notes"] {
        let notes = left.join(name);
        fs::create_dir_all(notes.parent().expect("a parent")).expect("a directory");
        fs::write(&notes, "something").expect("writing");
        let refused = store.backup(place.at("other"));
        let Err(BackupError::InTheWay { found, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert!(name.starts_with(&found), "{name}: {found}");
        assert!(notes.exists(), "{name}");
        fs::remove_dir_all(&left).expect("removing");
    }
    // Nor those of somebody who is at it.
    let left = place.at("third.unfinished");
    fs::create_dir_all(&left).expect("a directory");
    let lock = fs::File::create(left.join("LOCK")).expect("a file");
    lock.lock().expect("a lock");
    let refused = store.backup(place.at("third"));
    assert!(
        matches!(refused, Err(BackupError::InProgress { .. })),
        "{refused:?}"
    );
    assert!(left.exists());
}

/// Writes, and takes one backup after the other; says when each is begun and done.
#[test]
fn taker() {
    let Some(dir) = child_dir() else { return };
    let store = open(&dir.join("store"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                append(&store, commit(&account(1), 1));
            }
        });
        let head = || block_on(store.head()).expect("the head");
        for number in 0.. {
            println!("begun {number} {} ", head());
            let report = store.backup(dir.join(format!("backup-{number}")));
            println!("taken {number} {} ", report.expect("a backup").head);
        }
    });
}

#[test]
fn killed_while_one_is_taken() {
    let mut tally = Tally::new("kill -9 during a backup");
    let rounds = rounds(8, 200);
    for round in 0..rounds {
        let place = Place::new();
        place.store(300 + round % 5 * 100).close();
        let mut child = Running::start(child("backup::interrupted::taker", place.0.path()));
        let begun = format!("begun {}", round % 3);
        child.wait_for(&begun);
        std::thread::sleep(Duration::from_micros(round as u64 * 977 % 20_000));
        child.kill();
        let mut taken: HashMap<String, u64> = HashMap::new();
        for line in child.lines.by_ref().map_while(Result::ok) {
            if let Some((_, rest)) = line.split_once("taken ") {
                let mut words = rest.split(' ').map(str::to_owned);
                let (number, head) = (words.next(), words.next());
                let head = head.and_then(|head| head.parse().ok()).expect("a head");
                taken.insert(format!("backup-{}", number.expect("a number")), head);
            }
        }
        let store = open(&place.at("store"));
        let events = log(&store).expect("the log");
        let (mut checked, mut lost) = (0, 0);
        let names = place.names();
        for name in taken.keys() {
            assert!(names.contains(name), "round {round}: {name} was taken");
        }
        for name in names.iter().filter(|name| name.starts_with("backup-")) {
            if name.ends_with(".unfinished") {
                continue;
            }
            // Whether or not it was said: what has the name is whole.
            let target = place.at("restored");
            SledStore::restore(place.at(name), &target).expect("what has the name is whole");
            let restored = open(&target);
            let found = log(&restored).expect("the log");
            checked += found.len() as u64;
            lost += missing(&found, &events);
            if let Some(head) = taken.get(name) {
                assert_eq!(found.len() as u64, *head, "round {round}");
            }
            assert_eq!(restored.verify().expect("a report").faults, []);
            drop(restored);
            fs::remove_dir_all(target).expect("removing");
        }
        // The one that was interrupted is taken again under the same name.
        let interrupted = names
            .iter()
            .find_map(|name| name.strip_suffix(".unfinished"));
        let next = interrupted.unwrap_or("backup-new");
        let report = store.backup(place.at(next)).expect("a backup");
        assert_eq!(report.events, events.len() as u64);
        checked += report.events;
        assert!(
            !place
                .names()
                .iter()
                .any(|name| name.ends_with(".unfinished"))
        );
        tally.round(checked, lost, || format!("round {round}"));
    }
    assert_eq!(tally.rounds(), rounds as u64);
    tally.finish();
}

/// How many events of a prefix are not as they should be.
fn missing(found: &[RecordedEvent], events: &[RecordedEvent]) -> u64 {
    let same = found.iter().zip(events).take_while(|(a, b)| a == b).count();
    (found.len() - same) as u64
}

/// Takes a backup each time it is told to, and says what came of it.
#[test]
fn cramped() {
    let Some(dir) = child_dir() else { return };
    let store = SledStore::open(dir.join("store")).expect("a store");
    wait_until("writing the index", || {
        let stats = store.stats().expect("figures");
        stats.indexed.get() == stats.events
    });
    println!("ready ");
    for line in std::io::stdin().lines() {
        line.expect("a line");
        match store.backup(dir.join("backup")) {
            Ok(report) => println!("taken {} ", report.events),
            Err(BackupError::Full { .. }) => {
                assert_eq!(log(&store).expect("the log").len(), 200);
                println!("full ");
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_nothing_of_it() {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let place = Place::new();
    let store = SledStore::builder()
        .durability(Durability::None)
        .open(place.at("store"));
    let store = store.expect("a store");
    fill(&store, 200);
    drop(store);
    let plain = child("backup::interrupted::cramped", place.0.path());
    // Exceeding the size of a file is then an error, not a signal.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("SLED_STORE_CHILD", place.0.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = Running::start(command);
    child.wait_for("ready");
    let limit = |child: &Running, size: &str| {
        let mut prlimit = Command::new("prlimit");
        prlimit.args([
            &format!("--fsize={size}:"),
            "--pid",
            &child.id().to_string(),
        ]);
        let limited = prlimit
            .status()
            .expect("prlimit, of util-linux: install it");
        assert!(limited.success());
    };
    let mut input = child.input();
    for size in ["4096", "100", "1"] {
        limit(&child, size);
        writeln!(input, "again").expect("writing to the child");
        child.wait_for("full");
        assert_eq!(place.names(), ["store"], "{size}");
    }
    limit(&child, "unlimited");
    writeln!(input, "again").expect("writing to the child");
    assert_eq!(child.wait_for("taken"), "200");
    drop(input);
    SledStore::restore(place.at("backup"), place.at("restored")).expect("restored");
    assert_eq!(log(&open(&place.at("store"))).expect("the log").len(), 200);
}
