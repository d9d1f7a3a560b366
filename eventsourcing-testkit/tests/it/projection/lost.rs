//! Rows that are lost, or the last of them: what was decided stands in the log.

use eventsourcing::{
    Begin, Commit, EventStore, ExpectedVersion::Any, Json, MemoryStore, Metadata, NewEvent,
    OperatorEvent, Paused, ProjectionOptions, ProjectionRunner, ProjectionState, Projections,
    StreamId,
};

use super::shelf::Shelf;
use super::support::{Balances, balances, deposit, within};

fn from_now(log: &MemoryStore, rows: &Shelf) -> Projections<Shelf> {
    let options = ProjectionOptions {
        begin: Begin::Now,
        ..ProjectionOptions::default()
    };
    ProjectionRunner::new(log.clone(), rows.clone())
        .add_with(Balances::<1>::default(), options)
        .idle()
        .expect("a runner")
}

/// As a crash leaves it: the event is durable, what follows from it was not done.
async fn record(log: &MemoryStore, event: OperatorEvent) {
    let stream = StreamId::new("projection", "balances").expect("an id");
    let event = NewEvent::encode(&event, &Json).expect("json");
    let commit = Commit::new()
        .append(stream, Any, vec![event])
        .with_metadata(Metadata::new().with_actor("ada"));
    log.append(commit).await.expect("an append");
}

async fn state(idle: &Projections<Shelf>) -> ProjectionState {
    idle.status("balances").await.expect("a status").state
}

#[tokio::test]
async fn it_begins_where_it_began_and_stays_paused() {
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    deposit(&log, "old", 1).await;
    let idle = from_now(&log, &rows);
    within(idle.catch_up()).await.expect("caught up");
    for cents in 1..=3 {
        deposit(&log, "new", cents).await;
    }
    within(idle.catch_up()).await.expect("caught up");
    let before = balances(&rows);
    assert_eq!(before["new"].cents, 6);
    assert_eq!(before.len(), 1);
    within(idle.pause("balances", "ada")).await.expect("paused");

    // Whoever looks before anything has run knows it too.
    let rows = Shelf::default();
    let idle = from_now(&log, &rows);
    let ProjectionState::Paused(Paused { actor, .. }) = state(&idle).await else {
        panic!("{:?}", state(&idle).await);
    };
    assert_eq!(actor, "ada");
    within(idle.catch_up()).await.expect("nothing to do");
    assert!(matches!(state(&idle).await, ProjectionState::Paused(_)));
    assert!(balances(&rows).is_empty(), "it is paused");

    within(idle.resume("balances", "bob"))
        .await
        .expect("resumed");
    within(idle.catch_up()).await.expect("caught up");
    assert_eq!(balances(&rows), before);
    let coverage = idle.verify("balances").await.expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
    assert_eq!(coverage.applied, 3);

    // Nothing was begun a second time.
    let stream = StreamId::new("projection", "balances").expect("an id");
    let head = log.stream_head(&stream).await.expect("a head");
    assert_eq!(head.expect("events").version.get(), 3);
}

#[tokio::test]
async fn what_was_written_down_and_not_done_is_done() {
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    let idle = from_now(&log, &rows);
    within(idle.catch_up()).await.expect("caught up");
    record(&log, OperatorEvent::Paused).await;
    deposit(&log, "a", 1).await;
    within(idle.catch_up()).await.expect("nothing to do");
    assert!(matches!(state(&idle).await, ProjectionState::Paused(_)));
    assert!(balances(&rows).is_empty());

    record(&log, OperatorEvent::Resumed).await;
    assert_eq!(state(&idle).await, ProjectionState::Idle);
    within(idle.catch_up()).await.expect("caught up");
    assert_eq!(balances(&rows)["a"].cents, 1);
}

#[tokio::test]
async fn of_two_that_begin_at_the_same_moment_the_first_counts() {
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    deposit(&log, "old", 1).await;
    record(&log, OperatorEvent::Begun).await;
    deposit(&log, "new", 5).await;
    record(&log, OperatorEvent::Begun).await;
    within(from_now(&log, &rows).catch_up())
        .await
        .expect("caught up");
    let balances = balances(&rows);
    assert_eq!((balances.len(), balances["new"].cents), (1, 5));
}
