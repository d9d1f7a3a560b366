//! Killed at any moment, the store has everything it acknowledged, and nothing by halves.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use eventsourcing_sled::{OpenError, SledStore};
use eventsourcing_testkit::faults::kill::{KillLoop, Ledger, Moment, say, work};
use eventsourcing_testkit::faults::rounds;
use tempfile::TempDir;

use crate::support::{child, child_dir, segments};

/// Longest time after a line until the kill: a group takes a few milliseconds, an index some hundred.
const JITTER: Duration = Duration::from_millis(300);

/// Rounds that one store goes through: each looks for everything from the beginning, so they get longer and longer.
const LIFE: usize = 25;

/// How the child seals its segments: with small ones, many kills meet one that is being made.
const SEGMENT: &str = "SLED_STORE_SEGMENT";
const SEED: &str = "SLED_STORE_SEED";

/// A child that works on the store in `dir`.
fn program(role: &str, dir: &Path, kills: &mut KillLoop) -> Command {
    let mut program = child(&format!("faults::kill::{role}"), dir);
    let segment = kills.rng().choice([1_u32 << 10, 16 << 10, 256 << 10]);
    program
        .env(SEGMENT, segment.expect("a size").to_string())
        .env(SEED, kills.rng().u64(..).to_string());
    program
}

/// The directory of a round: that of the round before it, or a new one after some rounds.
fn next_dir(round: usize, dir: TempDir, kills: &mut KillLoop) -> TempDir {
    if round == 0 || !round.is_multiple_of(LIFE) {
        return dir;
    }
    *kills.ledger() = Ledger::default();
    tempfile::tempdir().expect("a directory")
}

fn number(variable: &str) -> u64 {
    let text = std::env::var(variable).expect("it is set for a child");
    text.parse().expect("a number")
}

fn open() -> Option<SledStore> {
    let dir = child_dir()?;
    say("opening");
    let builder = SledStore::builder().segment_bytes(number(SEGMENT));
    let store = builder.open(dir).expect("a store");
    say("opened");
    Some(store)
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build();
    runtime.expect("a runtime").block_on(work);
}

/// Opens the store in the test itself.
fn reopen(dir: &Path) -> Result<SledStore, OpenError> {
    SledStore::open(dir)
}

/// What this store has besides: the log and its index agree, and nothing unfinished is left.
fn sound(store: &SledStore) -> Result<(), String> {
    let report = store.verify().map_err(|error| error.to_string())?;
    if report.is_sound() {
        Ok(())
    } else {
        Err(format!("{:?}", report.faults))
    }
}

/// Writes until it is killed.
#[test]
fn writer() {
    let Some(store) = open() else { return };
    run(work(store, number(SEED), usize::MAX, say));
}

#[test]
fn while_writing() {
    let mut dir = tempfile::tempdir().expect("a directory");
    let mut kills = KillLoop::new("killed while eight tasks write", 1);
    for round in 0..rounds(12, 200) {
        dir = next_dir(round, dir, &mut kills);
        let mut writer = program("writer", dir.path(), &mut kills);
        let moment = match round % 3 {
            0 => kills.moment("opened", 1, JITTER),
            1 => kills.moment("acked", 100, JITTER / 100),
            _ => kills.moment("acked", 300, Duration::ZERO),
        };
        kills.kill(&mut writer, moment);
        kills.check(reopen(dir.path()), sound);
    }
    kills.finish();
}

/// Opens the store, again and again.
#[test]
fn opener() {
    while let Some(store) = open() {
        store.close();
    }
}

#[test]
fn while_opening() {
    let mut dir = tempfile::tempdir().expect("a directory");
    let mut kills = KillLoop::new("killed while opening, with and without an index", 2);
    let mut took = JITTER;
    for round in 0..rounds(8, 200) {
        dir = next_dir(round, dir, &mut kills);
        // Something to recover: a tail that is not in the index, and zeros behind it.
        let mut writer = program("writer", dir.path(), &mut kills);
        let moment = kills.moment("acked", 60, JITTER / 100);
        kills.kill(&mut writer, moment);
        if round % 4 == 1 {
            fs::remove_dir_all(dir.path().join("index")).expect("removing the index");
        }
        if round % 4 == 3 {
            let file = fs::File::options()
                .write(true)
                .open(dir.path().join("index/db"));
            let file = file.expect("the index");
            let half = file.metadata().expect("its length").len() / 2;
            file.set_len(half).expect("cutting the index");
        }
        // One after the other, each finds what the one before it has left.
        for _ in 0..kills.rng().usize(1..4) {
            let mut opener = program("opener", dir.path(), &mut kills);
            let moment = kills.moment("opening", 1, took + took / 2);
            kills.kill(&mut opener, moment);
        }
        let started = Instant::now();
        let store = reopen(dir.path());
        took = started.elapsed();
        kills.check(store, sound);
    }
    kills.finish();
}

/// Writes a little and closes the store.
#[test]
fn closer() {
    let Some(store) = open() else { return };
    run(work(store.clone(), number(SEED), 12, say));
    say("closing");
    store.close();
    say("closed");
    // Until it is killed.
    loop {
        std::thread::park();
    }
}

#[test]
fn while_closing() {
    let mut dir = tempfile::tempdir().expect("a directory");
    let mut kills = KillLoop::new("killed while closing", 3);
    let (mut round, mut late, mut took) = (0, 0, JITTER / 10);
    while round < rounds(6, 100) {
        dir = next_dir(round, dir, &mut kills);
        let mut closer = program("closer", dir.path(), &mut kills);
        let moment = kills.moment("closing", 1, took);
        let printed = kills.kill(&mut closer, moment);
        if printed.iter().any(|line| line.contains("closed")) {
            // It was done by then: that is no round. What it acknowledged is looked for in the next.
            late += 1;
            assert!(late < 1000, "it is never killed while it closes");
            took = took * 3 / 4;
            continue;
        }
        took = (took * 5 / 4).min(JITTER);
        kills.check(reopen(dir.path()), sound);
        round += 1;
    }
    kills.finish();
}

/// Makes the index anew, over and over, while it is written to.
#[test]
fn rebuilder() {
    let Some(store) = open() else { return };
    let rebuilding = store.clone();
    std::thread::spawn(move || {
        loop {
            say("rebuilding");
            rebuilding.rebuild_index().expect("a new index");
        }
    });
    run(work(store, number(SEED), usize::MAX, say));
}

#[test]
fn while_rebuilding_the_index() {
    let mut dir = tempfile::tempdir().expect("a directory");
    let mut kills = KillLoop::new("killed while rebuilding the index", 4);
    for round in 0..rounds(6, 100) {
        dir = next_dir(round, dir, &mut kills);
        let mut rebuilder = program("rebuilder", dir.path(), &mut kills);
        let moment = kills.moment("rebuilding", 4, JITTER / 3);
        kills.kill(&mut rebuilder, moment);
        kills.check(reopen(dir.path()), sound);
    }
    kills.finish();
}

/// A store that had acknowledged before it wrote would look like this.
#[test]
fn a_lost_tail_is_noticed() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut kills = KillLoop::new("killed, and the end of the log thrown away", 5);
    let mut writer = program("writer", dir.path(), &mut kills);
    writer.env(SEGMENT, "67108864");
    kills.kill(&mut writer, Moment::after("acked", JITTER));
    let file = fs::File::options()
        .write(true)
        .open(&segments(dir.path())[0]);
    file.and_then(|file| file.set_len(1 << 12))
        .expect("cutting");
    kills.check(reopen(dir.path()), sound);
    kills.finish_control();
}
