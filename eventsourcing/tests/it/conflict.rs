//! Conflicts: decided again on fresh state, but not for ever.

use std::sync::atomic::Ordering::SeqCst;

use eventsourcing::{
    AppendError, Commit, EventSourced, EventStore, ExecuteError, ExecuteOptions,
    ExpectedVersion::{self, Any},
    NewEvent, Position, Repository, RepositoryExt, SaveError, Version, stream_id,
};

use crate::domain::{Account, AccountError, Ask, What, deposit, withdraw};
use crate::spy::Spy;

type Accounts = EventSourced<Account, Spy>;

/// A commit by somebody else.
fn rival(event: &crate::domain::AccountEvent) -> Commit {
    let new = NewEvent::encode(event, &eventsourcing::Json).expect("an event");
    Commit::new().append(stream_id::<Account>(&7).expect("an id"), Any, vec![new])
}

async fn with_account() -> (Spy, Accounts) {
    let store = Spy::new();
    let accounts = Accounts::new(store.clone());
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    (store, accounts)
}

#[tokio::test]
async fn the_decision_is_repeated_on_fresh_state() {
    let (store, accounts) = with_account().await;
    accounts
        .execute(Ask(7, What::Deposit(100)))
        .await
        .expect("accepted");
    store.rival(rival(&deposit(11)));
    let outcome = accounts
        .execute(Ask(7, What::Drain))
        .await
        .expect("accepted");
    assert_eq!(
        outcome.events,
        [withdraw(111)],
        "decided on what the rival left"
    );
    assert_eq!(outcome.version, Version::new(4));
}

#[tokio::test]
async fn fresh_state_may_lead_to_a_refusal() {
    let (store, accounts) = with_account().await;
    accounts
        .execute(Ask(7, What::Deposit(100)))
        .await
        .expect("accepted");
    store.rival(rival(&withdraw(60)));
    let error = accounts
        .execute(Ask(7, What::Withdraw(50)))
        .await
        .expect_err("refused");
    assert_eq!(
        error.rejection(),
        Some(&AccountError::InsufficientFunds { balance: 40 })
    );
}

#[tokio::test]
async fn retries_are_bounded() {
    for cached in [0, 10] {
        let (store, accounts) = with_account().await;
        let accounts = accounts.cached(cached);
        (0..20).for_each(|_| store.rival(rival(&deposit(1))));
        let before = store.appends();
        let options = ExecuteOptions {
            retries: 3,
            ..ExecuteOptions::default()
        };
        let error = accounts
            .execute_with(Ask(7, What::Deposit(1)), options)
            .await
            .expect_err("always too late");
        assert_eq!(store.appends() - before, 4, "once and three retries");
        assert!(
            matches!(error, ExecuteError::Conflict { attempts: 4, .. }),
            "{error}"
        );
        assert_eq!(
            error.to_string(),
            "gave up at attempt 4: stream `account-7` is at version 5, expected version 4"
        );
        assert_eq!(
            store.head().await.expect("head"),
            Position::new(5),
            "only rivals wrote"
        );
    }
}

#[tokio::test]
async fn no_retries_means_none() {
    let (store, accounts) = with_account().await;
    store.rival(rival(&deposit(1)));
    let options = ExecuteOptions {
        retries: 0,
        ..ExecuteOptions::default()
    };
    let error = accounts
        .execute_with(Ask(7, What::Deposit(1)), options)
        .await;
    assert!(matches!(
        error,
        Err(ExecuteError::Conflict { attempts: 1, .. })
    ));
}

#[tokio::test]
async fn an_expected_version_is_never_retried() {
    let (store, accounts) = with_account().await;
    let at = |expected| ExecuteOptions {
        expected,
        ..ExecuteOptions::default()
    };
    let exact = |version| ExpectedVersion::Exact(Version::new(version));
    let before = store.appends();
    for expected in [exact(0), exact(2), ExpectedVersion::NoStream] {
        let error = accounts
            .execute_with(Ask(7, What::Deposit(1)), at(expected))
            .await
            .expect_err("a conflict");
        match error {
            ExecuteError::Conflict {
                attempts: 1,
                source:
                    AppendError::Conflict {
                        expected: wanted,
                        actual,
                        ..
                    },
            } => assert_eq!((wanted, actual), (expected, Version::FIRST)),
            other => panic!("expected a conflict, got: {other}"),
        }
    }
    assert_eq!(store.appends(), before);
    for (index, expected) in [exact(1), ExpectedVersion::Exists, Any]
        .into_iter()
        .enumerate()
    {
        let command = Ask(7, What::Deposit(1));
        let outcome = accounts
            .execute_with(command, at(expected))
            .await
            .expect("as expected");
        assert_eq!(outcome.version.get(), index as u64 + 2);
    }
}

#[tokio::test]
async fn an_expected_version_holds_also_if_a_rival_slips_in() {
    let (store, accounts) = with_account().await;
    store.rival(rival(&deposit(1)));
    let options = ExecuteOptions {
        expected: ExpectedVersion::Exact(Version::FIRST),
        ..ExecuteOptions::default()
    };
    let error = accounts
        .execute_with(Ask(7, What::Deposit(5)), options)
        .await;
    assert!(
        matches!(error, Err(ExecuteError::Conflict { .. })),
        "{error:?}"
    );
    assert_eq!(accounts.load(&7).await.expect("a load").state().balance, 1);
}

#[tokio::test]
async fn a_save_is_not_retried_and_the_root_keeps_its_events() {
    let (store, accounts) = with_account().await;
    let mut root = accounts.load(&7).await.expect("a load");
    root.record(deposit(5));
    store.rival(rival(&deposit(1)));
    let error = accounts.save(&mut root).await.expect_err("a conflict");
    assert!(matches!(
        error,
        SaveError::Append(AppendError::Conflict { .. })
    ));
    assert_eq!(
        (root.pending(), root.version()),
        (&[deposit(5)][..], Version::new(2))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_commands_all_count() {
    let (_, accounts) = with_account().await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let accounts = accounts.clone();
            tokio::spawn(async move {
                let options = ExecuteOptions {
                    retries: 1000,
                    ..ExecuteOptions::default()
                };
                for _ in 0..10 {
                    let command = Ask(7, What::Deposit(1));
                    accounts
                        .execute_with(command, options.clone())
                        .await
                        .expect("accepted");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    let account = accounts.load(&7).await.expect("a load");
    assert_eq!(
        (account.state().balance, account.version()),
        (160, Version::new(161))
    );
}

#[tokio::test]
async fn a_crowd_at_one_aggregate_of_a_slow_store_gets_through() {
    let store = Spy::new();
    let accounts = EventSourced::<Account, _>::new(store.clone());
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    // Longer than anybody backs off: all who try, try together.
    store.shared.slowness.store(500, SeqCst);
    let crowd: Vec<_> = (0..64)
        .map(|_| {
            let accounts = accounts.clone();
            tokio::spawn(async move { accounts.execute(Ask(7, What::Deposit(1))).await })
        })
        .collect();
    for command in crowd {
        command.await.expect("no panic").expect("accepted");
    }
    assert_eq!(store.appends(), 1 + 64 + 63, "each tries at most twice");
    assert_eq!(accounts.load(&7).await.expect("a load").state().balance, 64);
}
