//! Beginning anew with several partitions, after a crash, over damage, and while events come.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    Begin, BegunAnew, Bus, EventStore, Generation, MemoryStore, OperatorEvent, Position,
    ProjectionOptions, ProjectionRunner, ProjectionStore, ProjectionTx, PublishError,
    RecordedEvent, RunnerError, StopReason,
};
use eventsourcing_testkit::ManualClock;

use super::post::{FEED, Post, accounts, feed, write};
use super::restored::{idle, record, stopped};
use crate::projection::counting::Counting;
use crate::projection::restore::restored;
use crate::projection::shelf::Shelf;
use crate::projection::support::{Bank, deposit, within};

/// A bus that is away for one account.
#[derive(Clone)]
struct Half(Post, &'static str);

impl Bus for Half {
    async fn publish(&self, event: &RecordedEvent) -> Result<(), PublishError> {
        if event.stream.id() == self.1 {
            return Err(PublishError::Unavailable("away".into()));
        }
        self.0.publish(event).await
    }
}

#[tokio::test]
async fn with_several_partitions_it_goes_on_behind_the_one_that_was_last() {
    let clock = ManualClock::default();
    let log = MemoryStore::with_clock(Arc::new(clock.clone()));
    let (rows, post) = (Shelf::default(), Post::default());
    write(&log, &["a", "b", "c", "d", "e"], 1).await;
    let program = |log: &MemoryStore, away| {
        let options = ProjectionOptions {
            partitions: 4,
            ..ProjectionOptions::default()
        };
        let runner = ProjectionRunner::new(log.clone(), rows.clone());
        runner.add_publisher_with(FEED, accounts(), Half(post.clone(), away), options)
    };
    let running = program(&log, "a").start().expect("a runner");
    let sent = || post.positions().into_iter().collect::<BTreeSet<_>>();
    within(async {
        while !sent().is_superset(&(3..=8).collect()) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    within(running.shutdown()).await;
    assert!(!sent().contains(&1), "it is away");

    let restored_until = Position::new(8);
    let log = restored(&log, restored_until, &clock).await;
    write(&log, &["b"], 1).await;
    let program = program(&log, "none").idle().expect("a runner");
    let error = within(program.catch_up()).await.expect_err("another log");
    let told = "`status.serving.position`";
    assert!(error.to_string().contains(told), "{error}");
    let status = program.status(FEED).await.expect("a status");
    let sent_until = status.serving.expect("one").position;
    let begin = Begin::After(restored_until.min(sent_until));
    within(program.begin_anew(FEED, begin, "ada"))
        .await
        .expect("begun");
    within(program.catch_up()).await.expect("caught up");
    let page = log.read_all(Position::START, &accounts(), 100).await;
    let ids: HashSet<_> = post.sent().iter().map(RecordedEvent::event_id).collect();
    for event in page.expect("a page").events {
        assert!(ids.contains(&event.event_id()), "{event:?} was not sent");
    }
}

#[tokio::test]
async fn what_was_decided_about_a_restored_log_is_done_though_an_earlier_decision_stood_further_on()
{
    let clock = ManualClock::default();
    let log = MemoryStore::with_clock(Arc::new(clock.clone()));
    let (rows, post) = (Shelf::default(), Post::default());
    write(&log, &["a"], 4).await;
    let program = idle(&log, &rows, &post);
    within(program.begin_anew(FEED, Begin::Now, "ada"))
        .await
        .expect("begun");
    within(program.catch_up()).await.expect("caught up");
    let log = restored(&log, Position::new(4), &clock).await;
    // As a crash leaves it: it is decided, and not done.
    let after = Position::new(2);
    record(&log, OperatorEvent::BegunAnew(BegunAnew { after })).await;
    let program = idle(&log, &rows, &post);
    for _ in 0..2 {
        within(program.catch_up()).await.expect("caught up");
        assert_eq!(post.positions(), [3, 4]);
    }
}

/// Writes over the catalogue of a projection.
async fn damage(rows: &Shelf, name: &str) {
    let generation = Generation::new(name, 0);
    let epoch = rows.claim(&generation).await.expect("an epoch");
    let mut tx = rows.begin(&generation, epoch).await.expect("a transaction");
    let put = tx.put(b"\0catalogue", Some(b"garbage"));
    put.await.expect("written");
    rows.commit(tx).await.expect("a commit");
}

#[tokio::test]
async fn a_damaged_catalogue_is_given_up() {
    let (log, rows, post) = (MemoryStore::new(), Shelf::default(), Post::default());
    write(&log, &["a"], 2).await;
    let program = idle(&log, &rows, &post);
    within(program.catch_up()).await.expect("caught up");
    damage(&rows, FEED).await;
    let error = within(program.catch_up()).await.expect_err("it stops");
    assert!(matches!(stopped(&error), StopReason::Damaged(_)), "{error}");
    let told = "`begin_anew`";
    assert!(error.to_string().contains(told), "{error}");
    within(program.begin_anew(FEED, Begin::Now, "ada"))
        .await
        .expect("begun");
    write(&log, &["a"], 1).await;
    for _ in 0..2 {
        within(program.catch_up()).await.expect("caught up");
        assert_eq!(post.positions(), [1, 2, 3, 4, 6, 7]);
    }
    let status = program.status(FEED).await.expect("a status");
    assert!(status.serving.expect("one").number > 1, "it had served");

    // A read model is reset, which says what it does as well.
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    damage(&bank.rows, "balances").await;
    let error = within(bank.projections.rebuild("balances", "ada")).await;
    let error = error.expect_err("nobody knows what is read");
    assert!(matches!(error, RunnerError::Rows(_)), "{error}");
    assert!(error.to_string().contains("`reset`"), "{error}");
    within(bank.projections.reset("balances", "ada"))
        .await
        .expect("reset");
    bank.catch_up().await;
    assert!(bank.is_complete().await);
    assert_eq!(bank.rows.served("balances").len(), 1);
    assert!(bank.status().await.serving.expect("one").number > 1);
}

#[tokio::test]
async fn what_is_sent_before_it_is_held_still_is_not_sent_again() {
    let log = Counting::new(MemoryStore::new());
    let post = Post::default();
    let runner = ProjectionRunner::new(log.clone(), Shelf::default());
    let running = feed(runner, &post, ProjectionOptions::default()).start();
    let running = running.expect("a runner");
    let receipt = deposit(&log, "a", 1).await;
    let sent = running.wait_for(FEED, &receipt, Duration::from_secs(60));
    within(sent).await.expect("sent");
    let go = log.hold_head();
    let beginning = running.begin_anew(FEED, Begin::Now, "ada");
    let meanwhile = async {
        tokio::task::yield_now().await;
        deposit(&log, "a", 2).await;
        // On one thread, whatever can go on does.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        go.send(()).expect("somebody asks");
    };
    let (begun, ()) = within(async { tokio::join!(beginning, meanwhile) }).await;
    begun.expect("begun");
    within(running.shutdown()).await;
    within(running.catch_up()).await.expect("caught up");
    assert!(post.positions().len() < 3, "{:?}", post.positions());
}
