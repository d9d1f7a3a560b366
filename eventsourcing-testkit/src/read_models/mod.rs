//! What every engine of read models has to keep, by random histories: [`laws`].
//!
//! Transactions are opened, read, write and are committed or dropped in any order, generations are taken over and removed,
//! and everything that is read, accepted or refused is compared with a model that fits on a page. Before that, rows that are more
//! than a page of rows holds are read.
//!
//! ```
//! use eventsourcing::ReadModels;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! eventsourcing_testkit::read_models::laws(ReadModels::in_memory, 0..10).await;
//! # }
//! ```

mod actor;
mod large;
mod oracle;
mod tables;

use std::ops::Range;

use eventsourcing::{Generation, ProjectionStore, ProjectionStoreError, ReadModels};
use fastrand::Rng;

use self::actor::Actor;
use self::oracle::Oracle;

const PROJECTION: &str = "holdings";
const GENERATIONS: u32 = 3;
const STEPS: usize = 150;

/// Runs a random history for each seed; `open` makes read models without anything in them.
///
/// # Panics
/// If they do something else than the model; the text names the seed.
pub async fn laws(mut open: impl FnMut() -> ReadModels, seeds: Range<u64>) {
    large::check(&open()).await;
    for seed in seeds {
        let mut history = History::new(open(), seed);
        for step in 0..STEPS {
            history.step(&format!("seed {seed}, step {step}")).await;
        }
        history.compare(&format!("seed {seed}, end")).await;
    }
}

struct History {
    models: ReadModels,
    rng: Rng,
    oracle: Oracle,
    actors: Vec<Actor>,
}

impl History {
    fn new(models: ReadModels, seed: u64) -> Self {
        Self {
            models,
            rng: Rng::with_seed(seed),
            oracle: Oracle::default(),
            actors: Vec::new(),
        }
    }

    fn generation(&mut self) -> Generation {
        Generation::new(PROJECTION, self.rng.u32(0..GENERATIONS))
    }

    async fn step(&mut self, at: &str) {
        match self.rng.u8(..100) {
            0..4 => self.claim(at).await,
            4..20 => self.begin(at).await,
            20..22 => self.clear(at).await,
            22..24 => self.compare(at).await,
            24..75 => {
                if let Some(actor) = self.rng.choice(0..self.actors.len()) {
                    let actor = &mut self.actors[actor];
                    actor.act(&mut self.rng, &self.oracle, at).await;
                }
            }
            75..95 => self.commit(at).await,
            _ => {
                if !self.actors.is_empty() {
                    let actor = self.rng.usize(..self.actors.len());
                    drop(self.actors.swap_remove(actor));
                }
            }
        }
    }

    async fn claim(&mut self, at: &str) {
        let generation = self.generation();
        let epoch = self.models.claim(&generation).await.expect(at);
        let place = self.oracle.place(generation.number);
        assert!(epoch > place.epoch, "{at}: {generation} has epoch {epoch}");
        place.epoch = epoch;
    }

    async fn begin(&mut self, at: &str) {
        let generation = self.generation();
        let epoch = self.oracle.place(generation.number).epoch;
        match self.models.begin(&generation, epoch).await {
            Ok(tx) => self.actors.push(Actor::new(tx, generation.clone(), epoch)),
            Err(ProjectionStoreError::Fenced { .. }) if epoch == 0 => {}
            Err(error) => panic!("{at}: {error}"),
        }
        let refused = self.models.begin(&generation, epoch + 1).await;
        assert!(
            matches!(refused, Err(ProjectionStoreError::Fenced { .. })),
            "{at}: {refused:?}"
        );
    }

    async fn clear(&mut self, at: &str) {
        let generation = self.generation();
        let place = self.oracle.place(generation.number);
        match self.models.clear(&generation, place.epoch).await {
            Ok(()) => place.clear(),
            Err(ProjectionStoreError::Fenced { .. }) if place.epoch == 0 => {}
            Err(error) => panic!("{at}: {error}"),
        }
    }

    async fn commit(&mut self, at: &str) {
        if self.actors.is_empty() {
            return;
        }
        let actor = self.rng.usize(..self.actors.len());
        let Actor {
            tx,
            generation,
            epoch,
            seen,
        } = self.actors.swap_remove(actor);
        let place = self.oracle.place(generation.number);
        match self.models.commit(tx).await {
            Ok(()) => {
                assert_eq!(epoch, place.epoch, "{at}: it is fenced off");
                assert!(seen.holds(place), "{at}: what it has read has changed");
                seen.apply(place);
            }
            Err(ProjectionStoreError::Fenced { actual, .. }) => {
                assert_ne!(epoch, place.epoch, "{at}: it owns {generation}");
                assert_eq!(actual, place.epoch, "{at}");
            }
            Err(ProjectionStoreError::Conflict { .. }) => {
                assert!(!seen.holds(place), "{at}: nothing it has read has changed");
            }
            Err(error) => panic!("{at}: {error}"),
        }
    }

    /// Reads everything in every generation, and as everybody sees it.
    async fn compare(&mut self, at: &str) {
        for number in 0..GENERATIONS {
            let generation = Generation::new(PROJECTION, number);
            let tx = self.models.read(&generation).await.expect(at);
            let mut actor = Actor::new(tx, generation, 0);
            actor.read_all(&self.oracle, at).await;
            let refused = self.models.commit(actor.tx).await;
            assert!(
                matches!(refused, Err(ProjectionStoreError::Fenced { .. })),
                "{at}: {refused:?}"
            );
        }
        let serving = self.oracle.serving();
        let view = match (self.models.view(PROJECTION), serving) {
            (Ok(view), Some(serving)) => {
                let generation = view.generation().expect(at);
                assert_eq!(generation.number, serving, "{at}");
                view
            }
            (Err(_), None) => return,
            (view, serving) => panic!("{at}: {view:?} instead of {serving:?}"),
        };
        tables::compare(&view, self.oracle.place(serving.unwrap_or_default()), at);
    }
}
