//! For random logs, crashes, refusals and policies: what was folded step by step is what a fold from zero makes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    Backoff, EventId, MemoryStore, ProjectionOptions, ProjectionRunner, Projections, RunnerError,
};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::faults::rounds;
use eventsourcing_testkit::history::drop_after;
use fastrand::Rng;

use super::flaky::Flaky;
use super::support::{
    AccountEvent, Balances, Noted, Trouble, Withdrawn, append, balances, deposited, folded_without,
    within,
};

/// One history of a projection, from its seed.
struct Life {
    rng: Rng,
    clock: ManualClock,
    log: MemoryStore,
    rows: Flaky,
    trouble: Trouble,
    options: ProjectionOptions,
    skipped: BTreeSet<EventId>,
    accounts: usize,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let clock = ManualClock::default();
        let options = ProjectionOptions {
            retries: Backoff {
                attempts: rng.u32(1..4),
                ..ProjectionOptions::default().retries
            },
            batch: rng.usize(1..40),
            partitions: rng.u32(1..4),
            ..ProjectionOptions::default()
        };
        Self {
            log: MemoryStore::with_clock(Arc::new(clock.clone())),
            rows: Flaky::new(rng.u64(..), 0),
            trouble: Trouble::default(),
            accounts: rng.usize(1..12),
            skipped: BTreeSet::new(),
            options,
            clock,
            rng,
        }
    }

    /// The program as it is started anew.
    fn started(&self) -> Projections<Flaky> {
        let projection = Balances::<1> {
            trouble: self.trouble.clone(),
        };
        ProjectionRunner::new(self.log.clone(), self.rows.clone())
            .clock(Arc::new(self.clock.clone()))
            .add_with(projection, self.options.clone())
            .idle()
            .expect("a runner")
    }

    async fn write(&mut self) {
        for _ in 0..self.rng.usize(1..30) {
            let account = self.rng.usize(..self.accounts).to_string();
            let events: Vec<_> = (0..self.rng.usize(1..4))
                .map(|_| match self.rng.u8(..6) {
                    0 => AccountEvent::Noted(Noted { text: "n".into() }),
                    1 | 2 => AccountEvent::Withdrawn(Withdrawn {
                        cents: self.rng.i64(1..100),
                    }),
                    _ => deposited(self.rng.i64(1..100)),
                })
                .collect();
            append(&self.log, &account, events).await;
        }
    }

    /// Runs to the end of the log, or to where the program dies. Refusals are waited out on the clock.
    async fn run(&mut self, polls: usize) {
        let idle = self.started();
        let clock = self.clock.clone();
        let ticking = async {
            loop {
                clock.next_alarm().await;
                clock.advance(Duration::from_millis(50));
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = drop_after(polls, idle.catch_up()) => {}
            () = ticking => {}
        }
    }

    async fn operate(&mut self) {
        let idle = self.started();
        match self.rng.u8(..3) {
            0 => {
                let polls = self.rng.usize(1..60);
                let _ = drop_after(polls, idle.retry("balances", None, "ada")).await;
            }
            1 => {
                let Ok(parked) = idle.parked("balances", None, 10).await else {
                    return;
                };
                let Some(event) = parked.first() else {
                    return;
                };
                // Once it is recorded it counts, whether or not it was done.
                let polls = self.rng.usize(1..80);
                let id = event.event_id;
                let skip = idle.skip("balances", id, "ada", "wrong anyway");
                if drop_after(polls, skip).await.is_some() || self.is_recorded(id).await {
                    self.skipped.insert(id);
                }
            }
            _ => {
                let polls = self.rng.usize(1..60);
                let _ = drop_after(polls, idle.rebuild("balances", "ada")).await;
            }
        }
    }

    async fn is_recorded(&self, id: EventId) -> bool {
        use eventsourcing::{EventStore, Filter, Json, OperatorEvent, Position};
        let filter = Filter::all().event_type("es.projection.skipped");
        let page = self.log.read_all(Position::START, &filter, 10_000).await;
        page.expect("a page").events.iter().any(|event| {
            let decoded = event.decode::<OperatorEvent>(&Json).expect("an event");
            decoded.into_vec().iter().any(
                |event| matches!(event, OperatorEvent::Skipped(skipped) if skipped.event.event_id == id),
            )
        })
    }

    async fn live(mut self) -> u64 {
        for _ in 0..self.rng.usize(3..12) {
            self.rows.set(self.rng.u32(..120));
            self.write().await;
            let failing: Vec<_> = (0..self.accounts)
                .filter(|_| self.rng.u8(..6) == 0)
                .map(|account| account.to_string())
                .collect();
            self.trouble.fail(failing);
            let polls = self.rng.usize(1..400);
            self.run(polls).await;
            if self.rng.bool() {
                self.clock.advance(Duration::from_secs(self.rng.u64(..100)));
                self.run(100_000).await;
            }
            self.rows.set(0);
            self.operate().await;
        }
        // All is well at last.
        self.trouble.none();
        let idle = self.started();
        within(idle.catch_up()).await.expect("caught up");
        match idle.retry("balances", None, "ada").await {
            Ok(outcome) => assert_eq!(outcome.parked, 0),
            Err(error) => panic!("{error}"),
        }
        within(idle.catch_up()).await.expect("caught up");
        let expected = folded_without(&self.log, 1, &self.skipped).await;
        let stepwise = balances(&self.rows.shelf);
        assert_eq!(stepwise, expected, "step by step");
        let coverage = idle.verify("balances").await.expect("a check");
        assert!(coverage.is_complete(), "{coverage:?}");
        assert_eq!(
            (coverage.parked, coverage.skipped),
            (0, self.skipped.len() as u64)
        );

        match idle.rebuild("balances", "ada").await {
            Ok(()) | Err(RunnerError::Rebuilding { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        let before = idle.status("balances").await.expect("a status");
        within(idle.catch_up()).await.expect("caught up");
        let after = idle.status("balances").await.expect("a status");
        assert_ne!(
            before.serving.expect("one").number,
            after.serving.expect("one").number,
            "the rebuilt generation is read"
        );
        assert_eq!(balances(&self.rows.shelf), expected, "from zero");
        let coverage = idle.verify("balances").await.expect("a check");
        assert!(coverage.is_complete(), "{coverage:?}");
        self.rows.refused()
    }
}

#[tokio::test]
async fn stepwise_is_from_zero_whatever_happens() {
    let fresh = fastrand::u64(..);
    let mut refused = 0;
    for seed in (0..rounds(60, 5_000)).map(|n| n as u64).chain([fresh]) {
        println!("seed {seed}"); // shown if it fails
        refused += Box::pin(within(Life::new(seed).live())).await;
    }
    assert!(refused > 100, "only {refused} calls were refused");
}
