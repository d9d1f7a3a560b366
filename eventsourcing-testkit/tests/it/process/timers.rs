//! Timers: once, whatever happens to the clock and the rows.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use eventsourcing::{Clock, DispatchError, MemoryStore, ProjectionRunner, Projections};
use eventsourcing_testkit::ManualClock;

use super::deadlines::Office;
use super::transfer::{Bank, Broken, DAY, Transfers};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

fn banks() -> (Bank<MemoryStore>, ManualClock) {
    let clock = ManualClock::default();
    let log = MemoryStore::with_clock(Arc::new(clock.clone()));
    (Bank::new(log), clock)
}

/// Processes whose commands are executed, and do nothing.
fn idle_hands(bank: &Bank<MemoryStore>, rows: &Shelf, clock: &ManualClock) -> Projections<Shelf> {
    ProjectionRunner::new(bank.log.clone(), rows.clone())
        .clock(Arc::new(clock.clone()))
        .add_process(Transfers, Nobody)
        .idle()
        .expect("a runner")
}

struct Nobody;

impl eventsourcing::Dispatch<super::transfer::Task> for Nobody {
    async fn dispatch(
        &self,
        _: super::transfer::Task,
        _: eventsourcing::ExecuteOptions,
    ) -> Result<(), DispatchError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_deadline_is_met_once_across_restarts_and_steps_of_the_clock() {
    let (bank, clock) = banks();
    bank.request("1", "ada", "bob", 300).await;
    let rows = Shelf::default();
    within(idle_hands(&bank, &rows, &clock).catch_up())
        .await
        .expect("no trouble");
    clock.advance(Duration::from_secs(23 * 3_600));
    within(idle_hands(&bank, &rows, &clock).catch_up())
        .await
        .expect("no trouble");
    assert_eq!(bank.transfer("1").await.late, 0);
    clock.advance(Duration::from_secs(2 * 3_600));
    within(idle_hands(&bank, &rows, &clock).catch_up())
        .await
        .expect("no trouble");
    assert_eq!(bank.transfer("1").await.late, 1);
    clock.set(ManualClock::START);
    within(idle_hands(&bank, &rows, &clock).catch_up())
        .await
        .expect("no trouble");
    clock.advance(DAY * 400);
    within(idle_hands(&bank, &rows, &clock).catch_up())
        .await
        .expect("no trouble");
    // Without its rows it meets its own decisions.
    let rows = Shelf::default();
    within(idle_hands(&bank, &rows, &clock).catch_up())
        .await
        .expect("no trouble");
    assert_eq!(bank.transfer("1").await.late, 1);
}

#[tokio::test]
async fn a_timer_of_something_that_runs_fires_without_a_new_event() {
    let (bank, clock) = banks();
    bank.request("1", "ada", "bob", 300).await;
    let rows = Shelf::default();
    let running = ProjectionRunner::new(bank.log.clone(), rows)
        .clock(Arc::new(clock.clone()))
        .add_process(Transfers, Nobody)
        .start()
        .expect("a runner");
    // Also a year's sleep ends.
    within(async {
        while bank.transfer("1").await.late == 0 {
            clock.advance(DAY);
            tokio::task::yield_now().await;
        }
    })
    .await;
    clock.advance(DAY * 365);
    within(running.shutdown()).await;
    assert_eq!(bank.transfer("1").await.late, 1);
}

#[tokio::test]
async fn many_timers_fire_in_order_and_are_gone() {
    let (bank, clock) = banks();
    for transfer in 0..2_000 {
        bank.request(&transfer.to_string(), "ada", "bob", 300).await;
        clock.advance(Duration::from_secs(1));
    }
    let rows = Shelf::default();
    let projections = idle_hands(&bank, &rows, &clock);
    within(projections.catch_up()).await.expect("no trouble");
    let with_timers = rows.len();
    clock.advance(Duration::from_secs(24 * 3_600 - 1_000));
    within(projections.catch_up()).await.expect("no trouble");
    let mut late = 0;
    for transfer in 0..2_000 {
        late += bank.transfer(&transfer.to_string()).await.late;
    }
    assert!((998..=1_002).contains(&late), "{late}");
    clock.advance(DAY);
    within(projections.catch_up()).await.expect("no trouble");
    assert!(
        rows.len() < with_timers - 3_900,
        "{with_timers}, {}",
        rows.len()
    );
}

#[tokio::test]
async fn who_is_unavailable_is_waited_for_and_nothing_is_parked() {
    let (bank, clock) = banks();
    bank.open("ada", 1_000).await;
    bank.request("1", "ada", "bob", 300).await;
    let rows = Shelf::default();
    let away = ProjectionRunner::new(bank.log.clone(), rows.clone())
        .clock(Arc::new(clock.clone()))
        .add_process(
            Transfers,
            Broken(|| DispatchError::Unavailable("gone to lunch".into())),
        )
        .start()
        .expect("a runner");
    within(async {
        while !format!("{:?}", away.status("transfer").await).contains("gone to lunch") {
            clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(
        away.parked("transfer", None, 100)
            .await
            .expect("a list")
            .len(),
        0
    );
    within(away.shutdown()).await;
    let returned = bank.runner(rows, Arc::new(clock.clone())).idle();
    within(returned.expect("a runner").catch_up())
        .await
        .expect("no trouble");
    assert_eq!(bank.ended("1").await.as_deref(), Some("done"));
    assert_eq!(bank.cents("bob").await, 300);
}

#[tokio::test]
async fn a_failing_timer_is_not_tried_at_every_event_that_is_made_up_for() {
    let office = Office::new();
    office.hands.tied.store(true, SeqCst);
    office.begin(1, "note:begun;timer:doing:10").await;
    for other in 2..50 {
        office.wait(3_700);
        office.begin(other, "note:begun").await;
    }
    office.catch_up().await;
    let status = office.projections().status("noting").await;
    let failing = status.expect("a status").failing_timers;
    assert_eq!(failing[0].attempts, 1);
    assert_eq!(failing[0].last_at, office.clock.now());
    office.hands.tied.store(false, SeqCst);
    office.wait(3);
    office.catch_up().await;
    assert_eq!(office.done(), ["it"]);
}

#[tokio::test]
async fn a_timer_that_would_be_due_for_ever_fails_and_keeps_nobody_waiting() {
    let office = Office::new();
    office.begin(1, "note:begun;timer:again:1").await;
    office.catch_up().await;
    office.wait(10);
    office.begin(2, "note:begun").await;
    office.catch_up().await;
    assert_eq!(office.notes(2).await, ["begun"]);
    let status = office.projections().status("noting").await;
    let failing = status.expect("a status").failing_timers;
    assert_eq!(failing[0].timer, "again");
    assert!(
        failing[0].error.contains("after `now()`"),
        "{}",
        failing[0].error
    );
}
