//! Processes that are interrupted anywhere, over a store and rows that misbehave: nothing is done twice, nothing forgotten.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{Clock, EventStore, MemoryStore, SystemClock};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::adversarial::Adversarial;
use futures_util::FutureExt;

use super::transfer::{Bank, DAY};
use crate::projection::flaky::Flaky;
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

const ACCOUNTS: [&str; 4] = ["ada", "bob", "cyd", "eve"];

/// Transfers of all kinds, most of them good.
pub(super) async fn transfers<S: EventStore + Clone>(bank: &Bank<S>, seed: u64, count: u32) {
    let mut rng = fastrand::Rng::with_seed(seed);
    for account in ACCOUNTS {
        bank.open(account, 1_000).await;
    }
    bank.close("eve").await;
    for transfer in 0..count {
        let (from, to) = (rng.usize(..3), rng.usize(..4));
        bank.request(
            &transfer.to_string(),
            ACCOUNTS[from],
            ACCOUNTS[to],
            rng.u64(1..600),
        )
        .await;
    }
}

/// Every transfer has ended, and has moved what it says, once.
pub(super) async fn check<S: EventStore + Clone>(bank: &Bank<S>, count: u32, what: &str) {
    let mut expected = [1_000_i64; 4];
    let mut moves = [1; 4];
    for transfer in 0..count {
        let transfer = bank.transfer(&transfer.to_string()).await;
        let (from, to, cents) = transfer.request.expect("a request");
        let place = |id: &super::transfer::Id| {
            let id = id.to_string();
            ACCOUNTS.iter().position(|account| *account == id)
        };
        let (from, to) = (place(&from).expect("known"), place(&to).expect("known"));
        match transfer.ended.as_deref() {
            Some("done") => {
                expected[from] -= cents.cast_signed();
                expected[to] += cents.cast_signed();
                moves[from] += 1;
                moves[to] += 1;
            }
            Some("returned") => moves[from] += 2,
            Some("insufficient funds") => {}
            other => panic!("{what}: a transfer has ended as {other:?}"),
        }
    }
    for (place, account) in ACCOUNTS.iter().enumerate() {
        let state = bank.account(account).await;
        assert_eq!(
            state.cents.cast_signed(),
            expected[place],
            "{what}: {account}"
        );
        assert_eq!(state.moves, moves[place], "{what}: moves of {account}");
    }
}

#[tokio::test]
async fn whatever_is_interrupted_each_command_takes_effect_once() {
    for seed in 0..12 {
        let log = Adversarial::new(MemoryStore::new(), seed);
        let bank = Bank::new(log);
        transfers(&bank, seed, 20).await;
        let rows = Flaky::new(seed, 30);
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut interrupted = 0;
        // Time passes, so that whoever waits to try again does; slowly, so that nothing takes too long by it.
        let clock = ManualClock::new(SystemClock.now());
        loop {
            let runner = bank.runner(rows.clone(), Arc::new(clock.clone())).idle();
            let projections = runner.expect("a runner");
            let mut run = pin!(projections.catch_up());
            let mut done = false;
            for _ in 0..rng.usize(1..2_000) {
                if let Some(outcome) = run.as_mut().now_or_never() {
                    outcome.expect("no trouble");
                    done = true;
                    break;
                }
                clock.advance(Duration::from_millis(20));
                tokio::task::yield_now().await;
            }
            if done {
                break;
            }
            interrupted += 1;
            if interrupted > 200 {
                rows.set(0);
            }
        }
        check(
            &bank,
            20,
            &format!("seed {seed}, interrupted {interrupted} times"),
        )
        .await;
    }
}

#[tokio::test]
async fn rows_that_are_lost_are_made_again_without_another_effect() {
    let clock = ManualClock::new(SystemClock.now());
    let bank = Bank::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    transfers(&bank, 7, 20).await;
    for round in 0..3 {
        let rows = Shelf::default();
        let runner = bank.runner(rows, Arc::new(clock.clone())).idle();
        let projections = runner.expect("a runner");
        within(projections.catch_up()).await.expect("no trouble");
        let before = bank.log.head().await.expect("a head");
        clock.advance(DAY * 2);
        within(projections.catch_up()).await.expect("no trouble");
        check(&bank, 20, &format!("round {round}")).await;
        assert_eq!(
            bank.log.head().await.expect("a head"),
            before,
            "timers of ended transfers are dead"
        );
    }
}
