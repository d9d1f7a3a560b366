//! The handshake: a program that cannot read what the store holds says so before it takes traffic.

use eventsourcing::{
    CheckError, Commit, DecodeErrorKind, EventSourced, EventStore, ExpectedVersion, FormatId,
    MemoryStore, NewEvent, StreamId,
};

use crate::domain::{Account, Ledger, stored};

async fn put(store: &MemoryStore, category: &str, events: Vec<NewEvent>) {
    let stream = StreamId::new(category, "1").expect("an id");
    let commit = Commit::new().append(stream, ExpectedVersion::Any, events);
    store.append(commit).await.expect("an append");
}

#[tokio::test]
async fn a_store_lists_what_it_holds() {
    let store = MemoryStore::new();
    assert_eq!(store.event_types().await.expect("a list"), []);
    let opened = || stored("account.opened", 1, "{}");
    put(
        &store,
        "account",
        vec![opened(), stored("account.opened", 2, "{}"), opened()],
    )
    .await;
    put(
        &store,
        "ledger",
        vec![stored("ledger.booked", 1, "1"), opened()],
    )
    .await;
    let types = store.event_types().await.expect("a list");
    let listed: Vec<_> = types
        .iter()
        .map(|held| {
            (
                &*held.category,
                &*held.name,
                held.schema_version,
                held.first.get(),
            )
        })
        .collect();
    let expected = [
        ("account", "account.opened", 1, 1),
        ("account", "account.opened", 2, 2),
        ("ledger", "account.opened", 1, 5),
        ("ledger", "ledger.booked", 1, 4),
    ];
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn what_can_be_read_is_let_through() {
    let store = MemoryStore::new();
    let accounts = EventSourced::<Account, _>::new(store.clone());
    accounts.check().await.expect("an empty store");
    let known = [
        stored("account.opened", 1, "{}"),
        stored("account.opened", 2, "{}"),
        stored("account.corrected", 1, "{}"),
        // Retired: nobody looks at its payload, whatever its format.
        NewEvent {
            format: FormatId::new(200),
            ..stored("account.noted", 1, "")
        },
        // Newer, and made to be read by those who know version 1.
        NewEvent {
            schema_version: 9,
            ..stored("account.deposited", 1, "{}")
        },
    ];
    put(&store, "account", known.into()).await;
    // Other aggregates' events are not its business.
    put(&store, "order", vec![stored("order.placed", 1, "{}")]).await;
    accounts.check().await.expect("all can be read");
}

#[tokio::test]
async fn what_cannot_be_read_is_named_before_traffic() {
    let store = MemoryStore::new();
    let accounts = EventSourced::<Account, _>::new(store.clone());
    let strange = NewEvent {
        format: FormatId::new(200),
        ..stored("account.withdrawn", 1, "")
    };
    let events = vec![
        stored("account.opened", 1, "{}"),
        stored("account.opened", 3, "{}"),
        stored("account.frozen", 1, "{}"),
        strange,
        stored("account.frozen", 1, "{}"),
    ];
    put(&store, "account", events).await;
    let error = accounts.check().await.expect_err("three types");
    let text = error.to_string();
    let CheckError::Unreadable(unreadable) = error else {
        panic!("{text}");
    };
    let named: Vec<_> = unreadable
        .iter()
        .map(|one| {
            (
                &*one.held.name,
                one.held.schema_version,
                one.held.first.get(),
            )
        })
        .collect();
    let expected = [
        ("account.frozen", 1, 3),
        ("account.opened", 3, 2),
        ("account.withdrawn", 1, 4),
    ];
    assert_eq!(named, expected);
    assert!(matches!(unreadable[0].why, DecodeErrorKind::UnknownType));
    assert!(matches!(
        unreadable[1].why,
        DecodeErrorKind::FromTheFuture { supported: 2 }
    ));
    assert!(matches!(unreadable[2].why, DecodeErrorKind::Payload(_)));
    assert!(
        text.starts_with(
            "this program cannot read 3 of the event types in the store\n  `account.frozen` v1 (category `account`, first at position 3): "
        ),
        "{text}"
    );
    EventSourced::<Ledger, _>::new(store)
        .check()
        .await
        .expect("the ledger is not concerned");
}
