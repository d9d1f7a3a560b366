//! Loading, deciding, saving.

use std::sync::atomic::Ordering::SeqCst;

use eventsourcing::{
    AppendError, EventSourced, EventStore, ExecuteError, ExpectedVersion, LoadError, MemoryStore,
    Position, ReadError, Repository, RepositoryExt, SaveError, StreamId, Version, WrongStream,
    aggregate_id, stream_id,
};

use crate::domain::{
    Account, AccountError, Ask, Ledger, What, context, deposit, opened, stored, withdraw,
};
use crate::spy::Spy;

type Accounts<S> = EventSourced<Account, S>;

#[tokio::test]
async fn a_command_becomes_events_and_the_events_become_state() {
    let accounts = Accounts::new(MemoryStore::new());
    assert!(!accounts.exists(&7).await.expect("a load"));
    let outcome = accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    assert_eq!(outcome.events, [opened("ada")]);
    assert_eq!(outcome.version, Version::FIRST);
    assert!(!outcome.duplicate);
    accounts
        .execute(Ask(7, What::Deposit(500)))
        .await
        .expect("accepted");
    let outcome = accounts
        .execute(Ask(7, What::Withdraw(200)))
        .await
        .expect("accepted");
    assert_eq!(
        (outcome.events, outcome.version),
        (vec![withdraw(200)], Version::new(3))
    );
    let receipt = outcome.receipt.expect("something was written");
    assert_eq!(
        (receipt.first, receipt.last),
        (Position::new(3), Position::new(3))
    );
    let account = accounts.load(&7).await.expect("a load");
    assert_eq!(
        (account.state().balance, account.version()),
        (300, Version::new(3))
    );
    assert!(account.exists() && accounts.exists(&7).await.expect("a load"));
    assert_eq!((*account.id(), account.stream().as_str()), (7, "account-7"));
}

#[tokio::test]
async fn an_unknown_aggregate_is_in_its_initial_state() {
    let accounts = Accounts::new(MemoryStore::new());
    let account = accounts.load(&7).await.expect("a load");
    assert_eq!(
        (account.version(), account.exists()),
        (Version::EMPTY, false)
    );
    assert_eq!(account.into_state(), Account::default());
}

#[tokio::test]
async fn a_refused_command_writes_nothing() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone());
    let error = accounts
        .execute(Ask(7, What::Deposit(1)))
        .await
        .expect_err("refused");
    assert_eq!(error.rejection(), Some(&AccountError::NotOpen));
    assert_eq!(error.to_string(), "NotOpen");
    assert_eq!(store.appends(), 0);
}

#[tokio::test]
async fn a_command_without_events_writes_nothing() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone());
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    let outcome = accounts
        .execute(Ask(7, What::Drain))
        .await
        .expect("accepted");
    assert_eq!((outcome.events.len(), outcome.version), (0, Version::FIRST));
    assert_eq!((outcome.receipt, outcome.duplicate), (None, false));
    assert_eq!(store.appends(), 1);
}

#[tokio::test]
async fn a_root_is_saved_again_and_again() {
    let accounts = Accounts::new(MemoryStore::new());
    let mut root = accounts.load(&7).await.expect("a load");
    root.handle(Ask(7, What::Open)).expect("accepted");
    root.handle(Ask(7, What::Deposit(5)))
        .expect("decided on the state with pending events");
    assert_eq!((root.version(), root.pending().len()), (Version::new(2), 2));
    let saved = accounts.save(&mut root).await.expect("a save");
    assert_eq!(
        (saved.version, saved.events),
        (Version::new(2), vec![opened("ada"), deposit(5)])
    );
    assert!(root.pending().is_empty());
    let nothing = accounts.save(&mut root).await.expect("a save");
    assert_eq!(
        (nothing.version, nothing.committed),
        (Version::new(2), None)
    );
    root.record(withdraw(5));
    let saved = accounts.save(&mut root).await.expect("a save");
    assert_eq!(
        (saved.version, saved.events),
        (Version::new(3), vec![withdraw(5)])
    );
    assert!(!saved.committed.expect("something was written").duplicate);
    let loaded = accounts.load(&7).await.expect("a load");
    assert_eq!(
        (loaded.state(), loaded.version()),
        (root.state(), root.version())
    );
}

#[tokio::test]
async fn a_refusal_leaves_the_root_as_it_was() {
    let accounts = Accounts::new(MemoryStore::new());
    let mut root = accounts.load(&7).await.expect("a load");
    root.record(opened("ada"));
    let refusal = root.handle(Ask(7, What::Withdraw(1)));
    assert_eq!(refusal, Err(AccountError::InsufficientFunds { balance: 0 }));
    assert_eq!(root.pending(), [opened("ada")]);
}

#[tokio::test]
#[should_panic(expected = "the command is for 8, this root is 7")]
async fn a_command_for_another_aggregate_is_a_bug() {
    let accounts = Accounts::new(MemoryStore::new());
    let mut root = accounts.load(&7).await.expect("a load");
    let _ = root.handle(Ask(8, What::Open));
}

#[tokio::test]
async fn a_save_whose_answer_is_lost_is_repeated_safely() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone()).cached(10);
    let mut root = accounts.load(&7).await.expect("a load");
    root.record(opened("ada"));
    store.shared.lose_ack.store(true, SeqCst);
    let error = accounts
        .save(&mut root)
        .await
        .expect_err("the answer is lost");
    assert!(
        error.to_string().contains("unknown whether commit"),
        "{error}"
    );
    assert_eq!(root.pending(), [opened("ada")], "the root keeps its events");
    let saved = accounts.save(&mut root).await.expect("a save");
    assert!(saved.committed.expect("a commit").duplicate);
    assert_eq!(
        (saved.version, root.version()),
        (Version::FIRST, Version::FIRST)
    );
    assert_eq!(root.state().events, 1);
    assert_eq!(store.head().await.expect("head"), Position::new(1));
}

#[tokio::test]
async fn a_save_repeated_on_a_newer_root_counts_its_events_once() {
    let accounts = Accounts::new(MemoryStore::new()).cached(10);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    let mut first = accounts.load(&7).await.expect("a load");
    let id = first.context().command_id();
    first.record(deposit(50));
    accounts.save(&mut first).await.expect("a save");
    let mut again = accounts.load(&7).await.expect("a load");
    again.set_context(context(id));
    again.record(deposit(50));
    let saved = accounts.save(&mut again).await.expect("a save");
    assert!(saved.committed.expect("a commit").duplicate);
    assert_eq!(
        (again.state().balance, again.version()),
        (50, Version::new(2))
    );
    let loaded = accounts.load(&7).await.expect("a load");
    assert_eq!(
        (loaded.state().balance, loaded.version()),
        (50, Version::new(2))
    );
}

#[tokio::test]
async fn a_repeated_save_that_cannot_reload_leaves_no_root_that_could_hide_a_conflict() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone());
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    let mut first = accounts.load(&7).await.expect("a load");
    let id = first.context().command_id();
    first.record(deposit(50));
    accounts.save(&mut first).await.expect("a save");
    let mut again = accounts.load(&7).await.expect("a load");
    again.set_context(context(id));
    again.record(deposit(50));
    store.shared.reads_fail.store(true, SeqCst);
    let error = accounts.save(&mut again).await.expect_err("no reload");
    assert_eq!(
        error.to_string(),
        "the commit had been written before; load the aggregate again, as that failed just now: \
         cannot read stream `account-7`: the store is unavailable: as the test asked"
    );
    store.shared.reads_fail.store(false, SeqCst);
    // Somebody takes the version that the root would stand at, had it written its events.
    accounts
        .execute(Ask(7, What::Drain))
        .await
        .expect("accepted");
    again.record(withdraw(50));
    let error = accounts.save(&mut again).await.expect_err("stale");
    assert!(
        matches!(error, SaveError::Append(AppendError::Conflict { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn a_stream_with_a_hole_is_never_folded_around_it() {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone());
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    for _ in 0..4 {
        accounts
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect("accepted");
    }
    for (hole, text) in [
        (
            1,
            "cannot read stream `account-7`: the store is damaged at position 2: it goes on with version 2 after version 0",
        ),
        (
            3,
            "cannot read stream `account-7`: the store is damaged at position 4: it goes on with version 4 after version 2",
        ),
    ] {
        *store.shared.hole.lock().expect("no panic inside") = Some(Version::new(hole));
        let error = accounts.load(&7).await.expect_err("a hole");
        match &error {
            LoadError::Read {
                source: ReadError::Corruption { position, .. },
                stream,
            } => {
                assert_eq!((position.get(), stream.id()), (hole + 1, "7"));
                assert_eq!(error.to_string(), text);
            }
            other => panic!("expected Corruption, got: {other}"),
        }
    }
}

#[tokio::test]
async fn a_split_event_counts_as_one_version_and_a_retired_one_too() {
    let store = MemoryStore::new();
    let accounts = Accounts::new(store.clone());
    let history = vec![
        stored("account.opened", 1, r#"{"owner":"ada"}"#),
        stored("account.deposited", 1, r#"{"cents":500}"#),
        stored(
            "account.corrected",
            1,
            r#"{"withdrawn":100,"deposited":30}"#,
        ),
        stored("account.noted", 1, "not even json"),
    ];
    let stream = stream_id::<Account>(&7).expect("an id");
    let commit = eventsourcing::Commit::new().append(stream, ExpectedVersion::NoStream, history);
    store.append(commit).await.expect("an append");
    let mut root = accounts.load(&7).await.expect("a load");
    assert_eq!((root.state().balance, root.state().events), (430, 4));
    assert_eq!(root.version(), Version::new(4));
    root.record(withdraw(30));
    let saved = accounts
        .save(&mut root)
        .await
        .expect("a save at the right version");
    assert_eq!(saved.version, Version::new(5));
}

#[tokio::test]
async fn several_aggregates_are_loaded_in_the_asked_order() {
    let accounts = Accounts::new(MemoryStore::new());
    accounts
        .execute(Ask(2, What::Open))
        .await
        .expect("accepted");
    let roots = accounts.load_many(&[3, 2, 1]).await.expect("a load");
    let found: Vec<_> = roots
        .iter()
        .map(|root| (*root.id(), root.version().get()))
        .collect();
    assert_eq!(found, [(3, 0), (2, 1), (1, 0)]);
}

#[tokio::test]
async fn a_repository_is_used_as_an_object() {
    let accounts: Box<dyn Repository<Account>> = Box::new(Accounts::new(MemoryStore::new()));
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    assert_eq!(
        accounts.load(&7).await.expect("a load").version(),
        Version::FIRST
    );
}

#[tokio::test]
async fn a_store_is_used_as_an_object() {
    let store: std::sync::Arc<dyn EventStore> = std::sync::Arc::new(MemoryStore::new());
    let accounts = EventSourced::<Account, _>::new(store);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    assert_eq!(
        accounts.load(&7).await.expect("a load").version(),
        Version::FIRST
    );
}

#[tokio::test]
async fn an_id_that_cannot_name_a_stream_is_refused() {
    let ledgers = EventSourced::<Ledger, _>::new(MemoryStore::new());
    let error = ledgers.load(&String::new()).await.expect_err("refused");
    assert!(matches!(error, LoadError::InvalidId(_)));
    assert_eq!(error.to_string(), "the id in category `ledger` is empty");
}

#[tokio::test]
async fn a_commit_that_is_too_large_is_refused_and_kept() {
    let accounts = Accounts::new(MemoryStore::new());
    let mut root = accounts.load(&7).await.expect("a load");
    let most = accounts.store().capabilities().max_events_per_commit;
    (0..=most).for_each(|_| root.record(deposit(1)));
    let error = accounts.save(&mut root).await.expect_err("too large");
    assert!(matches!(
        error,
        SaveError::Append(AppendError::TooLarge { .. })
    ));
    assert_eq!(root.pending().len(), most + 1);
}

#[test]
fn a_stream_leads_back_to_its_aggregate() {
    let stream = stream_id::<Account>(&7).expect("an id");
    assert_eq!(aggregate_id::<Account>(&stream).expect("its id"), 7);
    let error = aggregate_id::<Ledger>(&stream).expect_err("another category");
    assert!(matches!(error, WrongStream::Category { .. }));
    assert_eq!(
        error.to_string(),
        "stream `account-7` is not of category `ledger`"
    );
    for alias in ["007", "+7"] {
        let stream = StreamId::new("account", alias).expect("a stream id");
        let error = aggregate_id::<Account>(&stream).expect_err("the stream of 7 is another");
        assert_eq!(
            error.to_string(),
            format!(
                "`{alias}` in stream `account-{alias}` is not an id of `account`: it reads as `7`, whose stream is another"
            )
        );
    }
    let odd = "account-seven".parse().expect("a stream id");
    let error = aggregate_id::<Account>(&odd).expect_err("no number");
    assert_eq!(
        error.to_string(),
        "`seven` in stream `account-seven` is not an id of `account`: invalid digit found in string"
    );
}

#[test]
fn rejections_are_told_from_failures() {
    let error: ExecuteError<AccountError> = ExecuteError::Rejected(AccountError::AlreadyOpen);
    assert_eq!(error.rejection(), Some(&AccountError::AlreadyOpen));
}
