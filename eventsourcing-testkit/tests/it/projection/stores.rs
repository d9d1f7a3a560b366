//! Stores that are slow, gone for a while, or closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use eventsourcing::{
    Backoff, MemoryStore, ProjectionOptions, ProjectionRunner, ProjectionState, RunnerError,
    StopReason, Waited,
};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::adversarial::Adversarial;

use super::flaky::Flaky;
use super::shelf::Shelf;
use super::support::{Balances, balances, deposit, folded, within};

const HOUR: Duration = Duration::from_secs(3_600);

/// Moves the clock on whenever somebody waits for it, until told otherwise.
fn ticking(clock: &ManualClock) -> Arc<AtomicBool> {
    let (clock, go_on) = (clock.clone(), Arc::new(AtomicBool::new(true)));
    let told = go_on.clone();
    tokio::spawn(async move {
        while told.load(SeqCst) {
            clock.next_alarm().await;
            clock.advance(Duration::from_millis(20));
            tokio::task::yield_now().await;
        }
    });
    go_on
}

#[tokio::test]
async fn rows_that_are_gone_for_a_while_are_waited_for() {
    let clock = ManualClock::default();
    let log = MemoryStore::with_clock(Arc::new(clock.clone()));
    let rows = Flaky::new(1, 0);
    let running = ProjectionRunner::new(log.clone(), rows.clone())
        .clock(Arc::new(clock.clone()))
        .add(Balances::<1>::default())
        .start()
        .expect("a runner");
    let receipt = deposit(&log, "a", 1).await;
    within(running.wait_for("balances", &receipt, HOUR))
        .await
        .expect("in time");
    rows.set(1_000);
    let receipt = deposit(&log, "a", 2).await;
    let ticks = ticking(&clock);
    within(async {
        while rows.refused() < 20 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    rows.set(0);
    let status = within(running.status("balances")).await.expect("a status");
    assert!(
        matches!(
            status.state,
            ProjectionState::Waiting(_) | ProjectionState::Live | ProjectionState::CatchingUp
        ),
        "{status:?}"
    );
    let waited = within(running.wait_for("balances", &receipt, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(balances(&rows.shelf), folded(&log, 1).await);
    ticks.store(false, SeqCst);
    within(running.shutdown()).await;
}

#[tokio::test]
async fn patience_ends_where_it_was_told_to_and_somebody_may_resume() {
    let clock = ManualClock::default();
    let log = MemoryStore::with_clock(Arc::new(clock.clone()));
    let rows = Flaky::new(1, 0);
    let options = ProjectionOptions {
        patience: Backoff {
            attempts: 4,
            ..ProjectionOptions::default().patience
        },
        ..ProjectionOptions::default()
    };
    let running = ProjectionRunner::new(log.clone(), rows.clone())
        .clock(Arc::new(clock.clone()))
        .add_with(Balances::<1>::default(), options)
        .start()
        .expect("a runner");
    let receipt = deposit(&log, "a", 1).await;
    within(running.wait_for("balances", &receipt, HOUR))
        .await
        .expect("in time");
    rows.set(1_000);
    let receipt = deposit(&log, "a", 2).await;
    let ticks = ticking(&clock);
    let waited = within(running.wait_for("balances", &receipt, HOUR * 1_000)).await;
    rows.set(0);
    let text = waited.expect_err("it has stopped").to_string();
    assert!(
        text.contains("as the test asked") || text.contains("do it again") || text.contains("anew"),
        "{text}"
    );
    let status = running.status("balances").await.expect("a status");
    assert!(
        matches!(status.state, ProjectionState::Stopped(StopReason::Store(_))),
        "{status:?}"
    );
    within(running.resume("balances", "ada"))
        .await
        .expect("resumed");
    let waited = within(running.wait_for("balances", &receipt, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(balances(&rows.shelf), folded(&log, 1).await);
    ticks.store(false, SeqCst);
    within(running.shutdown()).await;
}

#[tokio::test]
async fn a_log_that_misbehaves_within_its_contract_is_folded_all_the_same() {
    for seed in 0..5 {
        let clock = ManualClock::default();
        let store = MemoryStore::with_clock(Arc::new(clock.clone()));
        let log = Adversarial::new(store.clone(), seed);
        let rows = Shelf::default();
        let running = ProjectionRunner::new(log, rows.clone())
            .clock(Arc::new(clock.clone()))
            .add(Balances::<1>::default())
            .start()
            .expect("a runner");
        let ticks = ticking(&clock);
        let mut last = deposit(&store, "a", 1).await;
        for cents in 0..300 {
            last = deposit(&store, &(cents % 7).to_string(), cents).await;
        }
        let waited = within(running.wait_for("balances", &last, HOUR * 1_000)).await;
        assert_eq!(waited.expect("in time"), Waited::Applied);
        assert_eq!(balances(&rows), folded(&store, 1).await);
        let coverage = within(running.verify("balances")).await.expect("a check");
        assert!(coverage.is_complete(), "{coverage:?}");
        ticks.store(false, SeqCst);
        within(running.shutdown()).await;
    }
}

#[tokio::test]
async fn rows_that_are_closed_are_not_waited_for() {
    let (log, rows) = (MemoryStore::new(), Flaky::new(1, 0));
    let projections = ProjectionRunner::new(log.clone(), rows.clone())
        .add(Balances::<1>::default())
        .idle()
        .expect("a runner");
    deposit(&log, "a", 1).await;
    within(projections.catch_up()).await.expect("open rows");
    deposit(&log, "a", 2).await;
    rows.close();
    let stopped = within(projections.catch_up()).await;
    assert!(
        matches!(
            stopped,
            Err(RunnerError::Stopped {
                reason: StopReason::Closed,
                ..
            })
        ),
        "{stopped:?}"
    );
}
