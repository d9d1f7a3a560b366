//! What somebody was told was done about a projection stays so, though the program ends at that moment and the rows have lost it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use eventsourcing::RepositoryExt;
use eventsourcing::{EventSourced, ProjectionRunner, ProjectionState, Projections, ReadModels};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::kill::{Moment, killed_at, say};

use super::bank::{Account, Deposit};
use super::models::{Entry, Keep, Kept};
use crate::support::{block_on, child, child_dir, copy};

const WHAT: &str = "SLED_STORE_DECISION";
const NAME: &str = Entry::NAME;

/// What the rows have kept of it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Left {
    /// What was written by then.
    AsItWas,
    /// Nothing of what was written since they were opened.
    Before,
    Nothing,
}

fn open(dir: &Path) -> (SledStore, Projections<ReadModels>) {
    let store = SledStore::open(dir).expect("a store");
    let models = store.read_models().expect("read models");
    let runner = ProjectionRunner::new(store.clone(), models).add(Keep::<Entry>::new());
    (store, runner.idle().expect("a runner"))
}

/// Decides something, is told that it is done, and is gone.
#[test]
fn program() {
    let Some(dir) = child_dir() else { return };
    let (_store, projections) = open(&dir);
    let decided = match std::env::var(WHAT).as_deref() {
        Ok("pause") => block_on(projections.pause(NAME, "ada")),
        Ok("resume") => block_on(projections.resume(NAME, "ada")),
        other => panic!("{other:?}"),
    };
    decided.expect("it is done");
    say("done");
    std::process::abort();
}

fn decide(dir: &Path, what: &str) {
    let mut program = child("faults::read_side::decided::program", dir);
    program.env(WHAT, what);
    killed_at(&mut program, Moment::after("done", Duration::ZERO));
}

fn deposit(store: &SledStore) {
    let accounts = EventSourced::<Account, _>::new(store.clone());
    let deposit = Deposit {
        account: 1,
        cents: 1,
        transfer: None,
    };
    block_on(accounts.execute(deposit)).expect("a deposit");
}

/// Events that it has handled.
fn applied(projections: &Projections<ReadModels>) -> u64 {
    let status = block_on(projections.status(NAME)).expect("a status");
    status.serving.map_or(0, |serving| serving.applied)
}

fn paused_by(projections: &Projections<ReadModels>) -> Option<String> {
    let status = block_on(projections.status(NAME)).expect("a status");
    match status.state {
        ProjectionState::Paused(paused) => Some(paused.actor),
        _ => None,
    }
}

fn survives(what: &str, left: Left) {
    let dir = tempfile::tempdir().expect("a directory");
    let (dir, models) = (dir.path(), dir.path().join("models"));
    let aside = tempfile::tempdir().expect("a directory");
    let (store, projections) = open(dir);
    deposit(&store);
    block_on(projections.catch_up()).expect("caught up");
    if what == "resume" {
        block_on(projections.pause(NAME, "bob")).expect("paused");
    }
    drop((store, projections));
    copy(&models, aside.path());

    decide(dir, what);
    if left != Left::AsItWas {
        fs::remove_dir_all(&models).expect("they are gone");
    }
    if left == Left::Before {
        copy(aside.path(), &models);
    }

    let (store, projections) = open(dir);
    let actor = (what == "pause").then_some("ada");
    let paused_by_whom = paused_by(&projections);
    assert_eq!(paused_by_whom.as_deref(), actor, "{what}, {left:?}");
    let before = applied(&projections);
    assert_eq!(before, u64::from(left != Left::Nothing), "{what}, {left:?}");
    deposit(&store);
    block_on(projections.catch_up()).expect("it says that it is paused, or goes on");
    if what == "pause" {
        assert!(paused_by(&projections).is_some(), "{left:?}");
        assert_eq!(applied(&projections), before, "{left:?}");
        block_on(projections.resume(NAME, "ada")).expect("it goes on");
        block_on(projections.catch_up()).expect("caught up");
    }
    assert_eq!(applied(&projections), 2, "{what}, {left:?}");
    let coverage = block_on(projections.verify(NAME)).expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
}

#[test]
fn it_stays_paused() {
    for left in [Left::AsItWas, Left::Before, Left::Nothing] {
        survives("pause", left);
    }
}

#[test]
fn it_goes_on() {
    for left in [Left::AsItWas, Left::Before, Left::Nothing] {
        survives("resume", left);
    }
}
