//! Kept states: only where reading starts.

use eventsourcing::{
    AppendError, AsOf, EventSourced, MemoryStore, Repository, RepositoryExt, SaveError, Timestamp,
    Version,
};

use crate::domain::{Account, Ask, What, deposit};
use crate::spy::Spy;

type Accounts<S> = EventSourced<Account, S>;

#[tokio::test]
async fn newer_events_are_read_on_top_of_a_kept_state() {
    let store = MemoryStore::new();
    let (one, two) = (
        Accounts::new(store.clone()).cached(10),
        Accounts::new(store).cached(10),
    );
    one.execute(Ask(7, What::Open)).await.expect("accepted");
    for round in 1..=10 {
        let (writer, reader) = if round % 2 == 0 {
            (&one, &two)
        } else {
            (&two, &one)
        };
        writer
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect("accepted");
        let account = reader.load(&7).await.expect("a load");
        assert_eq!(
            (account.state().balance, account.state().events),
            (round, round + 1)
        );
        assert_eq!(account.version(), Version::new(round + 1));
    }
}

#[tokio::test]
async fn a_kept_state_never_hides_a_conflict() {
    let store = MemoryStore::new();
    let (one, two) = (
        Accounts::new(store.clone()).cached(10),
        Accounts::new(store).cached(10),
    );
    one.execute(Ask(7, What::Open)).await.expect("accepted");
    let mut stale = one.load(&7).await.expect("a load");
    two.execute(Ask(7, What::Deposit(1)))
        .await
        .expect("accepted");
    one.load(&7)
        .await
        .expect("a load that renews the kept state");
    stale.record(deposit(5));
    let error = one.save(&mut stale).await.expect_err("a conflict");
    assert!(
        matches!(error, SaveError::Append(AppendError::Conflict { .. })),
        "{error}"
    );
    assert_eq!(one.load(&7).await.expect("a load").state().balance, 1);
}

#[tokio::test]
async fn a_kept_state_saves_reading() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone()).cached(1);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    for _ in 0..50 {
        accounts
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect("accepted");
    }
    store.events_read();
    accounts.load(&7).await.expect("a load");
    assert_eq!(
        store.events_read(),
        1,
        "the event that shows the history is the same"
    );
    accounts
        .execute(Ask(8, What::Open))
        .await
        .expect("accepted");
    store.events_read();
    accounts.load(&7).await.expect("a load");
    assert_eq!(store.events_read(), 51, "there is room for one");
}

#[tokio::test]
async fn a_look_into_the_past_does_not_drop_a_kept_state() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone()).cached(1);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    for _ in 0..5 {
        accounts
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect("accepted");
    }
    let before = AsOf::Time(Timestamp::from_micros(0));
    assert!(!accounts.load_at(&7, before).await.expect("a load").exists());
    store.events_read();
    accounts.load(&7).await.expect("a load");
    assert_eq!(store.events_read(), 1);
}

#[tokio::test]
async fn unsaved_events_are_never_kept() {
    let accounts = Accounts::new(MemoryStore::new()).cached(10);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    let mut dropped = accounts.load(&7).await.expect("a load");
    dropped.record(deposit(5));
    drop(dropped);
    let account = accounts.load(&7).await.expect("a load");
    assert_eq!(
        (account.state().balance, account.version()),
        (0, Version::FIRST)
    );
}

#[tokio::test]
async fn a_kept_state_of_another_history_is_dropped() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone()).cached(10);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    accounts
        .execute(Ask(7, What::Deposit(500)))
        .await
        .expect("accepted");
    // Another store under the same cache: as if the store had been replaced by a backup.
    let swapped = Spy::new();
    let others = Accounts::new(swapped.clone());
    others.execute(Ask(7, What::Open)).await.expect("accepted");
    others
        .execute(Ask(7, What::Deposit(3)))
        .await
        .expect("accepted");
    store.replace_by(&swapped);
    let account = accounts.load(&7).await.expect("a load");
    assert_eq!(
        (account.state().balance, account.version()),
        (3, Version::new(2))
    );
}
