//! The same idempotency key executes once.

use std::sync::atomic::Ordering::SeqCst;

use eventsourcing::{
    CommitId, EventSourced, EventStore, EventStoreExt, ExecuteError, ExecuteOptions,
    ExpectedVersion, LoadError, Outcome, Position, Repository, RepositoryExt, Version,
};

use crate::domain::{Account, AccountError, Ask, What, deposit, opened, withdraw};
use crate::spy::Spy;

type Accounts = EventSourced<Account, Spy>;

fn key(key: &str) -> ExecuteOptions {
    ExecuteOptions {
        idempotency_key: Some(key.into()),
        ..ExecuteOptions::default()
    }
}

async fn with_balance(cents: u64) -> (Spy, Accounts) {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone());
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    accounts
        .execute(Ask(7, What::Deposit(cents)))
        .await
        .expect("accepted");
    (store, accounts)
}

#[track_caller]
fn assert_repeats(again: &Outcome<Account>, first: &Outcome<Account>) {
    assert!(again.duplicate && !first.duplicate);
    assert_eq!(
        (&again.events, again.version),
        (&first.events, first.version)
    );
    assert_eq!(again.receipt, first.receipt);
}

#[tokio::test]
async fn a_repetition_returns_the_first_outcome() {
    let (store, accounts) = with_balance(100).await;
    let withdraw_all = Ask(7, What::Withdraw(100));
    let first = accounts
        .execute_with(withdraw_all.clone(), key("k"))
        .await
        .expect("accepted");
    // By now the same command would be refused.
    let again = accounts
        .execute_with(withdraw_all.clone(), key("k"))
        .await
        .expect("repeated");
    assert_repeats(&again, &first);
    // After other commands it would lead to the same events, at another version.
    accounts
        .execute(Ask(7, What::Deposit(700)))
        .await
        .expect("accepted");
    let again = accounts
        .execute_with(withdraw_all.clone(), key("k"))
        .await
        .expect("repeated");
    assert_repeats(&again, &first);
    assert_eq!(store.head().await.expect("head"), Position::new(4));
    // Under another key it is another command.
    let other = accounts
        .execute_with(withdraw_all, key("k2"))
        .await
        .expect("accepted");
    assert_eq!((other.duplicate, other.version), (false, Version::new(5)));
}

#[tokio::test]
async fn a_repetition_that_would_decide_otherwise_returns_the_first_outcome() {
    let (_, accounts) = with_balance(100).await;
    let first = accounts
        .execute_with(Ask(7, What::Drain), key("k"))
        .await
        .expect("accepted");
    assert_eq!(first.events, [withdraw(100)]);
    let nothing = accounts
        .execute_with(Ask(7, What::Drain), key("k"))
        .await
        .expect("repeated");
    assert_repeats(&nothing, &first);
    accounts
        .execute(Ask(7, What::Deposit(7)))
        .await
        .expect("accepted");
    let less = accounts
        .execute_with(Ask(7, What::Drain), key("k"))
        .await
        .expect("repeated");
    assert_repeats(&less, &first);
    assert_eq!(accounts.load(&7).await.expect("a load").state().balance, 7);
}

#[tokio::test]
async fn a_repetition_ignores_the_version_that_was_expected_then() {
    let (_, accounts) = with_balance(100).await;
    let options = ExecuteOptions {
        expected: ExpectedVersion::Exact(Version::new(2)),
        ..key("k")
    };
    let command = Ask(7, What::Deposit(1));
    let first = accounts
        .execute_with(command.clone(), options.clone())
        .await
        .expect("accepted");
    let again = accounts
        .execute_with(command, options)
        .await
        .expect("repeated");
    assert_repeats(&again, &first);
}

#[tokio::test]
async fn a_refused_command_uses_up_no_key() {
    let (_, accounts) = with_balance(0).await;
    let command = Ask(7, What::Withdraw(5));
    let error = accounts
        .execute_with(command.clone(), key("k"))
        .await
        .expect_err("refused");
    assert_eq!(
        error.rejection(),
        Some(&AccountError::InsufficientFunds { balance: 0 })
    );
    accounts
        .execute(Ask(7, What::Deposit(5)))
        .await
        .expect("accepted");
    let outcome = accounts
        .execute_with(command, key("k"))
        .await
        .expect("accepted now");
    assert!(!outcome.duplicate);
}

#[tokio::test]
async fn a_command_that_changed_nothing_uses_up_no_key() {
    let (_, accounts) = with_balance(0).await;
    let nothing = accounts
        .execute_with(Ask(7, What::Drain), key("k"))
        .await
        .expect("accepted");
    assert_eq!((nothing.events.len(), nothing.duplicate), (0, false));
    accounts
        .execute(Ask(7, What::Deposit(5)))
        .await
        .expect("accepted");
    let outcome = accounts
        .execute_with(Ask(7, What::Drain), key("k"))
        .await
        .expect("accepted");
    assert_eq!(
        (outcome.events, outcome.duplicate),
        (vec![withdraw(5)], false)
    );
}

#[tokio::test]
async fn a_key_used_for_another_aggregate_is_an_error() {
    let (store, accounts) = with_balance(0).await;
    accounts
        .execute_with(Ask(7, What::Deposit(5)), key("k"))
        .await
        .expect("accepted");
    accounts
        .execute(Ask(8, What::Open))
        .await
        .expect("accepted");
    // Accepted, refused or without events: the key belongs to account 7.
    for command in [
        Ask(8, What::Deposit(5)),
        Ask(8, What::Withdraw(5)),
        Ask(8, What::Drain),
    ] {
        let error = accounts
            .execute_with(command, key("k"))
            .await
            .expect_err("misused");
        match error {
            ExecuteError::Load(LoadError::OtherStream { commit_id, stream }) => {
                assert_eq!(commit_id, CommitId::from_key("k"));
                assert_eq!(stream.as_str(), "account-8");
            }
            other => panic!("expected OtherStream, got: {other}"),
        }
    }
    assert_eq!(store.head().await.expect("head"), Position::new(4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_repetitions_execute_once() {
    let (store, accounts) = with_balance(100).await;
    for (round, what) in [What::Deposit(9), What::Drain, What::Open]
        .into_iter()
        .enumerate()
    {
        let before = store.head().await.expect("head");
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let (accounts, key) = (accounts.clone(), key(&format!("round {round}")));
                let command = Ask(if round == 2 { 8 } else { 7 }, what.clone());
                tokio::spawn(async move { accounts.execute_with(command, key).await })
            })
            .collect();
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.expect("no panic").expect("an outcome"));
        }
        let first: Vec<_> = outcomes
            .iter()
            .filter(|outcome| !outcome.duplicate)
            .collect();
        assert_eq!(first.len(), 1, "round {round}");
        for again in outcomes.iter().filter(|outcome| outcome.duplicate) {
            assert_repeats(again, first[0]);
        }
        let after = store.head().await.expect("head");
        assert_eq!(after.get(), before.get() + 1, "round {round}");
    }
}

#[tokio::test]
async fn an_unknown_outcome_is_resolved_by_the_same_key() {
    let (store, accounts) = with_balance(0).await;
    store.shared.lose_ack.store(true, SeqCst);
    let command = Ask(7, What::Deposit(5));
    let error = accounts
        .execute_with(command.clone(), key("k"))
        .await
        .expect_err("lost");
    assert!(
        error
            .to_string()
            .starts_with("it is unknown whether commit"),
        "{error}"
    );
    let outcome = accounts
        .execute_with(command, key("k"))
        .await
        .expect("resolved");
    assert_eq!(
        (outcome.events, outcome.version),
        (vec![deposit(5)], Version::new(3))
    );
    assert!(outcome.duplicate);
    assert_eq!(accounts.load(&7).await.expect("a load").state().balance, 5);
}

#[tokio::test]
async fn a_commit_is_found_by_its_id() {
    let (store, accounts) = with_balance(3).await;
    let id = CommitId::from_key("k");
    assert_eq!(store.find_commit(id).await.expect("a look"), None);
    assert!(accounts.find_saved(&7, id).await.expect("a look").is_none());
    let outcome = accounts
        .execute_with(Ask(8, What::Open), key("k"))
        .await
        .expect("accepted");
    accounts
        .execute(Ask(8, What::Deposit(1)))
        .await
        .expect("accepted");
    let found = store
        .find_commit(id)
        .await
        .expect("a look")
        .expect("it is there");
    assert_eq!(Some(found.committed.receipt), outcome.receipt);
    assert_eq!(found.committed.versions[0].1, Version::FIRST);
    assert!(found.committed.duplicate);
    assert_eq!(found.events.len(), 1);
    let saved = accounts
        .find_saved(&8, id)
        .await
        .expect("a look")
        .expect("it is there");
    assert_eq!(
        (saved.events, saved.version),
        (vec![opened("ada")], Version::FIRST)
    );
    let error = accounts
        .find_saved(&7, id)
        .await
        .expect_err("another stream");
    assert_eq!(
        error.to_string(),
        format!(
            "commit {id} wrote nothing to stream `account-7`; was its idempotency key used for something else?"
        )
    );
}
