//! Random histories: the store answers every step as [`MemoryStore`], the reference, does.

mod compare;
mod sidecar;
mod step;

use std::cell::Cell;
use std::future::Future;

use eventsourcing::MemoryStore;
use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use self::compare::Twins;
use self::step::step;
use super::Fixture;
use crate::faults::{Tally, rounds};

/// Steps in each run of the clause, and with `EVENTSOURCING_FAULTS=long`, unless `EVENTSOURCING_MODEL_OPS` says otherwise.
const STEPS: (usize, usize) = (2100, 15_000);
/// Histories that every run tries; one more comes from a seed of its own.
const SEEDS: [u64; 3] = [1, 2, 3];
/// Longest history.
const LONGEST: usize = 100;
/// Most milliseconds to look for a shorter history that fails.
const SHRINKING: u32 = 60_000;

/// Random commits over one and more streams, repetitions, conditions, reads of streams and log by every kind of filter,
/// snapshots, checkpoints, reopenings and crashes. A difference is shrunk to a short history that shows it.
///
/// The variable `EVENTSOURCING_MODEL_OPS` says how many steps to take. A quarter of them comes from a new seed each
/// time, named by the failure; `EVENTSOURCING_MODEL_SEED` sets it.
#[expect(clippy::unused_async, reason = "clauses are async")]
pub async fn answers_as_the_reference<F: Fixture>() {
    let steps = number("EVENTSOURCING_MODEL_OPS");
    let steps = steps.unwrap_or_else(|| rounds(STEPS.0, STEPS.1) as u64);
    let own = number("EVENTSOURCING_MODEL_SEED").unwrap_or_else(|| fastrand::u64(..));
    let fixture = short(std::any::type_name::<F>());
    let mut tally = Tally::new(format!("random histories on `{fixture}`"));
    let mut taken = 0;
    for seed in SEEDS.into_iter().chain([own]) {
        let share = steps.div_ceil(SEEDS.len() as u64 + 1);
        taken += histories::<F>(seed, share, &mut tally);
    }
    tally.note(format!("{taken} steps"));
    tally.finish();
}

/// A type's name with the last module of each path in it.
fn short(name: &str) -> String {
    let parts = name.split_inclusive('<');
    let last_two = |part: &str| {
        let mut segments: Vec<_> = part.rsplit("::").take(2).collect();
        segments.reverse();
        segments.join("::")
    };
    parts.map(last_two).collect()
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}

/// Histories from one seed, until they come to so many steps. Returns to how many they have come.
fn histories<F: Fixture>(seed: u64, steps: u64, tally: &mut Tally) -> u64 {
    let config = Config {
        cases: 1,
        failure_persistence: None,
        max_shrink_iters: u32::MAX - 1,
        max_shrink_time: SHRINKING,
        ..Config::default()
    };
    let (taken, events) = (Cell::new(0_u64), Cell::new(0_u64));
    while taken.get() < steps {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&taken.get().to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        // A runner ends with its first history.
        let mut runner = TestRunner::new_with_rng(config.clone(), rng);
        let outcome = runner.run(&vec(step(), 1..LONGEST), |history| {
            taken.set(taken.get() + history.len() as u64);
            blocking(async {
                let mut twins = Twins::new(MemoryStore::new(), F::fresh().await);
                for step in history {
                    twins.take(step).await;
                }
                events.set(twins.compare_everything().await);
            });
            Ok::<_, TestCaseError>(())
        });
        if let Err(failure) = outcome {
            panic!("with EVENTSOURCING_MODEL_SEED={seed}: {failure}");
        }
        tally.round(events.get(), 0, String::new);
    }
    taken.get()
}

/// Proptest drives plain functions; this one is called on a runtime's thread.
fn blocking<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}
