//! Random histories: the store answers every step as [`MemoryStore`], the reference, does.

mod compare;
mod step;

use std::future::Future;

use eventsourcing::MemoryStore;
use proptest::collection::vec;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use self::compare::Twins;
use self::step::step;
use super::Fixture;

/// Random commits, repetitions, conditions, reads and reopenings. A difference is shrunk to the shortest history
/// that shows it. `PROPTEST_CASES` says how many histories, 32 unless set.
#[expect(clippy::unused_async, reason = "clauses are async")]
pub async fn answers_as_the_reference<F: Fixture>() {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    // A durable store pays for every step; a soak sets the variable.
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 32;
    }
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&vec(step(), 1..40), |steps| {
        blocking(async {
            let mut twins = Twins::new(MemoryStore::new(), F::fresh().await);
            for step in steps {
                twins.take(step).await;
            }
            twins.compare_everything().await;
        });
        Ok::<_, TestCaseError>(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Proptest drives plain functions; this one is called on a runtime's thread.
fn blocking<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}
