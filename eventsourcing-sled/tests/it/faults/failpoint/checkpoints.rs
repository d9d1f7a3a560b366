//! System calls that fail, or at which the process dies, while checkpoints are stored and their file is written anew.

use std::collections::HashMap;

use eventsourcing::{Checkpoint, CheckpointError, CheckpointStore, Position, ReadError};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::{Tally, rounds};

use super::inject::{Fault, Said};
use crate::support::{block_on, child_dir, fill, log};

const EVENTS: usize = 60;

/// So long that the file is written anew every few checkpoints.
fn name(reader: u64) -> String {
    format!("{reader}-{}", "n".repeat(900))
}

fn at(position: u64) -> Checkpoint {
    let position = Position::new(position);
    Checkpoint { position, epoch: 1 }
}

/// Moves three readers on, step by step; where that is refused, once more.
#[test]
fn reader() {
    let Some(dir) = child_dir() else { return };
    let store = SledStore::open(dir).expect("a store");
    for step in 1..=EVENTS as u64 {
        let (reader, new) = (step % 3, at(step));
        let name = name(reader);
        for _ in 0..3 {
            let known = block_on(store.load_checkpoint(&name)).expect("a checkpoint");
            let before = known.is_none_or(|known| known.position < new.position);
            assert!(before, "what was refused is not there");
            println!("\n> trying {reader} {step}");
            match block_on(store.store_checkpoint(&name, known, new)) {
                Ok(()) => {
                    println!("\n> stored {reader} {step}");
                    break;
                }
                Err(CheckpointError::Store(ReadError::Unavailable { reason, .. })) => {
                    println!("\n> refused {reader} {step} {reason}");
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    println!("\n> end of it");
}

/// The last step of each reader in the lines that begin with a word.
fn last(said: &Said, word: &str) -> HashMap<u64, u64> {
    let steps = said.all(word).map(|line| {
        let mut numbers = line.split(' ').map_while(|word| word.parse().ok());
        (
            numbers.next().expect("a reader"),
            numbers.next().expect("a step"),
        )
    });
    steps.collect()
}

#[test]
fn any_call_may_fail() {
    let mut tally = Tally::new("a checkpoint's write, sync or rename fails, or is the last call");
    // Which call on which file, what becomes of it, and how often there is one.
    let cases = [
        ("fdatasync", "checkpoints", "error=EIO", 30),
        ("pwrite64", "checkpoints", "error=ENOSPC", 30),
        ("fsync", "checkpoints.new", "error=EIO", 4),
        ("rename", "checkpoints.new", "error=EIO", 4),
        ("fdatasync", "checkpoints", "signal=KILL", 30),
        ("rename", "checkpoints.new", "signal=KILL", 4),
    ];
    for round in 0..rounds(cases.len(), 120) {
        let (call, file, what, times) = cases[round % cases.len()];
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().canonicalize().expect("a path");
        let store = SledStore::open(&path).expect("a store");
        fill(&store, EVENTS);
        drop(store);
        let first = 1 + round / cases.len() * 7 % times;
        let fault = Fault {
            call,
            what,
            when: format!("{first}..{}", first + round % 2),
            only: vec![path.join(file)],
        };
        let said = fault.run("faults::failpoint::checkpoints::reader", &path);
        let killed = what.starts_with("signal");
        assert_eq!(
            said.count("end"),
            usize::from(!killed),
            "{fault:?}: {said:?}"
        );
        assert!(said.injected > 0 || killed, "{fault:?}");
        assert!(killed || said.count("refused") > 0, "{fault:?}: {said:?}");

        let store = SledStore::open(&path).expect("a store");
        let (tried, stored) = (last(&said, "trying"), last(&said, "stored"));
        let mut lost = 0;
        for reader in 0..3 {
            let found = block_on(store.load_checkpoint(&name(reader))).expect("a checkpoint");
            let found = found.map_or(0, |found| found.position.get());
            let step = |of: &HashMap<u64, u64>| of.get(&reader).copied().unwrap_or(0);
            // What was not acknowledged may be there.
            lost += u64::from(!(step(&stored)..=step(&tried)).contains(&found));
        }
        let sound = store.verify().expect("a report").is_sound();
        assert!(sound && log(&store).expect("the log").len() == EVENTS);
        let checked = EVENTS + stored.len();
        tally.round(checked as u64, lost, || format!("{fault:?}: {said:?}"));
    }
    tally.finish();
}
