//! What an operator asks of a store: is it sound, a copy of it, a store from that copy.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{Place, copy};

fn bank() -> Place {
    let bank = Place::new();
    bank.ok(&["open", "1", "Ada"]);
    bank.ok(&["deposit", "1", "10"]);
    bank.ok(&["open", "2", "Ben"]);
    bank
}

fn log_file(bank: &Place, store: &str) -> PathBuf {
    let log = fs::read_dir(bank.path(store).join("log")).expect("a log");
    let mut files = log.map(|entry| entry.expect("an entry").path());
    files.next().expect("a file")
}

/// Changes a byte of a stored text.
fn damage(bank: &Place, store: &str, text: &[u8]) {
    let file = log_file(bank, store);
    let mut bytes = fs::read(&file).expect("the log");
    let place = bytes.windows(text.len()).position(|part| part == text);
    bytes[place.expect("the text")] ^= 1;
    fs::write(&file, bytes).expect("written");
}

#[test]
fn a_backup_and_the_store_made_of_it() {
    let bank = bank();
    let said = bank.ok(&["backup", "backups/monday"]);
    assert!(said.starts_with("backed up 3 events ("), "{said}");
    assert!(
        said.ends_with(" bytes) up to position 3 into backups/monday\n"),
        "{said}"
    );
    bank.ok(&["deposit", "1", "5"]);
    let verified = bank.ok(&["verify", "--store", "sled:backups/monday"]);
    assert_eq!(
        verified,
        "checked 3 events in 3 commits and 2 streams: 0 faults\n"
    );

    let said = bank.ok(&["restore", "backups/monday", "--store", "sled:restored.db"]);
    assert!(said.starts_with("restored 3 events ("), "{said}");
    assert!(
        said.ends_with(" up to position 3 into restored.db\n"),
        "{said}"
    );
    let restored = ["--store", "sled:restored.db"];
    let ask = |args: &[&str]| bank.json(&[args, &restored].concat());
    assert_eq!(ask(&["show", "1"])[0]["balance"], 1000);
    let expected = json!({ "events": 3, "commits": 3, "streams": 2, "faults": 0 });
    assert_eq!(ask(&["verify"]), [expected]);
    bank.ok(&[&["deposit", "1", "7"][..], &restored].concat());
    assert_eq!(ask(&["show", "1"])[0]["balance"], 1700);
    // Each goes its own way.
    assert_eq!(bank.json(&["show", "1"])[0]["balance"], 1500);
}

#[test]
fn backups_as_json() {
    let bank = bank();
    let said = &bank.json(&["backup", "b"])[0]["backed_up"];
    assert_eq!((&said["events"], &said["head"]), (&json!(3), &json!(3)));
    assert_eq!(
        (&said["into"], &said["checkpoints"]),
        (&json!("b"), &json!(0))
    );
    assert!(said["log_bytes"].as_u64() > Some(0), "{said}");
    let restore = ["restore", "b", "--store", "sled:new.db"];
    let restored = &bank.json(&restore)[0]["restored"];
    assert_eq!(restored["into"], "new.db");
    assert_eq!(restored["taken_at"], said["taken_at"]);
}

#[test]
fn nothing_is_overwritten() {
    let bank = bank();
    bank.ok(&["backup", "b"]);
    for (args, reason) in [
        (&["backup", "b"][..], "b is not empty"),
        (&["backup", "bank.db/b"], "overlap"),
        (&["backup", "bank.db"], "overlap"),
        (&["restore", "b"], "bank.db is not empty"),
        (
            &["restore", "bank.db", "--store", "sled:new.db"],
            "bank.db is no backup: it is a store",
        ),
        (
            &["restore", "nowhere", "--store", "sled:new.db"],
            "nowhere is no backup: there is nothing",
        ),
        (
            &["backup", "x", "--store", "memory:"],
            "nothing to back up in memory",
        ),
        (
            &["restore", "b", "--store", "memory:"],
            "nothing to restore in memory",
        ),
        (
            &["rebuild-index", "--store", "memory:"],
            "nothing to index in memory",
        ),
        (
            &["backup", "x", "--store", "sled:nowhere.db"],
            "nowhere.db; `open` or `import` makes one",
        ),
        (
            &["show", "1", "--store", "sled:b"],
            "b is a backup; restore it",
        ),
    ] {
        let line = bank.fails(args);
        assert!(line.contains(reason), "{args:?}: {line}");
    }
    assert!(!bank.path("new.db").exists());
    assert!(!bank.path("x").exists());
    bank.ok(&["verify"]);
    bank.ok(&["verify", "--store", "sled:b"]);
}

#[test]
fn verify_tells_every_fault_and_what_repairs_it() {
    let bank = bank();
    bank.ok(&["backup", "b"]);
    damage(&bank, "bank.db", b"Ada");
    damage(&bank, "bank.db", b"Ben");
    // It cannot even be opened.
    let line = bank.fails(&["show", "2"]);
    assert!(line.contains("damaged at position 1"), "{line}");
    let run = bank.run(&["verify"]);
    assert_eq!((run.code, run.error_line()), (1, "verify found 2 faults"));
    let lines: Vec<_> = run.out.lines().collect();
    assert!(lines[0].starts_with("log fault at position 1: "), "{run:?}");
    assert_eq!(
        lines[1],
        "  move the store away and `restore` the latest backup"
    );
    assert!(lines[2].starts_with("log fault at position 3: "), "{run:?}");
    assert_eq!(
        lines.last(),
        Some(&"checked 1 event in 1 commit and 1 stream: 2 faults")
    );
    let run = bank.run(&["verify", "--json"]);
    let lines = crate::support::json_lines(&run.out);
    assert_eq!(lines[0]["position"], 1);
    assert_eq!(
        (&lines[0]["fault"], &lines[1]["position"]),
        (&json!("log"), &json!(3))
    );
    // The repair that was named.
    fs::rename(bank.path("bank.db"), bank.path("broken.db")).expect("a rename");
    bank.ok(&["restore", "b"]);
    bank.ok(&["verify"]);
    assert_eq!(bank.json(&["show", "1"])[0]["balance"], 1000);
    // A backup that is damaged itself is refused.
    damage(&bank, "b", b"Ben");
    let line = bank.fails(&["restore", "b", "--store", "sled:new.db"]);
    assert!(
        line.contains("b is damaged: log fault at position 3"),
        "{line}"
    );
    assert_eq!(bank.run(&["verify", "--store", "sled:b"]).code, 1);
}

#[test]
fn an_index_fault_is_repaired_by_rebuilding() {
    let bank = bank();
    bank.ok(&["open", "3", "Cleo", "--store", "sled:other.db"]);
    fs::remove_dir_all(bank.path("bank.db/index")).expect("removed");
    copy(&bank.path("other.db/index"), &bank.path("bank.db/index"));
    let run = bank.run(&["verify"]);
    assert_eq!((run.code, run.error_line()), (1, "verify found 1 fault"));
    assert!(
        run.out.starts_with("index fault at position 1: "),
        "{run:?}"
    );
    assert!(run.out.contains("run `rebuild-index`"), "{run:?}");
    let said = bank.ok(&["rebuild-index"]);
    assert!(
        said.starts_with("rebuilt the index of 3 events ("),
        "{said}"
    );
    bank.ok(&["verify"]);
    let stats = bank.ok(&["stats"]);
    assert!(stats.contains("set aside"), "{stats}");
    assert!(bank.json(&["stats"])[0]["set_aside_bytes"].as_u64() > Some(0));
}
