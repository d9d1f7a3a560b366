//! What was sent is not sent again, whatever an operator or a changed program does.

use std::sync::Arc;

use eventsourcing::{
    Begin, EventStore, Filter, MemoryStore, Position, ProjectionOptions, ProjectionRunner,
    RunnerError,
};

use super::post::{FEED, Post, accounts, feed, write};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

#[tokio::test]
async fn nobody_can_send_the_past_again() {
    let (log, rows, post) = (MemoryStore::new(), Shelf::default(), Post::default());
    write(&log, &["a", "b"], 3).await;
    let runner = || ProjectionRunner::new(log.clone(), rows.clone());
    let program = feed(runner(), &post, ProjectionOptions::default()).idle();
    let program = program.expect("a runner");
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.sent().len(), 12);
    for refused in [
        program.reset(FEED, "ada").await,
        program.rebuild(FEED, "ada").await,
    ] {
        let error = refused.expect_err("refused");
        assert!(matches!(error, RunnerError::Acts { .. }), "{error}");
    }
    program.pause(FEED, "ada").await.expect("paused");
    program.resume(FEED, "ada").await.expect("resumed");
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.sent().len(), 12);

    // A program that wants other events, and sends them side by side.
    let options = ProjectionOptions {
        partitions: 4,
        batch: 100,
        begin: Begin::Beginning,
        ..ProjectionOptions::default()
    };
    let filter = Filter::all().event_type("account.deposited");
    let program = runner().add_publisher_with(FEED, filter, post.clone(), options);
    let program = program.idle().expect("a runner");
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.sent().len(), 12);
    write(&log, &["a", "c"], 1).await;
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.sent().len(), 16);
    post.check(&log, "the past once, and what came").await;
}

#[tokio::test]
async fn it_may_begin_with_what_comes_and_another_one_where_it_is_told_to() {
    let (log, post) = (MemoryStore::new(), Post::default());
    write(&log, &["a"], 2).await;
    let rows = Shelf::default();
    let options = |begin| ProjectionOptions {
        begin,
        ..ProjectionOptions::default()
    };
    let program = ProjectionRunner::new(log.clone(), rows.clone())
        .add_publisher_with(FEED, accounts(), post.clone(), options(Begin::Now))
        .idle()
        .expect("a runner");
    within(program.catch_up()).await.expect("caught up");
    assert!(post.positions().is_empty());
    write(&log, &["a"], 1).await;
    within(program.catch_up()).await.expect("caught up");
    // That it began is the fifth event.
    assert_eq!(post.positions(), [6, 7]);

    // What came while its rows were lost is sent too, with what was sent since it began.
    write(&log, &["a"], 1).await;
    let rows = Shelf::default();
    let program = ProjectionRunner::new(log.clone(), rows.clone())
        .add_publisher_with(FEED, accounts(), post.clone(), options(Begin::Now))
        .idle()
        .expect("a runner");
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.positions()[2..], [6, 7, 8, 9]);

    let begin = options(Begin::After(Position::new(3)));
    let program = ProjectionRunner::new(log.clone(), rows)
        .add_publisher_with("feed-2", accounts(), post.clone(), begin)
        .idle()
        .expect("a runner");
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(post.positions()[6..], [4, 6, 7, 8, 9]);
}

#[tokio::test]
async fn catching_up_does_not_run_after_a_log_that_grows() {
    /// Writes two events for each that it gets, of the first hundred.
    struct Echo(MemoryStore);
    impl eventsourcing::Bus for Echo {
        async fn publish(
            &self,
            event: &eventsourcing::RecordedEvent,
        ) -> Result<(), eventsourcing::PublishError> {
            if event.position.get() <= 100 {
                write(&self.0, &["echo"], 1).await;
            }
            Ok(())
        }
    }
    let log = MemoryStore::new();
    write(&log, &["a"], 1).await;
    let program = ProjectionRunner::new(log.clone(), Shelf::default())
        .add_publisher(FEED, accounts(), Echo(log.clone()))
        .idle()
        .expect("a runner");
    within(program.catch_up()).await.expect("caught up");
    assert_eq!(log.head().await.expect("a head"), Position::new(6));
}

#[tokio::test]
async fn partitions_send_side_by_side_and_each_stream_in_order() {
    /// Takes an event once it has several on their way at a time.
    #[derive(Clone)]
    struct Together(Post, Arc<tokio::sync::Barrier>);
    impl eventsourcing::Bus for Together {
        async fn publish(
            &self,
            event: &eventsourcing::RecordedEvent,
        ) -> Result<(), eventsourcing::PublishError> {
            self.1.wait().await;
            self.0.publish(event).await
        }
    }
    let (log, post) = (MemoryStore::new(), Post::default());
    let accounts_: Vec<_> = (0..4).map(|key| key.to_string()).collect();
    let names: Vec<_> = accounts_.iter().map(String::as_str).collect();
    write(&log, &names, 5).await;
    let options = ProjectionOptions {
        partitions: 4,
        ..ProjectionOptions::default()
    };
    // As many as there are keys in different partitions.
    let bus = Together(post.clone(), Arc::new(tokio::sync::Barrier::new(2)));
    let program = ProjectionRunner::new(log.clone(), Shelf::default())
        .add_publisher_with(FEED, accounts(), bus, options)
        .idle()
        .expect("a runner");
    within(program.catch_up()).await.expect("caught up");
    post.check(&log, "all").await;
    assert_eq!(post.sent().len(), 40, "once each");
    let coverage = program.verify(FEED).await.expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
}
