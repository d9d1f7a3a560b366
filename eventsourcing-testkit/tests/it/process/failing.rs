//! Timers that fail are seen, and tried again when somebody says so.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use eventsourcing::{
    Dispatch, DispatchError, ExecuteOptions, FailingTimer, ProjectionState, RunnerError,
};

use super::deadlines::Office;
use crate::projection::support::within;

async fn failing(office: &Office) -> Vec<FailingTimer> {
    let status = office.projections().status("noting").await;
    status.expect("a status").failing_timers
}

async fn retry(office: &Office, instance: Option<&str>) -> Result<(), RunnerError> {
    let projections = office.projections();
    let outcome = within(projections.retry("noting", instance, "ada")).await?;
    assert_eq!((outcome.freed, outcome.parked), (0, 0));
    Ok(())
}

#[tokio::test]
async fn it_is_told_which_timer_fails_how_and_until_when() {
    let office = Office::new();
    office.begin(1, "note:begun;timer:fail:10").await;
    office.begin(2, "note:begun;timer:other:10").await;
    office.begin(3, "note:begun;timer:nonsense:10").await;
    office.catch_up().await;
    assert_eq!(failing(&office).await, []);
    office.wait(11);
    office.catch_up().await;
    let told = failing(&office).await;
    let timers = told.iter().map(|told| (&*told.instance, &*told.timer));
    let timers: Vec<_> = timers.collect();
    assert_eq!(timers, [("1", "fail"), ("3", "nonsense")]);
    let FailingTimer {
        error,
        attempts,
        due,
        last_at,
        retry_at,
        ..
    } = &told[0];
    assert_eq!((&**error, *attempts), ("poison", 1));
    assert_eq!(last_at.since(*due), Duration::from_secs(1));
    assert_eq!(retry_at.since(*last_at), Duration::from_secs(2));
    assert!(told[1].error.contains("panicked"), "{}", told[1].error);
    assert_eq!(office.notes(2).await, ["begun", "other"]);

    // It is tried again by itself, and at once if somebody says so.
    office.wait(3);
    office.catch_up().await;
    assert_eq!(failing(&office).await[0].attempts, 2);
    office.catch_up().await;
    assert_eq!(failing(&office).await[0].attempts, 2, "it is not due");
    retry(&office, Some("1")).await.expect("it is there");
    office.catch_up().await;
    let attempts = |told: Vec<FailingTimer>| told.iter().map(|told| told.attempts).collect();
    let attempts: Vec<u32> = attempts(failing(&office).await);
    assert_eq!(attempts, [3, 2]);
    let error = retry(&office, Some("2"))
        .await
        .expect_err("it does not fail");
    assert!(
        matches!(error, RunnerError::NothingParked { .. }),
        "{error}"
    );

    // An instance that has come to its end has no timers.
    office.tell(1, "finish").await;
    office.catch_up().await;
    assert_eq!(failing(&office).await.len(), 1);
}

#[tokio::test]
async fn what_is_mended_is_done_when_somebody_says_so() {
    let office = Office::new();
    office.begin(1, "note:begun;timer:doing:10").await;
    office.catch_up().await;
    office.hands.tied.store(true, SeqCst);
    office.wait(11);
    office.catch_up().await;
    let told = failing(&office).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].error.contains("not now"), "{}", told[0].error);
    office.tell(1, "note:on;finish").await;
    office.catch_up().await;
    assert_eq!(
        failing(&office).await,
        told,
        "what was decided is to be done"
    );
    office.hands.tied.store(false, SeqCst);
    retry(&office, None).await.expect("it is there");
    office.catch_up().await;
    assert_eq!(office.done(), ["it"]);
    assert_eq!(failing(&office).await, []);
}

#[tokio::test]
async fn a_timer_that_somebody_unavailable_keeps_waiting_is_named() {
    #[derive(Clone, Copy, PartialEq)]
    enum Away {
        Says,
        IsSilent,
    }
    impl Dispatch<String> for Away {
        async fn dispatch(&self, _: String, _: ExecuteOptions) -> Result<(), DispatchError> {
            if *self == Self::IsSilent {
                std::future::pending::<()>().await;
            }
            Err(DispatchError::Unavailable("gone to lunch".into()))
        }
    }
    for (away, said) in [
        (Away::Says, "gone to lunch"),
        (Away::IsSilent, "a command was not executed for 30s"),
    ] {
        let office = Office::new();
        office.begin(1, "note:begun;timer:doing:10").await;
        office.catch_up().await;
        office.wait(11);
        let running = office.runner(away).start().expect("a runner");
        let told = ["timer `doing` of instance `1`: ", said].concat();
        within(async {
            loop {
                let state = running.status("noting").await.expect("a status").state;
                let ProjectionState::Waiting(why) = state else {
                    office.wait(1);
                    tokio::task::yield_now().await;
                    continue;
                };
                assert!(why.ends_with(&told), "{why}");
                return;
            }
        })
        .await;
        within(running.shutdown()).await;
    }
}
