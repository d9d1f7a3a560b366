//! [`KillLoop`]: kill, open, compare; again.

use std::fmt::Display;
use std::process::Command;
use std::time::Duration;

use eventsourcing::{CheckpointStore, EventStore};
use fastrand::Rng;

use super::child::{Moment, killed_at};
use super::ledger::Ledger;
use crate::faults::Tally;

/// Kills a program and compares its store with everything that was ever acknowledged, over and over.
#[derive(Debug)]
#[must_use = "a loop counts once it is finished"]
pub struct KillLoop {
    ledger: Ledger,
    tally: Tally,
    rng: Rng,
    moment: Option<Moment>,
}

impl KillLoop {
    /// Begins; `fault` names the kind for the report, and `seed` decides which moments are chosen.
    pub fn new(fault: impl Into<String>, seed: u64) -> Self {
        Self {
            ledger: Ledger::default(),
            tally: Tally::new(fault),
            rng: Rng::with_seed(seed),
            moment: None,
        }
    }

    /// A random moment: after at most `most` lines with this word, and then at most `jitter` later.
    pub fn moment(&mut self, word: &'static str, most: usize, jitter: Duration) -> Moment {
        let micros = u64::try_from(jitter.as_micros()).unwrap_or(u64::MAX);
        Moment {
            word,
            times: self.rng.usize(1..=most.max(1)),
            delay: Duration::from_micros(self.rng.u64(0..=micros)),
        }
    }

    /// Random numbers for whatever else a round decides.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// What was acknowledged so far.
    pub fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Runs the program, kills it at the moment, takes note of what it had acknowledged, and returns all that it had
    /// printed.
    ///
    /// # Panics
    /// If the program ends before the moment.
    pub fn kill(&mut self, program: &mut Command, moment: Moment) -> Vec<String> {
        let printed = killed_at(program, moment);
        for line in &printed {
            self.ledger.note(line);
        }
        self.moment = Some(moment);
        printed
    }

    /// Ends a round: compares the store, which must have opened, with what was acknowledged. `also` looks at what this
    /// store has besides; what it returns counts as a loss.
    ///
    /// # Panics
    /// If the store cannot be read.
    pub fn check<S, E>(&mut self, store: Result<S, E>, also: impl FnOnce(&S) -> Result<(), String>)
    where
        S: EventStore + CheckpointStore,
        E: Display,
    {
        let moment = self.moment;
        let round = self.tally.rounds();
        let store = match store {
            Ok(store) => store,
            Err(error) => {
                return self
                    .tally
                    .unopenable(|| format!("round {round}, {moment:?}: {error}"));
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let found = runtime
            .expect("a runtime")
            .block_on(self.ledger.check(&store));
        match (found, also(&store)) {
            (Ok(mut found), also) => {
                if let Err(problem) = also {
                    found.lost += 1;
                    found.problem.get_or_insert(problem);
                }
                let problem = found.problem.unwrap_or_default();
                self.tally.round(found.checked, found.lost, || {
                    format!("round {round}, {moment:?}: {problem}")
                });
            }
            (Err(error), _) => {
                panic!("round {round}, {moment:?}: the store cannot be read: {error}")
            }
        }
    }

    /// Reports, and fails if anything was lost.
    ///
    /// # Panics
    /// As [`Tally::finish`].
    pub fn finish(self) {
        self.tally.finish();
    }

    /// Reports, and fails if nothing was lost: for a store that is known to lose something.
    ///
    /// # Panics
    /// As [`Tally::finish_control`].
    pub fn finish_control(self) {
        self.tally.finish_control();
    }
}
