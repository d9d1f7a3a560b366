//! Snapshots: at most one per stream, kept as given.

use bytes::Bytes;
use eventsourcing::{CommitId, FormatId, Snapshot, SnapshotStore, StreamId, Version};

use super::Fixture;
use super::support::account;

fn snapshot(stream: &StreamId, version: u64, state: impl Into<Bytes>) -> Snapshot {
    Snapshot {
        stream: stream.clone(),
        version: Version::new(version),
        last_event: CommitId::from_key("x").event_id(7),
        fingerprint: u64::MAX - version,
        format: FormatId::new(200),
        state: state.into(),
    }
}

async fn load<S: SnapshotStore>(store: &S, stream: &StreamId) -> Option<Snapshot> {
    store
        .load_snapshot(stream)
        .await
        .expect("snapshots can be loaded")
}

async fn save<S: SnapshotStore>(store: &S, snapshot: &Snapshot) {
    store
        .save_snapshot(snapshot.clone())
        .await
        .expect("snapshots can be saved");
}

/// A snapshot that was saved is loaded, each stream's own.
pub async fn saved_and_loaded<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada, bob) = (fixture.store(), account("ada"), account("ADA"));
    assert_eq!(
        load(store, &ada).await,
        None,
        "a stream without a snapshot has none"
    );
    let (first, second) = (snapshot(&ada, 3, "a"), snapshot(&bob, u64::MAX, ""));
    save(store, &first).await;
    save(store, &second).await;
    assert_eq!(
        load(store, &ada).await,
        Some(first),
        "the snapshot is what was saved"
    );
    assert_eq!(
        load(store, &bob).await,
        Some(second),
        "each stream has its own snapshot"
    );
    assert_eq!(
        load(store, &account("ad")).await,
        None,
        "a stream whose id another one begins with has none"
    );
}

/// The snapshot saved last replaces the earlier one, also by a lower version: the history may have been restored.
pub async fn replaced<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    for version in [3, 9, 4] {
        let new = snapshot(&ada, version, version.to_string());
        save(store, &new).await;
        assert_eq!(
            load(store, &ada).await,
            Some(new),
            "the snapshot is what was saved last"
        );
    }
}

/// A deleted snapshot is gone; deleting what is not there is fine.
pub async fn deleted<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada, bob) = (fixture.store(), account("ada"), account("bob"));
    save(store, &snapshot(&ada, 3, "a")).await;
    save(store, &snapshot(&bob, 3, "b")).await;
    for _ in 0..2 {
        store
            .delete_snapshot(&ada)
            .await
            .expect("snapshots can be deleted");
        assert_eq!(load(store, &ada).await, None, "a deleted snapshot is gone");
    }
    assert_eq!(
        load(store, &bob).await,
        Some(snapshot(&bob, 3, "b")),
        "the snapshots of other streams stay"
    );
    save(store, &snapshot(&ada, 5, "again")).await;
    assert_eq!(
        load(store, &ada).await,
        Some(snapshot(&ada, 5, "again")),
        "after deleting, a snapshot can be saved again"
    );
}

/// A snapshot of 1 MiB comes back identical.
pub async fn large<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    let state: Vec<u8> = (0..=250).cycle().take(1 << 20).collect();
    let large = snapshot(&ada, 1, state);
    save(store, &large).await;
    assert!(
        load(store, &ada).await == Some(large),
        "1 MiB comes back identical"
    );
}
