//! Events that today's program cannot read: which, where and why.

use std::error::Error;

use eventsourcing::{
    Commit, DecodeErrorKind, EventSourced, EventStore, ExecuteError, ExpectedVersion::Any,
    FormatId, LoadError, MemoryStore, NewEvent, Repository, RepositoryExt, Version, stream_id,
};

use crate::domain::{Account, Ask, What, stored};

/// An account whose second event is this one, at position 3.
async fn with_second(event: NewEvent) -> EventSourced<Account, MemoryStore> {
    let store = MemoryStore::new();
    let accounts = EventSourced::new(store.clone());
    accounts
        .execute(Ask(6, What::Open))
        .await
        .expect("accepted");
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    let stream = stream_id::<Account>(&7).expect("an id");
    store
        .append(Commit::new().append(stream, Any, vec![event]))
        .await
        .expect("an append");
    accounts
}

#[tokio::test]
async fn the_message_names_the_event_and_the_reason() {
    let foreign = NewEvent {
        format: FormatId::new(200),
        ..stored("account.deposited", 1, "")
    };
    let cases = [
        (
            stored("account.frozen", 1, "{}"),
            "`account.frozen` v1",
            "no event type of that name is known here; was it written by a newer program?",
        ),
        (
            stored("account.opened", 3, "{}"),
            "`account.opened` v3",
            "this program reads it only up to v2; a newer program wrote it",
        ),
        (
            stored("account.deposited", 1, r#"{"cents":"#),
            "`account.deposited` v1",
            "EOF while parsing a value at line 1 column 9",
        ),
        (
            stored("account.deposited", 1, r#"{"cents":-5}"#),
            "`account.deposited` v1",
            "invalid value: integer `-5`, expected u64 at line 1 column 11",
        ),
        (
            stored("account.opened", 1, r#"{"owner":""}"#),
            "`account.opened` v1",
            "the upcast from v1 to v2 failed: an account has an owner",
        ),
        (
            foreign,
            "`account.deposited` v1",
            "the payload is written in format 200, which this repository's format (json) does not read",
        ),
    ];
    for (event, what, why) in cases {
        let accounts = with_second(event).await;
        let error = accounts.load(&7).await.expect_err("it cannot be read");
        assert_eq!(
            error.to_string(),
            format!("cannot read event {what} (stream `account-7` version 2, position 3): {why}")
        );
        let LoadError::Decode(error) = error else {
            panic!("expected a decode error");
        };
        assert_eq!(
            (error.stream().as_str(), error.version().get()),
            ("account-7", 2)
        );
        assert_eq!(error.position().get(), 3);
        assert_eq!(
            format!("`{}` v{}", error.event_type(), error.schema_version()),
            what
        );
    }
}

#[tokio::test]
async fn the_cause_is_the_source() {
    let accounts = with_second(stored("account.opened", 1, r#"{"owner":""}"#)).await;
    let error = accounts.load(&7).await.expect_err("it cannot be read");
    let LoadError::Decode(error) = error else {
        panic!("expected a decode error, got: {error}");
    };
    assert!(matches!(
        error.kind(),
        DecodeErrorKind::Upcast { from: 1, to: 2, .. }
    ));
    assert_eq!(
        error.source().expect("a cause").to_string(),
        "an account has an owner"
    );
}

#[tokio::test]
async fn an_unreadable_event_stops_commands_and_is_never_skipped() {
    for snapshots in [false, true] {
        let accounts = with_second(stored("account.frozen", 1, "{}")).await;
        let accounts = if snapshots {
            accounts.snapshot_every(1).cached(10)
        } else {
            accounts
        };
        let error = accounts
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect_err("unreadable");
        assert!(
            matches!(error, ExecuteError::Load(LoadError::Decode(_))),
            "{error}"
        );
        let head = accounts.store().head().await.expect("head");
        assert_eq!(head.get(), 3, "nothing was decided on part of the facts");
        // Its neighbours and its past are readable.
        accounts
            .execute(Ask(6, What::Deposit(1)))
            .await
            .expect("accepted");
        let past = eventsourcing::AsOf::Version(Version::FIRST);
        assert!(
            accounts
                .load_at(&7, past)
                .await
                .expect("a load")
                .state()
                .owner
                .is_some()
        );
    }
}

#[tokio::test]
async fn an_older_version_that_is_not_in_the_table_is_told_apart() {
    let accounts = with_second(stored("account.deposited", 2, "{}")).await;
    let error = accounts.load(&7).await.expect_err("it cannot be read");
    assert!(
        error
            .to_string()
            .ends_with("only up to v1; a newer program wrote it"),
        "{error}"
    );
}

#[tokio::test]
async fn a_chain_of_causes_says_nothing_twice() {
    let accounts = with_second(stored("account.deposited", 1, "{")).await;
    let error = accounts.load(&7).await.expect_err("torn");
    assert!(error.to_string().contains("EOF while parsing"), "{error}");
    assert!(error.source().is_none(), "{:?}", error.source());
}

#[tokio::test]
async fn a_format_this_program_was_built_without_names_its_feature() {
    let cases = [
        (FormatId::CBOR, "cbor", cfg!(feature = "cbor")),
        (FormatId::MSGPACK, "msgpack", cfg!(feature = "msgpack")),
        (FormatId::POSTCARD, "postcard", cfg!(feature = "postcard")),
    ];
    for (format, name, enabled) in cases {
        let event = NewEvent {
            format,
            ..stored("account.deposited", 1, "")
        };
        let accounts = with_second(event).await;
        let error = accounts.load(&7).await.expect_err("it cannot be read");
        let hint = format!(
            "written in {name}; enable the feature `{name}` of the crate `eventsourcing` to read it"
        );
        assert_ne!(error.to_string().ends_with(&hint), enabled, "{error}");
    }
}
