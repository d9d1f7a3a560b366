//! Opening, closing, and what is found then.

use std::fs;
use std::path::Path;
use std::time::Instant;

use eventsourcing::{ProjectionStoreError, ReadModelError, ReadModels};
use eventsourcing_sled::{OpenError, SledRows, SledStore};

use super::{TEXTS, generation, text, write};
use crate::support::{LIMIT, Running, account, append, child, child_dir, commit, open_sled};

fn put_one(models: &ReadModels) {
    write(models, |tx| {
        tx.put(&TEXTS, &1, &"one".into()).expect("a row");
    });
}

#[test]
fn twice_on_one_path() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = SledRows::open(dir.path()).expect("read models");
    let started = Instant::now();
    let refused = SledRows::open(dir.path());
    assert!(
        matches!(refused, Err(OpenError::Locked { .. })),
        "{refused:?}"
    );
    assert!(started.elapsed() < LIMIT);
    let models = ReadModels::new(first);
    put_one(&models);
    assert_eq!(text(&models, 1).as_deref(), Some("one"));
    drop(models);
    SledRows::open(dir.path()).expect("they are closed");
}

/// Holds read models open until it is killed.
#[test]
fn holder() {
    let Some(dir) = child_dir() else { return };
    let rows = SledRows::open(dir).expect("read models");
    println!("holding \n");
    let _ = std::io::stdin().read_line(&mut String::new());
    drop(rows);
}

#[test]
fn twice_in_two_processes() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut command = child("read_models::opening::holder", dir.path());
    command.stdin(std::process::Stdio::piped());
    let mut holder = Running::start(command);
    holder.wait_for("holding");
    let refused = SledRows::open(dir.path());
    assert!(
        matches!(refused, Err(OpenError::Locked { .. })),
        "{refused:?}"
    );
    holder.kill();
    SledRows::open(dir.path()).expect("nobody has them");
}

#[test]
fn with_the_store_shared_and_closed_with_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    assert!(!dir.path().join("models").exists(), "nobody has asked");
    let models = store.read_models().expect("read models");
    let other = store.clone().read_models().expect("the same");
    put_one(&models);
    assert_eq!(text(&other, 1).as_deref(), Some("one"));
    let refused = SledRows::open(dir.path().join("models"));
    assert!(
        matches!(refused, Err(OpenError::Locked { .. })),
        "{refused:?}"
    );

    store.close();
    let view = models.view("texts");
    match view.and_then(|view| view.get(&TEXTS, &1)) {
        Err(ReadModelError::Store(ProjectionStoreError::Closed { generation })) => {
            assert_eq!(&*generation.projection, "texts");
        }
        other => panic!("{other:?}"),
    }
    let refused = store.read_models();
    assert!(
        matches!(refused, Err(OpenError::Closed { .. })),
        "{refused:?}"
    );
    drop(store);

    // Handles of the read models do not keep the store open.
    let store = SledStore::open(dir.path()).expect("a store");
    let models = store.read_models().expect("read models");
    assert_eq!(text(&models, 1).as_deref(), Some("one"));
    assert_eq!(store.stats().expect("figures").models_begun_anew, None);
    drop(store);
    let store = SledStore::open(dir.path()).expect("a store");
    assert_eq!(
        text(&store.read_models().expect("read models"), 1).as_deref(),
        Some("one")
    );
}

#[test]
fn they_are_in_no_backup_and_no_fault_of_the_store() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path().join("store")).expect("a store");
    append(&store, commit(&account(1), 3));
    put_one(&store.read_models().expect("read models"));
    assert!(store.verify().expect("a report").is_sound());
    let target = dir.path().join("backup");
    store.backup(&target).expect("a backup");
    assert!(!target.join("models").exists());
    SledStore::restore(&target, dir.path().join("restored")).expect("a store");
    let restored = SledStore::open(dir.path().join("restored")).expect("a store");
    let models = restored.read_models().expect("read models");
    assert!(models.generations().expect("generations").is_empty());
}

#[test]
fn what_is_something_else_is_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("thesis.txt"), "mine").expect("a file");
    match SledRows::open(dir.path()) {
        Err(OpenError::NotReadModels { found, .. }) => assert_eq!(found, "thesis.txt"),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 1);
    let store = dir.path().join("store");
    drop(SledStore::open(&store).expect("a store"));
    let refused = SledRows::open(&store);
    assert!(
        matches!(refused, Err(OpenError::NotReadModels { .. })),
        "{refused:?}"
    );
    let refused = SledRows::open(dir.path().join("thesis.txt"));
    assert!(
        matches!(refused, Err(OpenError::NotADirectory { .. })),
        "{refused:?}"
    );

    let models = dir.path().join("models");
    drop(SledRows::open(&models).expect("read models"));
    fs::write(
        models.join("MODELS"),
        "eventsourcing-sled read models\nformat 2\n",
    )
    .expect("a file");
    match SledRows::open(&models) {
        Err(OpenError::OtherFormat { found, .. }) => assert_eq!(found, "2"),
        other => panic!("{other:?}"),
    }
    assert!(models.join("rows").exists());
}

#[test]
fn an_interrupted_creation_is_taken_up() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("LOCK"), "").expect("a file");
    fs::write(dir.path().join("MODELS.new"), "eventsou").expect("a file");
    SledRows::open(dir.path()).expect("read models");
    assert!(!dir.path().join("MODELS.new").exists());
    drop(fs::write(dir.path().join("room.new"), "0000"));
    SledRows::open(dir.path()).expect("read models");
    assert!(!dir.path().join("room.new").exists());
}

/// Writes something, has it damaged while nobody has it open, and opens it again.
fn damaged(damage: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    append(&store, commit(&account(1), 3));
    write(&store.read_models().expect("read models"), |tx| {
        for key in 0..5_000 {
            tx.put(&TEXTS, &key, &format!("text {key}")).expect("a row");
        }
    });
    drop(store);
    damage(&dir.path().join("models/rows"));
    let store = SledStore::open(dir.path()).expect("events are not affected");
    let models = store.read_models().expect("begun anew");
    let reason = store.stats().expect("figures").models_begun_anew;
    assert!(reason.is_some());
    assert!(models.generations().expect("generations").is_empty());
    assert!(matches!(
        models.view("texts"),
        Err(ReadModelError::NotServed { .. })
    ));
    assert!(dir.path().join("models/rows.broken").exists());
    // It works, and stays.
    put_one(&models);
    drop(store);
    let store = SledStore::open(dir.path()).expect("a store");
    let models = store.read_models().expect("read models");
    assert_eq!(text(&models, 1).as_deref(), Some("one"));
    assert_eq!(store.stats().expect("figures").models_begun_anew, None);
}

#[test]
fn a_database_in_ruins_is_begun_anew() {
    damaged(|rows| {
        fs::write(rows.join("conf"), b"what is this?").expect("damage");
    });
}

/// What is met while it is open is remembered for when it is opened again.
#[test]
fn damage_that_is_met_later() {
    damaged(|rows| {
        fs::write(rows.with_file_name("DAMAGED"), "a row of a read model").expect("a note");
    });
}

/// Bytes of rows that cannot be, in a sound database.
#[test]
fn a_row_that_is_damaged_is_told_and_remembered() {
    let dir = tempfile::tempdir().expect("a directory");
    let models = ReadModels::new(SledRows::open(dir.path()).expect("read models"));
    put_one(&models);
    drop(models);
    {
        let db = open_sled(&dir.path().join("rows"));
        for tree in db.tree_names() {
            let tree = db.open_tree(tree).expect("a tree");
            for row in tree.range([1, 1]..[1, 2]) {
                let (key, _) = row.expect("a row");
                tree.insert(key, &[9, 9]).expect("damage");
            }
        }
    }
    let open = || SledRows::open(dir.path()).expect("read models");
    let models = ReadModels::new(open());
    let view = models.view("texts").expect("a view");
    let error = view.get(&TEXTS, &1).expect_err("damage").to_string();
    assert!(
        error.contains("texts#1") && error.contains("rebuild"),
        "{error}"
    );
    drop((models, view));
    let rows = open();
    assert!(
        rows.begun_anew()
            .expect("begun anew")
            .contains("a row of a read model")
    );
    assert!(
        ReadModels::new(rows)
            .generations()
            .expect("generations")
            .is_empty()
    );
    assert_eq!(generation(1).to_string(), "texts#1");
}
