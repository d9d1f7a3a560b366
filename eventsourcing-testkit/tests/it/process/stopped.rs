//! A process that has stopped keeps no other from coming to its end.

use std::sync::Arc;

use eventsourcing::{MemoryStore, ProjectionOptions, RunnerError, StopReason, SystemClock};

use super::deadlines::{Clerk, Office};
use super::transfer::Bank;
use crate::projection::support::within;

#[tokio::test]
async fn one_that_has_stopped_leaves_no_other_in_the_middle() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 1_000).await;
    bank.open("bob", 0).await;
    bank.request("1", "ada", "bob", 300).await;
    let office = Office {
        log: bank.log.clone(),
        ..Office::new()
    };
    office.begin(9, "fail").await;
    let none = ProjectionOptions {
        max_parked: 0,
        ..ProjectionOptions::default()
    };
    let program = bank
        .runner(office.rows.clone(), Arc::new(SystemClock))
        .add_process_with(Clerk, office.hands.clone(), none)
        .idle()
        .expect("a runner");
    let stopped = within(program.catch_up()).await.expect_err("one stops");
    let RunnerError::Stopped { name, reason } = stopped else {
        panic!("{stopped}");
    };
    assert_eq!(name, "noting");
    assert!(
        matches!(reason, StopReason::TooManyParked { .. }),
        "{reason}"
    );
    assert_eq!(bank.ended("1").await.as_deref(), Some("done"));
    assert_eq!(bank.cents("bob").await, 300);
}
