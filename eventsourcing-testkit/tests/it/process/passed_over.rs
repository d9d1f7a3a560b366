//! What an instance has not come past is not passed over when the log is read again, and what led to nothing leads to nothing.

use eventsourcing::{Begin, ReadModels};

use super::deadlines::{Office, READABLE};
use crate::projection::support::within;

async fn parked(office: &Office) -> usize {
    let projections = office.projections();
    let parked = within(projections.parked("noting", None, 10)).await;
    parked.expect("rows").len()
}

/// Has it handle everything once more.
async fn again(office: &mut Office, anew: bool) {
    if anew {
        let projections = office.projections();
        let begun = within(projections.begin_anew("noting", Begin::Beginning, "ada")).await;
        begun.expect("begun");
    } else {
        office.rows = ReadModels::in_memory();
    }
    office.catch_up().await;
}

#[tokio::test]
async fn what_nobody_could_read_is_reacted_to_though_later_events_were() {
    for anew in [false, true] {
        let mut office = Office::new();
        office.begin(1, "note:begun").await;
        READABLE.set(false);
        office.tell(1, "NOTE:middle").await;
        office.tell(1, "after:last:oops").await;
        office.tell(1, "note:last").await;
        office.catch_up().await;
        assert_eq!(office.notes(1).await, ["begun", "last"]);
        assert_eq!(parked(&office).await, 1);

        READABLE.set(true);
        again(&mut office, anew).await;
        assert_eq!(office.notes(1).await, ["begun", "last", "middle"]);
        assert_eq!(parked(&office).await, 0);
        let coverage = within(office.projections().verify("noting")).await;
        assert!(coverage.expect("a check").is_complete());
        again(&mut office, anew).await;
        assert_eq!(office.notes(1).await, ["begun", "last", "middle"]);
    }
}

#[tokio::test]
async fn what_led_to_nothing_before_a_timer_does_again_though_another_instance_is_parked() {
    for anew in [false, true] {
        let mut office = Office::new();
        office.begin(9, "fail").await;
        office.begin(1, "note:begun;timer:deadline:3600").await;
        office.tell(1, "after:deadline:oops").await;
        office.catch_up().await;
        office.wait(4_000);
        office.catch_up().await;
        assert_eq!(office.notes(1).await, ["begun", "deadline"]);
        again(&mut office, anew).await;
        assert_eq!(office.notes(1).await, ["begun", "deadline"]);
        assert_eq!(parked(&office).await, 1);
    }
}
