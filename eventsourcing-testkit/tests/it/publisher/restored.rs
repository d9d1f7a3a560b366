//! A publisher goes on where somebody says, once its log was restored or an event was left out too late.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsourcing::{
    Begin, BegunAnew, Commit, EventSkipped, EventStore, ExpectedVersion::Any, Filter, Generation,
    Json, MemoryStore, NewEvent, OperatorEvent, Position, ProjectionOptions, ProjectionRunner,
    ProjectionStore, ProjectionStoreError, ProjectionTx, Projections, RunnerError, Seen,
    StopReason, StreamId, WaitError,
};
use eventsourcing_testkit::ManualClock;

use super::post::{FEED, Post, feed, write};
use crate::projection::restore::restored;
use crate::projection::shelf::{Shelf, ShelfTx};
use crate::projection::support::{deposit, within};

const HOUR: Duration = Duration::from_secs(3_600);

pub(super) fn runner(log: &MemoryStore, rows: &Shelf, post: &Post) -> ProjectionRunner<Shelf> {
    let runner = ProjectionRunner::new(log.clone(), rows.clone());
    feed(runner, post, ProjectionOptions::default())
}

pub(super) fn idle(log: &MemoryStore, rows: &Shelf, post: &Post) -> Projections<Shelf> {
    runner(log, rows, post).idle().expect("a runner")
}

/// Twelve events were sent, of which the log has eight since it was restored; two came after that.
async fn restored_after_sending() -> (MemoryStore, Shelf, Post) {
    let clock = ManualClock::default();
    let log = MemoryStore::with_clock(Arc::new(clock.clone()));
    let (rows, post) = (Shelf::default(), Post::default());
    write(&log, &["a", "b"], 3).await;
    within(idle(&log, &rows, &post).catch_up())
        .await
        .expect("caught up");
    assert_eq!(post.positions(), (1..=12).collect::<Vec<_>>());
    let log = restored(&log, Position::new(8), &clock).await;
    write(&log, &["a"], 1).await;
    (log, rows, Post::default())
}

/// As a crash leaves it: the event is durable, what follows from it was not done.
pub(super) async fn record(log: &MemoryStore, event: OperatorEvent) {
    let stream = StreamId::new("projection", FEED).expect("an id");
    let event = NewEvent::encode(&event, &Json).expect("json");
    let commit = Commit::new().append(stream, Any, vec![event]);
    log.append(commit).await.expect("an append");
}

pub(super) fn stopped(error: &RunnerError) -> &StopReason {
    match error {
        RunnerError::Stopped { reason, .. } => reason,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn it_sends_from_there_on_and_what_it_says_names_how() {
    let (log, rows, post) = restored_after_sending().await;
    let program = idle(&log, &rows, &post);
    let error = within(program.catch_up()).await.expect_err("it stops");
    assert!(
        matches!(stopped(&error), StopReason::OtherHistory { .. }),
        "{error}"
    );
    for told in [
        "publisher with `begin_anew(name, Begin::After(position), actor)`",
        "process manager whose commands go to this log goes on with `begin_anew(name, Begin::Beginning, actor)`",
    ] {
        assert!(error.to_string().contains(told), "{error}");
    }
    let error = program.rebuild(FEED, "ada").await.expect_err("refused");
    for told in [
        "`begin_anew(\"feed\", Begin::After(position), actor)`",
        "`Begin::Beginning` a process manager",
    ] {
        assert!(error.to_string().contains(told), "{error}");
    }
    assert_eq!(post.attempts(), 0);

    let begin = Begin::After(Position::new(8));
    within(program.begin_anew(FEED, begin, "ada"))
        .await
        .expect("begun");
    write(&log, &["c"], 1).await;
    within(program.catch_up()).await.expect("caught up");
    within(program.catch_up()).await.expect("nothing to do");
    // The decision is the eleventh event.
    assert_eq!(post.positions(), [9, 10, 12, 13]);
    let coverage = program.verify(FEED).await.expect("a check");
    assert!(
        coverage.is_complete() && coverage.applied == 4,
        "{coverage:?}"
    );
    let status = program.status(FEED).await.expect("a status");
    let serving = status.serving.expect("one");
    assert_eq!(serving.reason, "begun anew behind position 8 by ada");

    // It stays so if the rows are lost.
    let (rows, post) = (Shelf::default(), Post::default());
    within(idle(&log, &rows, &post).catch_up())
        .await
        .expect("caught up");
    assert_eq!(post.positions(), [9, 10, 12, 13]);
}

#[tokio::test]
async fn it_may_send_all_or_nothing_of_the_past_and_does_not_begin_beyond_the_log() {
    let (log, rows, post) = restored_after_sending().await;
    let program = idle(&log, &rows, &post);
    let beyond = program.begin_anew(FEED, Begin::After(Position::new(11)), "ada");
    let error = within(beyond).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "`feed` cannot begin behind position 11: the log ends at 10"
    );
    within(program.begin_anew(FEED, Begin::Now, "ada"))
        .await
        .expect("begun");
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.attempts(), 0);
    within(program.begin_anew(FEED, Begin::Beginning, "ada"))
        .await
        .expect("begun");
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.positions(), (1..=10).collect::<Vec<_>>());
    post.check(&log, "all").await;
}

#[tokio::test]
async fn what_was_left_out_too_late_ends_nothing_for_good() {
    let (log, rows, post) = (MemoryStore::new(), Shelf::default(), Post::default());
    write(&log, &["a"], 2).await;
    let program = idle(&log, &rows, &post);
    within(program.catch_up()).await.expect("caught up");
    let page = log.read_all(Position::new(2), &Filter::all(), 1).await;
    let sent = Seen::from(&page.expect("a page").events[0]);
    let skipped = EventSkipped {
        event: sent,
        reason: "too late".into(),
    };
    record(&log, OperatorEvent::Skipped(skipped)).await;
    let error = within(program.catch_up()).await.expect_err("it stops");
    let running = runner(&log, &rows, &post).start().expect("a runner");
    let receipt = deposit(&log, "a", 1).await;
    let waited = within(running.wait_for(FEED, &receipt, HOUR)).await;
    assert!(
        matches!(waited, Err(WaitError::Stopped { position, .. }) if position.get() == 4),
        "{waited:?}"
    );
    within(running.shutdown()).await;
    let late = StopReason::SkippedTooLate {
        position: sent.position,
    };
    assert_eq!(*stopped(&error), late);
    assert!(error.to_string().contains("`begin_anew(name"), "{error}");
    within(program.begin_anew(FEED, Begin::Now, "ada"))
        .await
        .expect("begun");
    write(&log, &["a"], 1).await;
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.positions(), [1, 2, 3, 4, 8, 9]);
}

#[tokio::test]
async fn damaged_rows_are_given_up() {
    let (log, rows, post) = (MemoryStore::new(), Shelf::default(), Post::default());
    write(&log, &["a"], 2).await;
    let program = idle(&log, &rows, &post);
    within(program.catch_up()).await.expect("caught up");
    let generation = Generation::new(FEED, 1);
    let epoch = rows.claim(&generation).await.expect("an epoch");
    let mut tx = rows.begin(&generation, epoch).await.expect("a transaction");
    let put = tx.put(b"\0progress\0\0\0\0", Some(b"garbage"));
    put.await.expect("written");
    rows.commit(tx).await.expect("a commit");
    let error = within(program.catch_up()).await.expect_err("it stops");
    assert!(matches!(stopped(&error), StopReason::Damaged(_)), "{error}");
    within(program.begin_anew(FEED, Begin::Now, "ada"))
        .await
        .expect("begun");
    write(&log, &["a"], 1).await;
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.positions(), [1, 2, 3, 4, 6, 7]);
}

#[tokio::test]
async fn who_waits_for_one_that_has_stopped_for_good_learns_of_it_at_once() {
    let (log, rows, post) = restored_after_sending().await;
    let running = runner(&log, &rows, &post).start().expect("a runner");
    let receipt = deposit(&log, "a", 1).await;
    let waited = within(running.wait_for(FEED, &receipt, HOUR)).await;
    let Err(WaitError::Stopped {
        reason, position, ..
    }) = waited
    else {
        panic!("{waited:?}");
    };
    assert!(
        matches!(reason, StopReason::OtherHistory { .. }),
        "{reason}"
    );
    assert_eq!(position.get(), 12);

    within(running.begin_anew(FEED, Begin::Now, "ada"))
        .await
        .expect("begun");
    let receipt = deposit(&log, "a", 1).await;
    within(running.wait_for(FEED, &receipt, HOUR))
        .await
        .expect("it goes on");
    within(running.shutdown()).await;
    assert_eq!(post.positions(), [13]);
}

#[tokio::test]
async fn what_was_written_down_and_not_done_is_done_once() {
    let (log, rows, post) = (MemoryStore::new(), Shelf::default(), Post::default());
    write(&log, &["a"], 2).await;
    let program = idle(&log, &rows, &post);
    within(program.catch_up()).await.expect("caught up");
    let after = Position::new(2);
    record(&log, OperatorEvent::BegunAnew(BegunAnew { after })).await;
    for _ in 0..2 {
        within(program.catch_up()).await.expect("caught up");
        assert_eq!(post.positions(), [1, 2, 3, 4, 3, 4]);
    }
}

#[tokio::test]
async fn an_earlier_decision_does_not_take_the_place_of_one_that_a_backup_has_lost() {
    let clock = ManualClock::default();
    let log = MemoryStore::with_clock(Arc::new(clock.clone()));
    let (rows, post) = (Shelf::default(), Post::default());
    write(&log, &["a"], 2).await;
    let program = idle(&log, &rows, &post);
    within(program.begin_anew(FEED, Begin::Beginning, "ada"))
        .await
        .expect("begun");
    let backup = log.head().await.expect("a head");
    within(program.begin_anew(FEED, Begin::Now, "ada"))
        .await
        .expect("begun");
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.attempts(), 0);

    let log = restored(&log, backup, &clock).await;
    let program = idle(&log, &rows, &post);
    within(program.catch_up()).await.expect_err("another log");
    assert_eq!(post.attempts(), 0, "nobody has said so of this log");
    within(program.begin_anew(FEED, Begin::After(Position::new(3)), "ada"))
        .await
        .expect("begun");
    for _ in 0..2 {
        within(program.catch_up()).await.expect("caught up");
        assert_eq!(post.positions(), [4]);
    }
}

/// Rows of a program that gives up the first generation just before another claims it.
#[derive(Clone)]
struct GivenUp(Shelf, Arc<Mutex<Option<Projections<Shelf>>>>);

impl ProjectionStore for GivenUp {
    type Tx = ShelfTx;

    async fn claim(&self, generation: &Generation) -> Result<u64, ProjectionStoreError> {
        if generation.number == 1 {
            let other = self.1.lock().expect("a lock").take();
            if let Some(other) = other {
                let begun = Box::pin(other.begin_anew(FEED, Begin::Now, "ada")).await;
                begun.expect("begun");
            }
        }
        self.0.claim(generation).await
    }

    async fn begin(
        &self,
        generation: &Generation,
        epoch: u64,
    ) -> Result<ShelfTx, ProjectionStoreError> {
        self.0.begin(generation, epoch).await
    }

    async fn read(&self, generation: &Generation) -> Result<ShelfTx, ProjectionStoreError> {
        self.0.read(generation).await
    }

    async fn commit(&self, tx: ShelfTx) -> Result<(), ProjectionStoreError> {
        self.0.commit(tx).await
    }

    async fn clear(&self, generation: &Generation, epoch: u64) -> Result<(), ProjectionStoreError> {
        self.0.clear(generation, epoch).await
    }
}

#[tokio::test]
async fn who_starts_while_another_begins_anew_sends_nothing_again() {
    let (log, rows, post) = (MemoryStore::new(), Shelf::default(), Post::default());
    write(&log, &["a"], 2).await;
    let program = idle(&log, &rows, &post);
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.positions(), [1, 2, 3, 4]);
    let other = Arc::new(Mutex::new(Some(program.clone())));
    let starting = ProjectionRunner::new(log.clone(), GivenUp(rows.clone(), other));
    let starting = feed(starting, &post, ProjectionOptions::default()).idle();
    let outcome = within(starting.expect("a runner").catch_up()).await;
    let error = outcome.expect_err("given up");
    assert!(
        matches!(stopped(&error), StopReason::TakenOver(why) if why.contains("feed#1 was given up")),
        "{error}"
    );
    assert_eq!(post.attempts(), 4);
    let begun = log.head().await.expect("a head").get();
    write(&log, &["b"], 1).await;
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.positions(), [1, 2, 3, 4, begun + 1, begun + 2]);
}
