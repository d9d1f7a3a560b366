//! Aggregates as they were.

use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    AsOf, Clock, EventSourced, LoadError, MemoryStore, Repository, RepositoryExt, Timestamp,
    Version,
};

use crate::domain::{Account, Ask, What};
use crate::spy::Hand;

/// Opened at second 0, then 10 deposits of 1, one per second; every fifth event a snapshot.
async fn history() -> (Hand, EventSourced<Account, MemoryStore>) {
    let clock = Hand::default();
    let store = MemoryStore::with_clock(Arc::new(clock.clone()));
    let accounts = EventSourced::new(store).clock(Arc::new(clock.clone()));
    let accounts = accounts.snapshot_every(5).cached(10);
    accounts
        .execute(Ask(7, What::Open))
        .await
        .expect("accepted");
    for _ in 0..10 {
        clock.advance(Duration::from_secs(1));
        accounts
            .execute(Ask(7, What::Deposit(1)))
            .await
            .expect("accepted");
    }
    accounts.flush_snapshots().await;
    (clock, accounts)
}

#[tokio::test]
async fn at_every_version() {
    let (_, accounts) = history().await;
    for version in 0..=11 {
        let as_of = AsOf::Version(Version::new(version));
        let account = accounts.load_at(&7, as_of).await.expect("a load");
        assert_eq!(account.version(), Version::new(version));
        assert_eq!(account.state().balance, version.saturating_sub(1));
        assert_eq!(account.state().events, version);
    }
}

#[tokio::test]
async fn a_version_that_never_was_is_an_error() {
    let (_, accounts) = history().await;
    let as_of = AsOf::Version(Version::new(12));
    let error = accounts
        .load_at(&7, as_of)
        .await
        .expect_err("beyond the head");
    assert!(matches!(error, LoadError::VersionBeyondHead { .. }));
    assert_eq!(
        error.to_string(),
        "stream `account-7` has 11 events; there is no version 12"
    );
    let error = accounts
        .load_at(&8, AsOf::Version(Version::FIRST))
        .await
        .expect_err("empty");
    assert_eq!(
        error.to_string(),
        "stream `account-8` has 0 events; there is no version 1"
    );
    let empty = accounts
        .load_at(&8, AsOf::Version(Version::EMPTY))
        .await
        .expect("a load");
    assert!(!empty.exists());
}

#[tokio::test]
async fn at_every_time() {
    let (_, accounts) = history().await;
    let at = |micros| AsOf::Time(Timestamp::from_micros(micros));
    assert!(!accounts.load_at(&7, at(-1)).await.expect("a load").exists());
    for second in 0..=10_u64 {
        let micros = i64::try_from(second).expect("small") * 1_000_000;
        for (time, balance) in [(micros, second), (micros + 999_999, second)] {
            let account = accounts.load_at(&7, at(time)).await.expect("a load");
            assert_eq!(account.state().balance, balance, "at {time}");
            assert_eq!(account.version().get(), balance + 1);
        }
    }
    let ever = accounts.load_at(&7, at(i64::MAX)).await.expect("a load");
    assert_eq!(ever.version(), Version::new(11));
}

#[tokio::test]
async fn the_past_does_not_disturb_the_present() {
    let (_, accounts) = history().await;
    let mut past = accounts
        .load_at(&7, AsOf::Version(Version::new(3)))
        .await
        .expect("a load");
    assert_eq!(
        accounts.load(&7).await.expect("a load").version(),
        Version::new(11)
    );
    past.handle(Ask(7, What::Deposit(1))).expect("accepted");
    accounts
        .save(&mut past)
        .await
        .expect_err("the past cannot be changed");
}

#[tokio::test]
async fn a_command_is_decided_at_the_clocks_time() {
    let (clock, accounts) = history().await;
    clock.advance(Duration::from_secs(990));
    assert_eq!(accounts.now(), clock.now());
    accounts
        .execute(Ask(7, What::DepositTime))
        .await
        .expect("accepted");
    assert_eq!(
        accounts.load(&7).await.expect("a load").state().balance,
        10 + 1000
    );
}
