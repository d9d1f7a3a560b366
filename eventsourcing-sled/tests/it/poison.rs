//! A write that fails in the middle of the night: the store says so, stops writing, goes on reading.

use std::fs;

use eventsourcing::{AppendError, EventStore};
use eventsourcing_sled::SledStore;

use crate::support::{account, append, block_on, check, commit, log};

#[test]
fn a_failed_write_poisons_the_handle_and_nothing_else() {
    let scratch = tempfile::tempdir().expect("a directory");
    let path = scratch.path().join("store");
    let open = || {
        let builder = SledStore::builder().segment_bytes(4096);
        builder.open(&path).expect("a store")
    };
    let store = open();
    append(&store, commit(&account(1), 1));

    // The next segment has no place to go.
    fs::rename(path.join("log"), scratch.path().join("elsewhere")).expect("a rename");
    let (refused, error) = (0..1000)
        .find_map(|_| {
            let commit = commit(&account(1), 1);
            let error = block_on(store.append(commit.clone())).err()?;
            Some((commit, error))
        })
        .expect("a segment of 4 KiB holds no thousand commits");
    assert!(matches!(error, AppendError::Poisoned { .. }), "{error}");
    assert!(
        error.to_string().contains("log"),
        "it names the file: {error}"
    );

    // Nor does it begin again by itself, once there is a place.
    fs::rename(scratch.path().join("elsewhere"), path.join("log")).expect("a rename");
    let written = log(&store).expect("reading goes on");
    for _ in 0..3 {
        let error = block_on(store.append(commit(&account(2), 1))).expect_err("poisoned");
        assert!(matches!(error, AppendError::Poisoned { .. }), "{error}");
    }
    assert!(store.stats().expect("stats").poisoned.is_some());
    check(&store, &written);
    store.close();
    drop(store);

    let store = open();
    check(&store, &written);
    let committed = append(&store, refused);
    assert!(
        !committed.duplicate,
        "a refused commit had not been written"
    );
    assert_eq!(committed.receipt.first.get(), written.len() as u64 + 1);
}
