//! A bus that refuses, is down, or says nothing.

use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    MemoryStore, ProjectionOptions, ProjectionRunner, ProjectionState, Projections, RunnerError,
    StopReason,
};
use eventsourcing_testkit::ManualClock;

use super::post::{FEED, Post, feed, write};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

const HOUR: Duration = Duration::from_secs(3_600);

struct World {
    clock: ManualClock,
    log: MemoryStore,
    post: Post,
    feed: Projections<Shelf>,
}

impl World {
    async fn new(accounts: &[&str], rounds: i64) -> Self {
        Self::with(accounts, rounds, ProjectionOptions::default()).await
    }

    async fn with(accounts: &[&str], rounds: i64, options: ProjectionOptions) -> Self {
        let clock = ManualClock::default();
        let log = MemoryStore::with_clock(Arc::new(clock.clone()));
        write(&log, accounts, rounds).await;
        let post = Post::default();
        let runner = ProjectionRunner::new(log.clone(), Shelf::default());
        let runner = runner.clock(Arc::new(clock.clone()));
        let feed = feed(runner, &post, options).idle().expect("a runner");
        Self {
            clock,
            log,
            post,
            feed,
        }
    }

    async fn parked(&self) -> Vec<(String, u64)> {
        let parked = self.feed.parked(FEED, None, 1_000).await.expect("a list");
        let parked = parked.into_iter();
        parked
            .map(|event| (event.key, event.position.get()))
            .collect()
    }

    /// Moves the clock on whenever somebody waits for it, until this holds.
    async fn until(&self, step: Duration, mut holds: impl FnMut() -> bool) {
        within(async {
            while !holds() {
                tokio::select! {
                    _ = self.clock.next_alarm() => self.clock.advance(step),
                    () = tokio::task::yield_now() => {}
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_refused_holds_up_its_stream_only_and_comes_in_order_once_it_is_taken() {
    let world = World::new(&["a", "b"], 4).await;
    world.post.refuse("a", 3);
    within(world.feed.catch_up()).await.expect("caught up");
    assert_eq!(
        world.post.positions(),
        [1, 2, 3, 4, 7, 8, 11, 12, 15, 16],
        "each once; of `a` what came before"
    );
    let parked = world.parked().await;
    assert_eq!(parked.len(), 6);
    assert_eq!(parked[0], ("account-a".into(), 5));

    // Once more, still refused; then taken, with what waits.
    world.clock.advance(Duration::from_secs(1));
    within(world.feed.catch_up()).await.expect("caught up");
    assert_eq!(world.post.sent().len(), 10);
    world.post.take_all();
    world.post.refuse("a", 6);
    world.clock.advance(HOUR);
    within(world.feed.catch_up()).await.expect("caught up");
    assert_eq!(world.post.positions()[10..], [5, 6, 9]);
    world.post.take_all();
    within(world.feed.retry(FEED, Some("account-a"), "ada"))
        .await
        .expect("a retry");
    assert_eq!(world.post.positions()[10..], [5, 6, 9, 10, 13, 14]);
    assert_eq!(world.parked().await, []);
    world.post.check(&world.log, "in the end").await;
    let coverage = world.feed.verify(FEED).await.expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
    assert_eq!((coverage.applied, coverage.parked), (16, 0));
}

#[tokio::test]
async fn poison_that_is_left_out_lets_its_stream_go_on() {
    let world = World::new(&["a", "b"], 2).await;
    world.post.refuse("a", 2);
    within(world.feed.catch_up()).await.expect("caught up");
    let parked = world.feed.parked(FEED, None, 10).await.expect("a list");
    let failure = parked[0].failure.as_ref().expect("it failed");
    assert_eq!(failure.error, "the bus has refused it: 2 of a is poison");
    let skip = world
        .feed
        .skip(FEED, parked[0].event_id, "ada", "nobody wants it");
    within(skip).await.expect("skipped");
    assert_eq!(world.post.positions(), [1, 3, 4, 7, 8, 5, 6]);
    within(world.feed.catch_up()).await.expect("caught up");
    assert_eq!(world.post.sent().len(), 7);
    let coverage = world.feed.verify(FEED).await.expect("a check");
    assert!(
        coverage.is_complete() && coverage.skipped == 1,
        "{coverage:?}"
    );
}

#[tokio::test]
async fn a_bus_that_is_down_for_hours_holds_everything_up_and_parks_nothing() {
    let world = World::new(&["a", "b", "c"], 5).await;
    world.post.down(true);
    let start = world.clock.clone();
    let opened = eventsourcing::Clock::now(&start);
    let post = world.post.clone();
    let running = tokio::spawn({
        let feed = world.feed.clone();
        async move { feed.catch_up().await }
    });
    let three_hours = || eventsourcing::Clock::now(&start) > opened + HOUR * 3;
    world.until(Duration::from_secs(1), three_hours).await;
    assert!(post.attempts() > 100, "it has tried: {}", post.attempts());
    assert!(
        post.attempts() < 3 * 3_600,
        "no tight loop: {}",
        post.attempts()
    );
    assert_eq!(world.parked().await, []);
    let status = world.feed.status(FEED).await.expect("a status");
    let ProjectionState::Waiting(why) = &status.state else {
        panic!("{status:?}");
    };
    assert!(
        why.contains("the bus is not to be had at the moment"),
        "{why}"
    );
    world.post.down(false);
    world
        .until(Duration::from_secs(1), || running.is_finished())
        .await;
    running.await.expect("no panic").expect("caught up");
    assert_eq!(
        world.post.positions(),
        (1..=30).collect::<Vec<_>>(),
        "once each"
    );
    assert_eq!(world.parked().await, []);
}

#[tokio::test]
async fn a_bus_that_says_nothing_is_no_fault_of_the_event() {
    let world = World::new(&["a"], 2).await;
    world.post.silent(true);
    let running = tokio::spawn({
        let feed = world.feed.clone();
        async move { feed.catch_up().await }
    });
    let post = world.post.clone();
    let tried = || post.attempts() >= 5;
    world.until(Duration::from_secs(10), tried).await;
    assert_eq!(world.parked().await, []);
    world.post.silent(false);
    world
        .until(Duration::from_secs(10), || running.is_finished())
        .await;
    running.await.expect("no panic").expect("caught up");
    assert_eq!(world.post.positions(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn somebody_may_limit_how_long_the_bus_is_waited_for() {
    let mut options = ProjectionOptions::default();
    options.patience.attempts = 3;
    options.patience.first = Duration::ZERO;
    options.patience.longest = Duration::ZERO;
    let world = World::with(&["a"], 1, options).await;
    world.post.down(true);
    let error = within(world.feed.catch_up()).await.expect_err("it is down");
    let RunnerError::Stopped { reason, .. } = &error else {
        panic!("{error}");
    };
    assert!(matches!(reason, StopReason::Store(_)), "{reason}");
    assert_eq!(world.post.attempts(), 3);
    world.post.down(false);
    within(world.feed.catch_up()).await.expect("caught up");
    assert_eq!(world.post.positions(), [1, 2]);
}
