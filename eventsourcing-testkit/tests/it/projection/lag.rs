//! How late a projection is, on a clock that the test moves.

use std::time::Duration;

use eventsourcing::GenerationStatus;

use super::support::{AccountEvent, Noted};
use super::support::{Bank, append, deposit, within};

const MINUTE: Duration = Duration::from_secs(60);

async fn serving(bank: &Bank) -> GenerationStatus {
    bank.status().await.serving.expect("a generation")
}

async fn late(bank: &Bank) -> Option<Duration> {
    serving(bank).await.late
}

#[tokio::test]
async fn it_is_as_late_as_the_first_event_that_it_has_not_handled() {
    let bank = Bank::new();
    bank.clock.advance(60 * MINUTE);
    bank.catch_up().await;
    assert_eq!(
        late(&bank).await,
        Some(Duration::ZERO),
        "nothing is to come"
    );

    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    assert_eq!(late(&bank).await, Some(Duration::ZERO));
    // An hour in which nothing happens makes nobody late.
    bank.clock.advance(60 * MINUTE);
    assert_eq!(late(&bank).await, Some(Duration::ZERO));

    deposit(&bank.log, "a", 1).await;
    assert_eq!(late(&bank).await, Some(Duration::ZERO));
    bank.clock.advance(5 * MINUTE);
    deposit(&bank.log, "b", 1).await;
    bank.clock.advance(2 * MINUTE);
    let status = serving(&bank).await;
    assert_eq!((status.behind, status.late), (Some(2), Some(7 * MINUTE)));
    // Another program sees the same, though nothing has run in it.
    let other = bank.runner().add(bank.balances::<1>()).idle();
    let status = other.expect("a runner").status("balances").await;
    let status = status.expect("a status").serving.expect("a generation");
    assert_eq!((status.behind, status.late), (Some(2), Some(7 * MINUTE)));

    bank.catch_up().await;
    assert_eq!(late(&bank).await, Some(Duration::ZERO));
}

#[tokio::test]
async fn before_it_has_come_to_anything_nobody_knows() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    bank.projections
        .pause("balances", "ada")
        .await
        .expect("paused");
    bank.clock.advance(MINUTE);
    assert_eq!(late(&bank).await, None);
}

#[tokio::test]
async fn what_is_not_its_business_makes_it_no_later() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    let noted = AccountEvent::Noted(Noted { text: "n".into() });
    append(&bank.log, "a", vec![noted; 10]).await;
    bank.clock.advance(MINUTE);
    let status = serving(&bank).await;
    assert_eq!(
        (status.behind, status.late),
        (Some(10), Some(Duration::ZERO))
    );
    deposit(&bank.log, "a", 1).await;
    bank.clock.advance(MINUTE);
    assert_eq!(late(&bank).await, Some(MINUTE));
}

#[tokio::test]
async fn one_that_runs_and_waits_for_a_handler_is_as_late_as_its_event() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    let running = bank.runner().add(bank.balances::<1>()).start();
    let running = running.expect("a runner");
    let status = async || {
        let status = running.status("balances").await.expect("a status");
        status.serving.expect("a generation")
    };
    let live = async {
        while running.status("balances").await.is_ok_and(|status| {
            status
                .serving
                .is_none_or(|serving| serving.behind > Some(0))
        }) {
            tokio::task::yield_now().await;
        }
    };
    within(live).await;
    assert_eq!(status().await.late, Some(Duration::ZERO), "live");

    bank.clock.advance(60 * MINUTE);
    bank.trouble.hang("a");
    let before = bank.trouble.handled();
    deposit(&bank.log, "a", 1).await;
    let handling = async {
        while bank.trouble.handled() == before {
            tokio::task::yield_now().await;
        }
    };
    within(handling).await;
    // Less than what an event may take.
    let second = Duration::from_secs(1);
    bank.clock.advance(second);
    let status = status().await;
    assert_eq!((status.behind, status.late), (Some(1), Some(second)));
    drop(running); // the handler hangs
}
