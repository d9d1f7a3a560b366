//! An event that could not be read waits under its stream's name. Once it can, it is its instance's, and is still found.

use std::time::Duration;

use eventsourcing::{Receipt, Waited};

use super::deadlines::{Office, READABLE};
use crate::projection::support::within;

/// Parked by a program that could not read it; all later ones can.
async fn parked_under_its_stream(office: &Office) -> Receipt {
    office.begin(1, "note:begun").await;
    READABLE.set(false);
    let receipt = office.tell(1, "NOTE:middle").await;
    office.catch_up().await;
    READABLE.set(true);
    receipt
}

#[tokio::test]
async fn who_waits_learns_that_it_is_parked() {
    let office = Office::new();
    let receipt = parked_under_its_stream(&office).await;
    let program = office.projections();
    let wait = |receipt| program.wait_for("noting", receipt, Duration::from_secs(1));
    let waited = within(wait(&receipt)).await;
    assert_eq!(waited.expect("it was seen"), Waited::Parked);
    let retried = within(program.retry("noting", None, "ada")).await;
    assert_eq!(retried.expect("no trouble").freed, 1);
    let waited = within(wait(&receipt)).await;
    assert_eq!(waited.expect("it was seen"), Waited::Applied);
}

#[tokio::test]
async fn it_is_left_out_and_nothing_stops() {
    let office = Office::new();
    let receipt = parked_under_its_stream(&office).await;
    let program = office.projections();
    let wrong = receipt.commit_id.event_id(0);
    let skipped = within(program.skip("noting", wrong, "ada", "wrong")).await;
    assert_eq!(skipped.expect("it was never applied").freed, 1);
    office.tell(1, "note:last").await;
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "last"]);
    let coverage = within(program.verify("noting")).await.expect("a check");
    assert!(
        coverage.is_complete() && coverage.skipped == 1,
        "{coverage:?}"
    );
}
