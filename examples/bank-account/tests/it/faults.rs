//! What can be wrong with a store: one line says so, nothing is written, nothing panics.

use bytes::Bytes;
use eventsourcing::{Commit, EventStore, ExpectedVersion, Format, Json, NewEvent, StreamId};
use eventsourcing_sled::SledStore;

use crate::support::{Place, Run, deposits};

/// Appends one event as some other program might have.
pub(crate) fn plant(bank: &Place, stream: &str, name: &str, version: u16, payload: &'static [u8]) {
    let store = SledStore::open(bank.path("bank.db")).expect("a store");
    let stream: StreamId = stream.parse().expect("a stream id");
    let event = NewEvent {
        event_type: name.into(),
        schema_version: version,
        readable_by: version,
        format: Json::ID,
        tags: Vec::new(),
        payload: Bytes::from_static(payload),
    };
    let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(store.append(commit)).expect("appended");
    store.close();
}

/// Whatever is asked of account 1 fails with a line that holds `reason`; the other account and the log are as before.
fn unreadable(bank: &Place, reason: &str) {
    let events = bank.json(&["stats"])[0]["events"].clone();
    let asked: [&[&str]; 7] = [
        &["show", "1"],
        &["deposit", "1", "1"],
        &["withdraw", "1", "1"],
        &["transfer", "1", "2", "1"],
        &["transfer", "2", "1", "1"],
        &["close", "1"],
        &["open", "1", "Ada"],
    ];
    for args in asked {
        let line = bank.fails(args);
        assert!(
            line.contains(reason) && line.contains("account-1"),
            "{args:?}: {line}"
        );
    }
    for args in [&["list"][..], &["history", "1"]] {
        let run = bank.run(args);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.error_line().contains(reason), "{run:?}");
    }
    assert_eq!(bank.json(&["stats"])[0]["events"], events);
    bank.ok(&["show", "2"]);
}

fn two_accounts() -> Place {
    let bank = Place::new();
    bank.ok(&["open", "1", "Ada"]);
    bank.ok(&["deposit", "1", "10"]);
    bank.ok(&["open", "2", "Ben"]);
    bank.ok(&["deposit", "2", "10"]);
    bank
}

#[test]
fn events_from_the_future() {
    let bank = two_accounts();
    plant(&bank, "account-1", "account.opened", 4, b"{}");
    unreadable(&bank, "a newer program wrote it");
}

#[test]
fn events_nobody_knows() {
    let bank = two_accounts();
    plant(&bank, "account-1", "account.frozen", 1, b"{}");
    unreadable(&bank, "cannot read event `account.frozen` v1");
    let stats = bank.ok(&["stats"]);
    assert!(
        stats
            .contains("unreadable `account.frozen` v1 (category `account`, first at position 5): "),
        "{stats}"
    );
}

#[test]
fn payloads_that_cannot_be_read() {
    for payload in [
        &b"{\"amount\":"[..],
        b"{\"amount\":\"much\"}",
        b"\xff\xfe",
        b"",
    ] {
        let bank = two_accounts();
        plant(&bank, "account-1", "account.deposited", 2, payload);
        unreadable(&bank, "cannot read event `account.deposited` v2");
    }
}

#[test]
fn a_failed_upcast() {
    let bank = two_accounts();
    plant(
        &bank,
        "account-1",
        "account.opened",
        2,
        b"{\"owner\":\"X\",\"currency\":\"XXX\"}",
    );
    unreadable(&bank, "the bank keeps no accounts in `XXX`");
}

#[test]
fn other_categories_are_other_peoples() {
    let bank = two_accounts();
    plant(&bank, "order-1", "account.opened", 9, b"?");
    assert_eq!(bank.json(&["list"]).len(), 2);
    bank.ok(&["deposit", "1", "1"]);
}

#[test]
fn ids_that_name_nothing() {
    let bank = two_accounts();
    for (id, reason) in [
        ("", "the id in category `account` is empty"),
        ("a\nb", "the id \"a\\nb\" holds the control character '\\n'"),
        ("\u{7f}", "control character"),
        (
            &"x".repeat(500),
            "the stream id is 508 bytes long; the limit is 200",
        ),
    ] {
        for args in [
            &["show", id][..],
            &["history", id],
            &["deposit", id, "1"],
            &["open", id, "X"],
            &["transfer", "1", id, "1"],
        ] {
            let line = bank.fails(args);
            assert!(line.contains(reason), "{args:?}: {line}");
        }
    }
}

#[test]
fn a_store_that_is_not_there() {
    let bank = Place::new();
    for args in [
        &["show", "1"][..],
        &["history", "1"],
        &["list"],
        &["stats"],
        &["verify"],
        &["deposit", "1", "1"],
    ] {
        let line = bank.fails(args);
        assert!(line.starts_with("there is no store at "), "{line}");
        let rest = "bank.db; `open` or `import` makes one, `restore` one of a backup";
        assert!(line.ends_with(rest), "{line}");
    }
    assert!(!bank.path("bank.db").exists());
    // An empty folder is none either, and stays empty.
    std::fs::create_dir(bank.path("empty")).expect("a folder");
    for verb in ["list", "stats", "verify"] {
        let line = bank.fails(&[verb, "--store", "sled:empty"]);
        assert!(line.starts_with("there is no store at "), "{verb}: {line}");
    }
    let left = std::fs::read_dir(bank.path("empty")).expect("a folder");
    assert_eq!(left.count(), 0);
}

#[test]
fn a_path_that_is_no_store() {
    let bank = Place::new();
    bank.write("file", "something");
    std::fs::create_dir(bank.path("folder")).expect("a folder");
    bank.write("folder/notes.txt", "something");
    for (store, reason) in [
        ("sled:file", "is not a directory"),
        ("sled:folder", "neither empty nor a store"),
        ("sled:file/below", "cannot open the store: "),
    ] {
        for args in [
            &["open", "1", "Ada", "--store", store][..],
            &["list", "--store", store],
        ] {
            let run = bank.run(args);
            let line = run.failed();
            assert!(
                line.contains(reason) || line.contains("there is no store"),
                "{args:?}: {line}"
            );
        }
    }
    let left: Vec<_> = std::fs::read_dir(bank.path("folder"))
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 1, "something was written: {left:?}");
    assert_eq!(
        std::fs::read(bank.path("file")).expect("the file"),
        b"something"
    );
}

#[test]
fn a_store_that_is_open_already() {
    let bank = two_accounts();
    let held = SledStore::open(bank.path("bank.db")).expect("a store");
    for args in [&["show", "1"][..], &["deposit", "1", "1"], &["verify"]] {
        let line = bank.fails(args);
        assert!(line.contains("is open already"), "{line}");
    }
    held.close();
    bank.ok(&["show", "1"]);
}

/// A file system that takes no more: files may not grow beyond some size.
#[test]
#[cfg(unix)]
fn a_full_disk() {
    use std::process::{Command, Stdio};

    let bank = Place::new();
    bank.write("rows.csv", deposits(2_000, 50));
    let clean = bank.json(&["import", "rows.csv", "--store", "sled:clean.db"]);
    for blocks in [1, 16, 128, 400] {
        // Blocks of 512 bytes; without the signal, writing beyond the limit is an error like that of a full disk.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" import rows.csv");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_bank-account")])
            .current_dir(bank.path("."))
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let run = Run::from(output);
        assert_eq!(run.code, 1, "{blocks} blocks: {run:?}");
        run.error_line();
    }
    let after = bank.json(&["import", "rows.csv"]);
    assert_eq!(crate::import::totals(&after), crate::import::totals(&clean));
    bank.ok(&["verify"]);
}
