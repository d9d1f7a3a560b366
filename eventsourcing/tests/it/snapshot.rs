//! Snapshots: off the command's path, trusted only when they fit, and always disposable.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use eventsourcing::{
    Commit, CommitId, EventSourced, EventStore, ExpectedVersion::Any, FormatId, Json, MemoryStore,
    NewEvent, Repository, RepositoryExt, Snapshot, SnapshotStore, StreamId, Version, stream_id,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::domain::{Account, AccountEvent, Ask, What, deposit, opened, stored, withdraw};
use crate::spy::Spy;

type Accounts = EventSourced<Account, Spy>;

fn stream() -> StreamId {
    stream_id::<Account>(&7).expect("an id")
}

async fn snapshot(store: &Spy) -> Option<Snapshot> {
    store
        .inner()
        .load_snapshot(&stream())
        .await
        .expect("a look")
}

/// Opened and nine deposits of 1: ten events, a snapshot at the tenth.
async fn with_snapshot() -> (Spy, Accounts, Snapshot) {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone()).snapshot_every(10);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    for _ in 0..9 {
        accounts
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect("accepted");
    }
    accounts.flush_snapshots().await;
    let kept = snapshot(&store).await.expect("it is due");
    store.events_read();
    (store, accounts, kept)
}

#[tokio::test]
async fn one_about_every_n_events() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone()).snapshot_every(10);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    for version in 2..=45 {
        accounts
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect("accepted");
        accounts.flush_snapshots().await;
        let kept = snapshot(&store)
            .await
            .map_or(0, |snapshot| snapshot.version.get());
        assert_eq!(kept, version / 10 * 10, "at version {version}");
    }
    assert_eq!(store.shared.snapshots_saved.load(SeqCst), 4);
    store.events_read();
    let account = accounts.load(&7).await.expect("a load");
    assert_eq!(
        (account.state().balance, account.version()),
        (44, Version::new(45))
    );
    assert_eq!(
        store.events_read(),
        6,
        "the snapshot's own event and the tail"
    );
}

#[tokio::test]
async fn a_commit_that_jumps_over_the_mark_takes_one_too() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone()).snapshot_every(10);
    let mut root = accounts.load(&7).await.expect("a load");
    root.record(opened("ada"));
    (0..24).for_each(|_| root.record(deposit(1)));
    accounts.save(&mut root).await.expect("a save");
    accounts.flush_snapshots().await;
    let kept = snapshot(&store).await.expect("it is due");
    assert_eq!(kept.version, Version::new(25));
    assert_eq!(kept.format, FormatId::JSON);
}

#[tokio::test]
async fn a_long_stream_without_one_gets_one_with_the_next_command() {
    let store = Spy::new();
    let plain = Accounts::new(store.clone());
    plain.execute(Ask(7, What::Open)).await.expect("accepted");
    for _ in 0..30 {
        plain
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect("accepted");
    }
    let accounts = plain.snapshot_every(20);
    accounts
        .execute(Ask(7, What::Deposit(1)))
        .await
        .expect("accepted");
    accounts.flush_snapshots().await;
    assert_eq!(
        snapshot(&store).await.map(|kept| kept.version),
        Some(Version::new(32))
    );
}

#[tokio::test]
async fn a_root_that_was_long_to_load_causes_one_not_one_with_each_save() {
    let store = Spy::new();
    let plain = Accounts::new(store.clone());
    plain.execute(Ask(7, What::Open)).await.expect("accepted");
    for _ in 0..30 {
        plain
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect("accepted");
    }
    let accounts = plain.snapshot_every(20);
    let mut root = accounts.load(&7).await.expect("a load");
    for _ in 0..5 {
        root.record(deposit(1));
        accounts.save(&mut root).await.expect("a save");
        accounts.flush_snapshots().await;
    }
    assert_eq!(store.shared.snapshots_saved.load(SeqCst), 1);
}

#[tokio::test]
async fn commands_do_not_wait_for_it() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone()).snapshot_every(1);
    store.shared.snapshot_gate.forget_permits(1 << 20);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("answered with the snapshot stuck");
    accounts
        .execute(Ask(7, What::Deposit(1)))
        .await
        .expect("and the next command too");
    let early = tokio::time::timeout(Duration::from_millis(1), accounts.flush_snapshots()).await;
    assert!(early.is_err(), "flushing waits for the snapshot");
    assert_eq!(snapshot(&store).await, None);
    store.shared.snapshot_gate.add_permits(10);
    let flushed = tokio::time::timeout(Duration::from_secs(30), accounts.flush_snapshots()).await;
    flushed.expect("it ends");
    assert!(snapshot(&store).await.is_some());
}

#[tokio::test]
async fn failing_to_keep_or_read_one_never_fails_a_command() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone()).snapshot_every(1);
    store.shared.snapshots_fail.store(true, SeqCst);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    accounts
        .execute(Ask(7, What::Deposit(5)))
        .await
        .expect("accepted");
    accounts.flush_snapshots().await;
    assert_eq!(snapshot(&store).await, None);
    assert_eq!(accounts.load(&7).await.expect("a load").state().balance, 5);
    store.shared.snapshots_fail.store(false, SeqCst);
    accounts
        .execute(Ask(7, What::Deposit(5)))
        .await
        .expect("accepted");
    accounts.flush_snapshots().await;
    assert_eq!(
        snapshot(&store).await.map(|kept| kept.version),
        Some(Version::new(3))
    );
}

#[tokio::test]
async fn one_that_does_not_fit_is_replayed_over() {
    let (store, accounts, kept) = with_snapshot().await;
    let right = accounts.load(&7).await.expect("a load").into_state();
    assert_eq!((right.balance, store.events_read()), (9, 1));
    // Its state lies, so that using it would show.
    let lie = Snapshot {
        state: serde_json::to_vec(&Account::default())
            .expect("a state")
            .into(),
        ..kept.clone()
    };
    let misfits = [
        (
            "corrupt",
            Snapshot {
                state: "{\"balance\":".into(),
                ..kept.clone()
            },
        ),
        (
            "empty",
            Snapshot {
                state: "".into(),
                ..kept.clone()
            },
        ),
        (
            "of another shape",
            Snapshot {
                fingerprint: kept.fingerprint ^ 1,
                ..lie.clone()
            },
        ),
        (
            "in a foreign format",
            Snapshot {
                format: FormatId::new(99),
                ..lie.clone()
            },
        ),
        (
            "ahead of the stream",
            Snapshot {
                version: Version::new(11),
                ..lie.clone()
            },
        ),
        (
            "far ahead",
            Snapshot {
                version: Version::new(u64::MAX),
                ..lie.clone()
            },
        ),
        (
            "of version 0",
            Snapshot {
                version: Version::EMPTY,
                ..lie.clone()
            },
        ),
        (
            "of another history",
            Snapshot {
                last_event: CommitId::generate().event_id(0),
                ..lie.clone()
            },
        ),
        (
            "of another version",
            Snapshot {
                version: Version::new(9),
                ..lie
            },
        ),
    ];
    for (what, misfit) in misfits {
        store.inner().save_snapshot(misfit).await.expect("a save");
        let account = accounts.load(&7).await.expect("a load");
        assert_eq!(account.state(), &right, "{what}");
        assert_eq!(account.version(), Version::new(10), "{what}");
        assert!(store.events_read() >= 10, "{what}: replayed");
    }
    store
        .inner()
        .delete_snapshot(&stream())
        .await
        .expect("a deletion");
    assert_eq!(
        accounts.load(&7).await.expect("a load").state(),
        &right,
        "missing"
    );
    // The next command heals it.
    accounts
        .execute(Ask(7, What::Deposit(1)))
        .await
        .expect("accepted");
    accounts.flush_snapshots().await;
    assert_eq!(
        snapshot(&store).await.map(|kept| kept.version),
        Some(Version::new(11))
    );
}

#[tokio::test]
async fn it_shows_what_is_stored_even_beside_a_cache() {
    for cached in [0, 10] {
        let store = Spy::new();
        let accounts = Accounts::new(store.clone())
            .snapshot_every(1)
            .cached(cached);
        accounts
            .execute(Ask(7, What::Open))
            .await
            .expect("accepted");
        let command = Ask(7, What::DepositWithMemo(5, "never stored"));
        accounts.execute(command).await.expect("accepted");
        accounts.flush_snapshots().await;
        let kept = snapshot(&store).await.expect("it is due");
        let state: Account = serde_json::from_slice(&kept.state).expect("a state");
        assert_eq!((kept.version, state.balance), (Version::new(2), 5));
        assert_eq!(state.memo, "", "with room for {cached}");
    }
}

#[tokio::test]
async fn they_may_live_in_another_store() {
    let (events, snapshots) = (Spy::new(), MemoryStore::new());
    let accounts = Accounts::new(events.clone()).snapshots_in(Arc::new(snapshots.clone()), 2);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    accounts
        .execute(Ask(7, What::Deposit(5)))
        .await
        .expect("accepted");
    accounts.flush_snapshots().await;
    assert_eq!(snapshot(&events).await, None);
    assert!(
        snapshots
            .load_snapshot(&stream())
            .await
            .expect("a look")
            .is_some()
    );
    // The events are replaced, the snapshots stay: they belong to another history.
    events.replace_by(&Spy::new());
    let others = Accounts::new(events.clone());
    others.execute(Ask(7, What::Open)).await.expect("accepted");
    others
        .execute(Ask(7, What::Deposit(1)))
        .await
        .expect("accepted");
    assert_eq!(accounts.load(&7).await.expect("a load").state().balance, 1);
}

fn any_stored() -> impl Strategy<Value = NewEvent> {
    let encode = |event: &AccountEvent| NewEvent::encode(event, &Json).expect("an event");
    prop_oneof![
        Just(stored("account.opened", 1, r#"{"owner":"ada"}"#)),
        Just(stored("account.noted", 1, "not even json")),
        Just(stored(
            "account.corrected",
            1,
            r#"{"withdrawn":3,"deposited":53}"#
        )),
        (0..200_u64).prop_map(move |cents| encode(&deposit(cents))),
        (0..200_u64).prop_map(move |cents| encode(&withdraw(cents))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// For every k: a snapshot taken after k events and the rest give what all events give.
    #[test]
    fn snapshot_and_tail_are_the_full_fold(history in vec(any_stored(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            for k in 0..=history.len() {
                let store = Spy::new();
                let put = async |events: &[NewEvent]| {
                    if !events.is_empty() {
                        let commit = Commit::new().append(stream(), Any, events.to_vec());
                        store.append(commit).await.expect("an append");
                    }
                };
                let plain = Accounts::new(store.clone());
                let accounts = plain.clone().snapshot_every(1);
                put(&history[..k]).await;
                let mut root = accounts.load(&7).await.expect("a load");
                root.record(deposit(1));
                accounts.save(&mut root).await.expect("a save");
                accounts.flush_snapshots().await;
                put(&history[k..]).await;
                store.events_read();
                let tail = accounts.load(&7).await.expect("a load");
                assert_eq!(store.events_read(), history.len() - k + 1, "the snapshot is used");
                let full = plain.load(&7).await.expect("a load");
                assert_eq!((tail.version(), tail.state()), (full.version(), full.state()));
            }
        });
    }
}
