//! Laws: what holds for every history, shown by random ones. One that fails is shrunk to a short one.

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Tries so many histories, always the same ones, and half as many that nobody has seen before.
pub(crate) fn holds<S>(cases: usize, histories: &S, live: impl AsyncFn(S::Value))
where
    S: Strategy,
    S::Value: Debug,
{
    let config = |cases: usize| Config {
        cases: u32::try_from(cases).expect("not that many"),
        failure_persistence: None,
        ..Config::default()
    };
    let known = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let known = TestRunner::new_with_rng(config(cases), known);
    let fresh = TestRunner::new(config(cases.div_ceil(2)));
    for mut runner in [known, fresh] {
        let outcome = runner.run(histories, |history| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build();
            runtime.expect("a runtime").block_on(live(history));
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("{error}");
        }
    }
}
