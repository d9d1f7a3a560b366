//! Several aggregates, one commit.

use eventsourcing::{
    AppendCondition, AppendError, CommitId, EventSourced, EventStore, EventStoreExt, ExecuteError,
    ExecuteOptions, Filter, Json, MemoryStore, Metadata, Position, Repository, RepositoryExt,
    SaveError, SnapshotStore, UnitOfWork, Version, stream_id,
};

use crate::domain::{Account, Ask, Booked, Ledger, What, deposit, withdraw};

struct Bank {
    store: MemoryStore,
    accounts: EventSourced<Account, MemoryStore>,
    ledgers: EventSourced<Ledger, MemoryStore>,
}

impl Bank {
    async fn new() -> Self {
        let store = MemoryStore::new();
        let accounts = EventSourced::new(store.clone()).cached(10);
        accounts
            .execute(Ask(7, What::Open))
            .await
            .expect("accepted");
        accounts
            .execute(Ask(7, What::Deposit(100)))
            .await
            .expect("accepted");
        accounts
            .execute(Ask(8, What::Open))
            .await
            .expect("accepted");
        let ledgers = EventSourced::new(store.clone());
        Self {
            store,
            accounts,
            ledgers,
        }
    }

    async fn head(&self) -> u64 {
        self.store.head().await.expect("head").get()
    }
}

#[tokio::test]
async fn aggregates_of_different_types_are_written_together() {
    let bank = Bank::new().await;
    let mut from = bank.accounts.load(&7).await.expect("a load");
    let mut to = bank.accounts.load(&8).await.expect("a load");
    let mut ledger = bank.ledgers.load(&"main".into()).await.expect("a load");
    let untouched = &mut bank.accounts.load(&9).await.expect("a load");
    from.handle(Ask(7, What::Withdraw(30))).expect("accepted");
    to.handle(Ask(8, What::Deposit(30))).expect("accepted");
    ledger.record(Booked(30));
    ledger.record(Booked(1));
    let committed = UnitOfWork::new()
        .metadata(Metadata::new().with_actor("ada"))
        .with(&mut from)
        .with(untouched)
        .with(&mut ledger)
        .with(&mut to)
        .commit(&bank.store, &Json)
        .await
        .expect("a commit");
    let versions: Vec<_> = committed
        .versions
        .iter()
        .map(|(stream, version)| (stream.as_str(), version.get()))
        .collect();
    assert_eq!(
        versions,
        [("account-7", 3), ("ledger-main", 2), ("account-8", 2)]
    );
    assert_eq!((from.version(), from.pending().len()), (Version::new(3), 0));
    assert_eq!(
        (ledger.version(), ledger.pending().len()),
        (Version::new(2), 0)
    );
    let found = bank
        .store
        .find_commit(committed.receipt.commit_id)
        .await
        .expect("a look");
    let found = found.expect("it is there");
    assert_eq!(found.events.len(), 4);
    assert_eq!(found.committed.versions, committed.versions);
    assert!(
        found
            .events
            .iter()
            .all(|event| event.metadata.actor.as_deref() == Some("ada"))
    );
    // The roots go on from there.
    from.record(deposit(1));
    ledger.record(Booked(2));
    bank.accounts.save(&mut from).await.expect("a save");
    bank.ledgers.save(&mut ledger).await.expect("a save");
    assert_eq!(
        bank.accounts
            .load(&7)
            .await
            .expect("a load")
            .state()
            .balance,
        71
    );
    assert_eq!(
        bank.accounts
            .load(&8)
            .await
            .expect("a load")
            .state()
            .balance,
        30
    );
    assert_eq!(
        bank.ledgers
            .load(&"main".into())
            .await
            .expect("a load")
            .state()
            .total,
        33
    );
}

#[tokio::test]
async fn one_conflict_stops_all_and_the_roots_keep_their_events() {
    let bank = Bank::new().await;
    let mut account = bank.accounts.load(&7).await.expect("a load");
    let mut ledger = bank.ledgers.load(&"main".into()).await.expect("a load");
    ledger.record(Booked(5));
    account.record(withdraw(5));
    bank.accounts
        .execute(Ask(7, What::Deposit(1)))
        .await
        .expect("accepted");
    let before = bank.head().await;
    let error = UnitOfWork::new()
        .with(&mut ledger)
        .with(&mut account)
        .commit(&bank.store, &Json)
        .await
        .expect_err("a conflict");
    match &error {
        SaveError::Append(AppendError::Conflict { stream, actual, .. }) => {
            assert_eq!((stream.as_str(), actual.get()), ("account-7", 3));
        }
        other => panic!("expected a conflict, got: {other}"),
    }
    assert_eq!(bank.head().await, before);
    assert_eq!(
        (ledger.pending(), ledger.version()),
        (&[Booked(5)][..], Version::FIRST)
    );
    assert_eq!(
        (account.pending(), account.version()),
        (&[withdraw(5)][..], Version::new(3))
    );
    // With the other root fresh, the first one is good as it is.
    let mut account = bank.accounts.load(&7).await.expect("a load");
    account.record(withdraw(5));
    let unit = UnitOfWork::new().with(&mut ledger).with(&mut account);
    unit.commit(&bank.store, &Json).await.expect("a commit");
    assert_eq!(bank.head().await, before + 2);
}

#[tokio::test]
async fn nothing_to_write_is_an_error() {
    let bank = Bank::new().await;
    let mut account = bank.accounts.load(&7).await.expect("a load");
    let error = UnitOfWork::new()
        .with(&mut account)
        .commit(&bank.store, &Json)
        .await;
    assert!(matches!(
        error,
        Err(SaveError::Append(AppendError::InvalidInput { .. }))
    ));
}

#[tokio::test]
async fn the_same_aggregate_twice_is_an_error() {
    let bank = Bank::new().await;
    let mut one = bank.accounts.load(&7).await.expect("a load");
    let mut two = bank.accounts.load(&7).await.expect("a load");
    one.record(deposit(1));
    two.record(deposit(2));
    let unit = UnitOfWork::new().with(&mut one).with(&mut two);
    let error = unit.commit(&bank.store, &Json).await.expect_err("invalid");
    assert_eq!(
        error.to_string(),
        "invalid commit: stream `account-7` occurs twice"
    );
}

#[tokio::test]
async fn a_key_commits_once() {
    let bank = Bank::new().await;
    for round in 0..2 {
        // Each round decides on what it finds; the second one finds its own work done.
        let id = CommitId::from_key("transfer-1");
        let done = bank.store.find_commit(id).await.expect("a look");
        assert_eq!(done.is_some(), round == 1);
        let mut from = bank.accounts.load(&7).await.expect("a load");
        let mut to = bank.accounts.load(&8).await.expect("a load");
        from.record(withdraw(10));
        to.record(deposit(10));
        let unit = UnitOfWork::new()
            .idempotency_key("transfer-1")
            .with(&mut from)
            .with(&mut to);
        let committed = unit.commit(&bank.store, &Json).await.expect("a commit");
        assert_eq!(committed.duplicate, round == 1);
        assert_eq!(
            (committed.receipt.first, committed.receipt.commit_id),
            (Position::new(4), id)
        );
    }
    assert_eq!(
        bank.accounts
            .load(&7)
            .await
            .expect("a load")
            .state()
            .balance,
        90
    );
    assert_eq!(
        bank.accounts
            .load(&8)
            .await
            .expect("a load")
            .state()
            .balance,
        10
    );
}

#[tokio::test]
async fn a_repeated_commit_leaves_no_root_that_could_hide_a_conflict() {
    let bank = Bank::new().await;
    let mut first = bank.accounts.load(&8).await.expect("a load");
    first.record(deposit(10));
    let unit = UnitOfWork::new().idempotency_key("k").with(&mut first);
    unit.commit(&bank.store, &Json).await.expect("a commit");
    // The repetition was decided on top of the first one.
    let mut again = bank.accounts.load(&8).await.expect("a load");
    again.record(deposit(10));
    let unit = UnitOfWork::new().idempotency_key("k").with(&mut again);
    let committed = unit.commit(&bank.store, &Json).await.expect("a repetition");
    assert!(committed.duplicate);
    assert_eq!(again.pending(), []);
    // Somebody takes the version that the root would stand at, had it written its events.
    bank.accounts
        .execute(Ask(8, What::Drain))
        .await
        .expect("accepted");
    again.record(withdraw(10));
    let error = bank.accounts.save(&mut again).await.expect_err("stale");
    assert!(
        matches!(error, SaveError::Append(AppendError::Conflict { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_leaves_its_roots_up_to_date() {
    let bank = Bank::new().await;
    let (mut lost, mut kept) = (
        bank.accounts.load(&8).await.expect("a load"),
        bank.accounts.load(&8).await.expect("a load"),
    );
    for (round, root) in [&mut lost, &mut kept].into_iter().enumerate() {
        root.record(deposit(10));
        let unit = UnitOfWork::new().idempotency_key("k").with(root);
        let committed = unit.commit(&bank.store, &Json).await.expect("a commit");
        assert_eq!(committed.duplicate, round == 1);
    }
    assert_eq!(
        (kept.state().balance, kept.version()),
        (10, Version::new(2))
    );
    kept.record(withdraw(10));
    bank.accounts.save(&mut kept).await.expect("a save");
}

#[tokio::test]
async fn a_condition_over_the_rest_of_the_log_counts() {
    let bank = Bank::new().await;
    let after = bank.store.head().await.expect("head");
    let condition = || AppendCondition {
        none_of: vec![Filter::all().category("ledger")],
        after,
    };
    let mut ledger = bank.ledgers.load(&"main".into()).await.expect("a load");
    ledger.record(Booked(1));
    bank.ledgers.save(&mut ledger).await.expect("a save");
    let mut account = bank.accounts.load(&7).await.expect("a load");
    account.record(deposit(1));
    let unit = UnitOfWork::new().condition(condition()).with(&mut account);
    let error = unit
        .commit(&bank.store, &Json)
        .await
        .expect_err("somebody booked");
    assert!(
        matches!(
            error,
            SaveError::Append(AppendError::ConditionFailed { .. })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_command_may_depend_on_the_rest_of_the_log() {
    let bank = Bank::new().await;
    let nobody_booked = AppendCondition {
        none_of: vec![Filter::all().category("ledger")],
        after: Position::START,
    };
    let options = |condition: &AppendCondition| ExecuteOptions {
        condition: Some(condition.clone()),
        ..ExecuteOptions::default()
    };
    let booked_first = bank
        .accounts
        .execute_with(Ask(7, What::Deposit(1)), options(&nobody_booked));
    let version = booked_first.await.expect("nobody booked yet").version;
    let mut ledger = bank.ledgers.load(&"main".into()).await.expect("a load");
    ledger.record(Booked(1));
    bank.ledgers.save(&mut ledger).await.expect("a save");

    let refused = bank
        .accounts
        .execute_with(Ask(7, What::Deposit(1)), options(&nobody_booked))
        .await;
    let error = refused.expect_err("somebody booked");
    assert!(
        matches!(
            &error,
            ExecuteError::Conflict {
                attempts: 1,
                source: AppendError::ConditionFailed { .. }
            }
        ),
        "a fixed condition is not worth another try: {error}"
    );
    assert_eq!(
        bank.accounts.load(&7).await.expect("a load").version(),
        version
    );
}

#[tokio::test]
async fn streams_written_only_by_units_get_snapshots_when_loaded() {
    let bank = Bank::new().await;
    let accounts = EventSourced::<Account, _>::new(bank.store.clone()).snapshot_every(5);
    for _ in 0..10 {
        let mut account = accounts.load(&7).await.expect("a load");
        account.record(deposit(1));
        let unit = UnitOfWork::new().with(&mut account);
        unit.commit(&bank.store, &Json).await.expect("a commit");
    }
    accounts.flush_snapshots().await;
    let stream = stream_id::<Account>(&7).expect("an id");
    let kept = bank.store.load_snapshot(&stream).await.expect("a look");
    assert!(kept.is_some_and(|snapshot| snapshot.version >= Version::new(5)));
}
