//! A full disk: nothing half-written, readable all the while, and everything is there once there is room.

#![cfg(unix)]

use std::process::Command;

use eventsourcing::{AppendError, Commit, EventStore, ExpectedVersion};
use eventsourcing_sled::SledStore;

use crate::support::{
    Running, account, append, block_on, child, child_dir, commit, event, log, stream,
};

/// Appends until there is no room, then shows that the store is still good for reading.
#[test]
fn filler() {
    let Some(dir) = child_dir() else { return };
    let store = SledStore::open(dir).expect("a store");
    let mut acked = 0;
    let large = || {
        Commit::new().append(
            account(0),
            ExpectedVersion::Any,
            vec![event(vec![7; 10_000])],
        )
    };
    let error = loop {
        match block_on(store.append(large())) {
            Ok(_) => acked += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(error, AppendError::StorageFull { .. }),
        "{error:?}"
    );
    // What is there can be read; what does not fit is refused again and again.
    assert_eq!(log(&store).expect("the log").len(), acked);
    assert!(matches!(
        block_on(store.append(large())),
        Err(AppendError::StorageFull { .. })
    ));
    // Something smaller may still fit, and then it is kept.
    let mut small = 0;
    while block_on(store.append(commit(&account(1), 1))).is_ok() {
        small += 1;
    }
    assert_eq!(stream(&store, &account(1)).expect("a stream").len(), small);
    assert_eq!(store.stats().expect("figures").poisoned, None);
    println!("full {acked} {small}\n");
}

#[test]
fn no_room_for_the_log() {
    let dir = tempfile::tempdir().expect("a directory");
    // The store's files may have this many blocks of 512 bytes. sled's file is larger from the start.
    let plain = child("disk_full::filler", dir.path());
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -f 4096; exec \"$0\" \"$@\"")
        .arg(plain.get_program())
        .args(plain.get_args())
        .envs(
            plain
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        .stdout(std::process::Stdio::piped());
    let mut child = Running::start(limited);
    let said = child.wait_for("full ");
    let (acked, small) = said.split_once(' ').expect("two numbers");
    let (acked, small): (usize, usize) = (
        acked.parse().expect("a number"),
        small.parse().expect("a number"),
    );
    assert!(acked > 10, "{acked} commits before it was full");
    // Until it has closed the store.
    assert!(
        child
            .lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains("test result: ok"))
    );
    let store = SledStore::open(dir.path()).expect("a store");
    assert_eq!(log(&store).expect("the log").len(), acked + small);
    assert_eq!(stream(&store, &account(0)).expect("a stream").len(), acked);
    append(&store, commit(&account(0), 1));
    assert_eq!(log(&store).expect("the log").len(), acked + small + 1);
    assert!(store.verify().expect("a report").is_sound());
}
