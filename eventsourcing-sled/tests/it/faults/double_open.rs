//! A store is opened by several at once: one has it.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::Barrier;

use eventsourcing::{Commit, EventStore, ExpectedVersion, NewEvent, Tag};
use eventsourcing_sled::{OpenError, SledStore};
use eventsourcing_testkit::faults::{Tally, rounds};

use crate::support::{
    Running, account, append, block_on, check, child, child_dir, commit, event, fill, log,
    wait_until,
};

const RACERS: usize = 16;

/// All at once; the one that has it.
fn race(dir: &Path) -> SledStore {
    let start = Barrier::new(RACERS);
    let opened: Vec<_> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..RACERS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    SledStore::open(dir)
                })
            })
            .collect();
        let joined = racers
            .into_iter()
            .map(|racer| racer.join().expect("no panic"));
        joined.collect()
    });
    let (mut winners, others): (Vec<_>, Vec<_>) = opened.into_iter().partition(Result::is_ok);
    let told = others
        .iter()
        .all(|other| matches!(other, Err(OpenError::Locked { .. })));
    assert!(winners.len() == 1 && told, "{winners:?} {others:?}");
    winners.remove(0).expect("the winner")
}

#[test]
fn created_by_threads() {
    let mut tally = Tally::new("created by 16 threads at once");
    for _ in 0..rounds(20, 300) {
        let dir = tempfile::tempdir().expect("a directory");
        let store = race(dir.path());
        fill(&store, 3);
        drop(store);
        let store = SledStore::open(dir.path()).expect("a store");
        let events = log(&store).expect("the log").len();
        tally.round(3, 3_usize.abs_diff(events) as u64, || {
            format!("{events} of 3")
        });
    }
    tally.finish();
}

#[test]
fn raced_by_threads() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut tally = Tally::new("opened by 16 threads at once");
    for round in 0..rounds(10, 200) {
        let store = &race(dir.path());
        let events = log(store).expect("the log").len();
        tally.round(round as u64, round.abs_diff(events) as u64, || {
            format!("{events} of {round}")
        });
        append(store, commit(&account(1), 1));
    }
    tally.finish();
}

/// Tries to open the store, says what came of it, and holds it until it is killed.
#[test]
fn racer() {
    let Some(dir) = child_dir() else { return };
    // All are there before the first begins.
    std::io::stdin().read_exact(&mut [0]).expect("a start");
    match SledStore::open(dir) {
        Ok(store) => {
            append(&store, commit(&account(1), 1));
            println!("raced and won\n");
            std::thread::park();
        }
        Err(OpenError::Locked { .. }) => println!("raced and lost\n"),
        Err(error) => println!("raced and failed: {error}\n"),
    }
}

#[test]
fn raced_by_processes() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut tally = Tally::new("opened by 16 processes at once, the winner killed");
    for round in 0..rounds(2, 60) {
        let start = || {
            let mut racer = child("faults::double_open::racer", dir.path());
            racer.stdin(Stdio::piped());
            Running::start(racer)
        };
        let mut racers: Vec<_> = (0..RACERS).map(|_| start()).collect();
        for racer in &mut racers {
            racer.say("go");
        }
        let said: Vec<_> = racers
            .iter_mut()
            .map(|racer| racer.wait_for("raced and"))
            .collect();
        let count = |word: &str| said.iter().filter(|said| *said == word).count();
        assert_eq!((count("won"), count("lost")), (1, RACERS - 1), "{said:?}");
        // Nor can this process have it.
        let refused = SledStore::open(dir.path());
        assert!(
            matches!(refused, Err(OpenError::Locked { .. })),
            "{refused:?}"
        );
        for racer in &mut racers {
            racer.kill();
        }
        let store = SledStore::open(dir.path()).expect("the lock went with its holder");
        let events = log(&store).expect("the log").len();
        tally.round(
            round as u64 + 1,
            (round + 1).abs_diff(events) as u64,
            || format!("{events} instead of {}", round + 1),
        );
    }
    tally.finish();
}

#[test]
fn created_dropped_and_opened_in_turn() {
    let mut tally = Tally::new("created, written to and dropped by 4 threads in turn");
    for _ in 0..rounds(8, 40) {
        let dir = tempfile::tempdir().expect("a directory");
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let dir = &dir;
                scope.spawn(move || {
                    for _ in 0..3 {
                        append(&take_turn(dir.path()), commit(&account(writer), 1));
                    }
                });
            }
        });
        let store = SledStore::open(dir.path()).expect("a store");
        let events = log(&store).expect("the log").len();
        tally.round(12, 12_usize.abs_diff(events) as u64, || {
            format!("{events} of 12")
        });
    }
    tally.finish();
}

/// Opens the store as soon as nobody else has it.
fn take_turn(dir: &Path) -> SledStore {
    let mut store = None;
    wait_until("a turn", || match SledStore::open(dir) {
        Ok(opened) => {
            store = Some(opened);
            true
        }
        Err(OpenError::Locked { .. }) => false,
        Err(error) => panic!("{error}"),
    });
    store.expect("a store")
}

#[test]
fn two_stores_side_by_side() {
    let dirs: [_; 2] = std::array::from_fn(|_| tempfile::tempdir().expect("a directory"));
    let turns = rounds(4, 40);
    std::thread::scope(|scope| {
        for dir in &dirs {
            scope.spawn(move || {
                let store = SledStore::open(dir.path()).expect("a store");
                for _ in 0..turns {
                    fill(&store, 50);
                    store.rebuild_index().expect("rebuilding");
                    check(&store, &log(&store).expect("the log"));
                }
            });
        }
    });
    let mut tally = Tally::new("two stores in one process, each making its index anew");
    for dir in &dirs {
        let store = SledStore::open(dir.path()).expect("a store");
        let (events, acked) = (log(&store).expect("the log").len(), 50 * turns);
        assert!(store.verify().expect("a report").is_sound());
        tally.round(acked as u64, acked.abs_diff(events) as u64, || {
            format!("{events} of {acked}")
        });
    }
    tally.finish();
}

/// Writes to a store from four threads, so much that its index is flushed, and reads. How many events were acknowledged.
fn busy(store: &SledStore, commits: usize) -> usize {
    let tags: Vec<_> = (0..24)
        .map(|n| Tag::new(&format!("t:{n}")).expect("a tag"))
        .collect();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let tags = &tags;
                scope.spawn(move || {
                    let tagged = tags.iter().cloned().fold(event("{}"), NewEvent::with_tag);
                    for number in 0..commits {
                        let events = vec![tagged.clone(); 2000];
                        let commit = Commit::new();
                        append(
                            store,
                            commit.append(account(writer), ExpectedVersion::Any, events),
                        );
                        append(store, self::commit(&account(number % 7), 1));
                        let head = block_on(store.stream_head(&account(writer)));
                        assert!(head.expect("a head").is_some());
                    }
                    commits * 2001
                })
            })
            .collect();
        let counts = writers
            .into_iter()
            .map(|writer| writer.join().expect("no panic"));
        counts.sum()
    })
}

/// sled has locks that belong to the whole process: two stores must not be in each other's way.
#[test]
fn two_stores_in_one_process() {
    let mut tally = Tally::new("two stores in one process, both flushing their index");
    for _ in 0..rounds(1, 10) {
        let dirs = [(); 2].map(|()| tempfile::tempdir().expect("a directory"));
        let acknowledged = std::thread::scope(|scope| {
            let stores = dirs.each_ref().map(|dir| {
                scope.spawn(|| {
                    let store = SledStore::open(dir.path()).expect("a store");
                    let events = busy(&store, 6);
                    let indexed = || store.stats().expect("figures").indexed.get();
                    wait_until("a flush while it is open", || indexed() > 0);
                    events
                })
            });
            stores.map(|store| store.join().expect("no panic"))
        });
        for (dir, expected) in dirs.iter().zip(acknowledged) {
            let store = SledStore::open(dir.path()).expect("a store");
            assert!(store.verify().expect("a report").is_sound());
            let events = log(&store).expect("the log").len();
            let lost = expected.abs_diff(events) as u64;
            tally.round(expected as u64, lost, || format!("{events} of {expected}"));
        }
    }
    tally.finish();
}
