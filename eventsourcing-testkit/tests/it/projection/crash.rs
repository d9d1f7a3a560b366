//! Dying at every await, of whatever is being done.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{MemoryStore, ProjectionOptions, ProjectionRunner, Projections, RunnerError};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::history::drop_after;

use super::flaky::Flaky;
use super::support::{Balances, Trouble, append, balances, deposited, folded, within};

struct World {
    clock: ManualClock,
    log: MemoryStore,
    rows: Flaky,
    trouble: Trouble,
}

impl World {
    /// A log of which one account fails, and a program that has folded some of it.
    async fn new() -> Self {
        let clock = ManualClock::default();
        let world = Self {
            log: MemoryStore::with_clock(Arc::new(clock.clone())),
            rows: Flaky::new(0, 0),
            trouble: Trouble::default(),
            clock,
        };
        world.trouble.fail(["poison"]);
        world.write().await;
        within(world.program::<1>().catch_up())
            .await
            .expect("caught up");
        world.write().await;
        world
    }

    async fn write(&self) {
        for id in ["a", "poison", "b"] {
            append(&self.log, id, (1..=3).map(deposited)).await;
        }
    }

    fn program<const VERSION: u32>(&self) -> Projections<Flaky> {
        let options = ProjectionOptions {
            batch: 4,
            ..ProjectionOptions::default()
        };
        let projection = Balances::<VERSION> {
            trouble: self.trouble.clone(),
        };
        ProjectionRunner::new(self.log.clone(), self.rows.clone())
            .clock(Arc::new(self.clock.clone()))
            .add_with(projection, options)
            .idle()
            .expect("a runner")
    }

    /// However it died: what the next program makes of it is right.
    async fn recovers<const VERSION: u32>(&self) {
        self.trouble.none();
        self.clock.advance(Duration::from_secs(3_600));
        let next = self.program::<VERSION>();
        within(next.resume("balances", "ada"))
            .await
            .expect("resumed");
        within(next.catch_up()).await.expect("caught up");
        let _ = within(next.retry("balances", None, "ada"))
            .await
            .expect("a retry");
        within(next.catch_up()).await.expect("caught up");
        let coverage = next.verify("balances").await.expect("a check");
        assert!(coverage.is_complete(), "{coverage:?}");
        assert_eq!(coverage.parked, 0);
        let status = next.status("balances").await.expect("a status");
        assert!(
            status.stale.is_none() && status.building.is_none(),
            "{status:?}"
        );
        let expected = folded(&self.log, VERSION.into()).await;
        assert_eq!(balances(&self.rows.shelf), expected);
    }
}

/// Does it once for each await at which it may die, until it does not.
async fn at_every_await<const VERSION: u32, F, T>(act: impl Fn(Projections<Flaky>) -> F)
where
    F: Future<Output = Result<T, RunnerError>>,
{
    for polls in 1.. {
        let world = World::new().await;
        let done = drop_after(polls, act(world.program::<VERSION>())).await;
        world.recovers::<VERSION>().await;
        if done.is_some() {
            assert!(polls > 3, "there was nowhere to die");
            return;
        }
    }
}

#[tokio::test]
async fn while_catching_up() {
    at_every_await::<1, _, _>(|program| async move { program.catch_up().await }).await;
}

#[tokio::test]
async fn while_rebuilding_for_new_code_and_cutting_over() {
    at_every_await::<2, _, _>(|program| async move {
        program.catch_up().await?;
        // The rebuild parks as much as the other, so it has been taken into use.
        program.roll_back("balances", "ada").await?;
        program.catch_up().await?;
        program.cut_over("balances", "ada").await
    })
    .await;
}

#[tokio::test]
async fn while_an_operator_acts() {
    at_every_await::<1, _, _>(|program| async move {
        program.pause("balances", "ada").await?;
        program.resume("balances", "ada").await?;
        program.rebuild("balances", "ada").await?;
        program.retry("balances", None, "ada").await?;
        program.cut_over("balances", "ada").await?;
        program.drop_former("balances", "ada").await?;
        program.reset("balances", "ada").await
    })
    .await;
}
