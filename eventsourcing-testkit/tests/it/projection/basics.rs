//! What a runner makes of a log when nothing goes wrong.

use std::time::Duration;

use eventsourcing::{
    Begin, MemoryStore, Position, ProjectionOptions, ProjectionRunner, ProjectionState,
    RunnerError, Waited,
};

use super::shelf::Shelf;
use super::support::{
    AccountEvent, Balances, Noted, append, balances, deposit, deposited, folded, within,
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn history_and_what_comes_are_folded_and_listed() {
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    for cents in 1..=2_500 {
        deposit(&log, &(cents % 7).to_string(), cents).await;
    }
    let running = ProjectionRunner::new(log.clone(), rows.clone())
        .add(Balances::<1>::default())
        .start()
        .expect("a runner");
    let receipt = deposit(&log, "new", 5).await;
    let waited = within(running.wait_for("balances", &receipt, MINUTE)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(balances(&rows), folded(&log, 1).await);

    let receipt = deposit(&log, "new", 6).await;
    let waited = within(running.wait_for("balances", &receipt, MINUTE)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(balances(&rows)["new"].cents, 11);
    let list = running.list().await.expect("a list");
    assert_eq!(list.len(), 1);
    assert_eq!(
        (list[0].name.as_str(), &list[0].state),
        ("balances", &ProjectionState::Live)
    );
    let serving = list[0].serving.as_ref().expect("a generation");
    assert_eq!(serving.position, receipt.last);
    assert_eq!(
        (serving.behind, serving.late),
        (Some(0), Some(Duration::ZERO))
    );
    assert_eq!(
        (serving.applied, serving.parked, serving.skipped),
        (2_502, 0, 0)
    );
    assert!(serving.rate > 0.0, "{serving:?}");

    within(running.shutdown()).await;
    assert_eq!(
        running.list().await.expect("a list")[0].state,
        ProjectionState::Idle
    );
    let coverage = running.verify("balances").await.expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
    assert_eq!((coverage.applied, coverage.position), (2_502, receipt.last));
}

#[tokio::test]
async fn catching_up_ends_at_the_end_of_the_log_and_goes_on_from_there() {
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    let balances_of = Balances::<1>::default();
    for round in 1..=3 {
        deposit(&log, "a", 1).await;
        let idle = ProjectionRunner::new(log.clone(), rows.clone())
            .add(balances_of.clone())
            .idle()
            .expect("a runner");
        within(idle.catch_up()).await.expect("caught up");
        assert_eq!(balances(&rows)["a"].events, round);
        assert_eq!(
            balances_of.trouble.handled() as u64,
            round,
            "each event once"
        );
    }
}

#[tokio::test]
async fn events_that_do_not_match_are_passed_and_the_progress_is_kept() {
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    let text = || AccountEvent::Noted(Noted { text: "n".into() });
    for _ in 0..10 {
        append(&log, "a", (0..1_000).map(|_| text())).await;
    }
    let idle = ProjectionRunner::new(log.clone(), rows.clone())
        .add(Balances::<1>::default())
        .idle()
        .expect("a runner");
    within(idle.catch_up()).await.expect("caught up");
    let status = idle.status("balances").await.expect("a status");
    let serving = status.serving.expect("a generation");
    assert_eq!(
        (serving.position, serving.applied),
        (Position::new(10_000), 0)
    );
    assert!(balances(&rows).is_empty());
    let coverage = idle.verify("balances").await.expect("a check");
    assert!(coverage.is_complete());
    assert_eq!(coverage.position, Position::new(10_000));
}

#[tokio::test]
async fn from_now_means_the_same_now_in_every_build() {
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    deposit(&log, "old", 1).await;
    let options = ProjectionOptions {
        begin: Begin::Now,
        ..ProjectionOptions::default()
    };
    let idle = ProjectionRunner::new(log.clone(), rows.clone())
        .add_with(Balances::<1>::default(), options)
        .idle()
        .expect("a runner");
    within(idle.catch_up()).await.expect("caught up");
    append(&log, "new", [deposited(1), deposited(2)]).await;
    within(idle.catch_up()).await.expect("caught up");
    let live = balances(&rows);
    assert_eq!(live.keys().collect::<Vec<_>>(), ["new"]);
    within(idle.rebuild("balances", "ada"))
        .await
        .expect("a rebuild");
    within(idle.catch_up()).await.expect("caught up");
    assert_eq!(
        idle.status("balances")
            .await
            .expect("a status")
            .serving
            .expect("one")
            .number,
        2
    );
    assert_eq!(balances(&rows), live);
    assert!(
        idle.verify("balances")
            .await
            .expect("a check")
            .is_complete()
    );
}

#[tokio::test]
async fn what_cannot_be_run_is_refused_by_name() {
    let runner = || ProjectionRunner::new(MemoryStore::new(), Shelf::default());
    let twice = runner()
        .add(Balances::<1>::default())
        .add(Balances::<2>::default());
    let error = twice.idle().expect_err("two of a name");
    assert!(matches!(error, RunnerError::DuplicateName { ref name } if name == "balances"));
    let idle = runner()
        .add(Balances::<1>::default())
        .idle()
        .expect("a runner");
    let error = idle.pause("balance", "ada").await.expect_err("no such");
    assert_eq!(
        error.to_string(),
        "there is no projection `balance`; there are: balances"
    );
    let error = idle.verify("balances").await.expect_err("never run");
    assert!(matches!(error, RunnerError::NeverRun { .. }), "{error}");
}
