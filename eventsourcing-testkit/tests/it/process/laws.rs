//! For random events, clocks, crashes and lost rows: the commands of a process are those of a plain fold, in its order, each
//! once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use eventsourcing::{Begin, Clock, MemoryStore, ProjectionOptions, ProjectionRunner, Projections};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::faults::rounds;
use eventsourcing_testkit::history::drop_after;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use super::planned::{Do, Hands, Oracle, Planner, Told, tell};
use crate::law;
use crate::projection::flaky::Flaky;
use crate::projection::support::within;

/// What happens to a process.
#[derive(Debug, Clone)]
enum Step {
    Tell(u64, Vec<Do>),
    /// Something that its instance cannot react to before it is mended.
    Poison(u64, Vec<Do>),
    /// It is mended, and what waits is tried again.
    Mend,
    /// Time passes, and nobody is there.
    Wait(u64),
    /// It runs until it is interrupted; rows and whoever takes commands are not there now and then.
    Run {
        polls: usize,
        per_mille: u32,
    },
    /// It comes to the end of what there is to do.
    Settle,
    /// The rows are lost, whatever is under way.
    Lose,
    /// Somebody has it begin anew, at the beginning.
    Anew,
    /// The clock is set back, after all was done.
    Back(u64),
}

fn plan() -> impl Strategy<Value = Vec<Do>> {
    let leaf = prop_oneof![
        6 => any::<bool>().prop_map(|is_refused| Do::Ask { is_refused }),
        4 => (0..3_u8).prop_map(|timer| Do::Cancel { timer }),
        1 => Just(Do::Finish),
    ];
    let step = leaf.prop_recursive(4, 12, 3, |then| {
        let set = (0..3_u8, 0..40_u32, vec(then, 0..4));
        set.prop_map(|(timer, seconds, then)| Do::Set {
            timer,
            seconds,
            then,
        })
    });
    vec(step, 0..4)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..4_u64, plan()).prop_map(|(instance, plan)| Step::Tell(instance, plan)),
        1 => (0..4_u64, plan()).prop_map(|(instance, plan)| Step::Poison(instance, plan)),
        1 => Just(Step::Mend),
        5 => (0..30_u64).prop_map(Step::Wait),
        6 => (1..250_usize, 0..150_u32).prop_map(|(polls, per_mille)| Step::Run { polls, per_mille }),
        1 => Just(Step::Settle),
        1 => Just(Step::Lose),
        1 => Just(Step::Anew),
        1 => (0..60_u64).prop_map(Step::Back),
    ];
    vec(step, 1..40)
}

/// A process, and what it is to come to.
struct Life {
    clock: ManualClock,
    log: MemoryStore,
    rows: Flaky,
    hands: Hands,
    begun: BTreeSet<u64>,
    set_back: bool,
    /// Whether anything ever fails.
    poisoned: bool,
    planner: Planner,
    oracle: Oracle,
    seed: u64,
}

impl Life {
    fn new(seed: u64, steps: &[Step]) -> Self {
        let clock = ManualClock::default();
        Self {
            log: MemoryStore::with_clock(Arc::new(clock.clone())),
            rows: Flaky::new(seed, 0),
            hands: Hands::new(seed),
            begun: BTreeSet::new(),
            set_back: false,
            poisoned: steps.iter().any(|step| matches!(step, Step::Poison(..))),
            planner: Planner::default(),
            oracle: Oracle::default(),
            clock,
            seed,
        }
    }

    /// The program as it is started anew.
    fn started(&self) -> Projections<Flaky> {
        // It takes one event at a time, whatever is asked for.
        let options = ProjectionOptions {
            batch: 1 + usize::try_from(self.seed % 50).expect("few"),
            ..ProjectionOptions::default()
        };
        ProjectionRunner::new(self.log.clone(), self.rows.clone())
            .clock(Arc::new(self.clock.clone()))
            .add_process_with(self.planner.clone(), self.hands.clone(), options)
            .idle()
            .expect("a runner")
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Tell(instance, plan) => self.tell(instance, false, plan).await,
            Step::Poison(instance, plan) => self.tell(instance, true, plan).await,
            Step::Mend => self.mend().await,
            Step::Wait(seconds) => self.clock.advance(Duration::from_secs(seconds)),
            Step::Run { polls, per_mille } => self.run(polls, per_mille).await,
            Step::Settle => self.settle().await,
            Step::Lose => {
                // What is not done yet may be due in another order then.
                if self.set_back {
                    self.settle().await;
                }
                self.rows = Flaky::new(self.seed, 0);
            }
            Step::Anew => {
                if self.set_back {
                    self.settle().await;
                }
                let program = self.started();
                let begun = program.begin_anew("planned", Begin::Beginning, "ada");
                within(begun).await.expect("begun");
            }
            Step::Back(seconds) => {
                self.mend().await;
                self.set_back = true;
                let before = self.clock.now().as_micros() - 1_000_000 * seconds.cast_signed();
                self.clock
                    .set(eventsourcing::Timestamp::from_micros(before));
            }
        }
    }

    async fn tell(&mut self, instance: u64, fails: bool, plan: Vec<Do>) {
        let begins = self.begun.insert(instance);
        let told = Told {
            passes: !begins && !fails && plan.is_empty(),
            begins,
            fails,
            instance,
            plan,
        };
        // By the log's time, which is never set back.
        let at = tell(&self.log, [told.clone()]).await;
        self.oracle.event(at, &told);
    }

    async fn mend(&mut self) {
        self.settle().await;
        self.planner.mended.store(true, SeqCst);
        let retried = self.started();
        let retried = within(retried.retry("planned", None, "ada")).await;
        self.planner.mended.store(false, SeqCst);
        assert_eq!(retried.expect("no trouble").parked, 0);
        self.oracle.mend();
        self.settle().await;
    }

    /// Runs to the end of what there is to do, or to where it dies. Refusals are waited out on the clock.
    async fn run(&self, polls: usize, per_mille: u32) {
        self.rows.set(per_mille);
        self.hands.set(per_mille);
        let program = self.started();
        let ticking = async {
            loop {
                self.clock.next_alarm().await;
                self.clock.advance(Duration::from_millis(20));
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = drop_after(polls, program.catch_up()) => {}
            () = ticking => {}
        }
        self.rows.set(0);
        self.hands.set(0);
    }

    /// Lets everything come to its end, and compares.
    async fn settle(&mut self) {
        let program = self.started();
        within(program.catch_up()).await.expect("no trouble");
        self.oracle.until(self.clock.now());
        let (mut asked, mut expected) = (self.hands.in_order(), self.oracle.asked.clone());
        if self.poisoned {
            // Instances wait alone, so there is an order for each only.
            asked.sort_by_key(|asked| asked.instance);
            expected.sort_by_key(|asked| asked.instance);
        }
        assert_eq!(asked, expected);
        let parked = program.parked("planned", None, 100).await;
        assert_eq!(parked.expect("a list").len(), self.oracle.parked());
    }
}

/// Lives through these steps, and then to the end of what there is to do.
async fn live(seed: u64, steps: Vec<Step>) {
    let mut life = Life::new(seed, &steps);
    for step in steps {
        life.take(step).await;
    }
    life.mend().await;
    // Until no timer is left.
    life.clock.advance(Duration::from_secs(3_600));
    life.settle().await;
    // All of it again, from the records, and nothing else.
    life.take(Step::Lose).await;
    life.settle().await;
    let program = life.started();
    let coverage = program.verify("planned").await;
    assert!(coverage.is_ok_and(|coverage| coverage.is_complete()));
}

#[test]
fn whatever_happens_the_commands_are_those_of_a_fold_each_once() {
    let cases = rounds(150, 10_000);
    law::holds(cases, &(any::<u64>(), steps()), async |(seed, steps)| {
        live(seed, steps).await;
    });
}

/// Two timers for the same moment. The program dies when the first has been decided about and is not done, and its rows are lost:
/// the second still comes after it.
#[tokio::test]
async fn a_timer_that_has_been_decided_about_comes_before_another_of_the_same_moment() {
    let ask = |is_refused| Do::Ask { is_refused };
    let set = |timer, then| Do::Set {
        timer,
        seconds: 0,
        then,
    };
    let run = |polls, per_mille| Step::Run { polls, per_mille };
    let steps = vec![
        Step::Anew,
        run(23, 14),
        Step::Tell(0, vec![ask(false)]),
        Step::Lose,
        run(44, 4),
        Step::Tell(0, vec![set(0, vec![ask(false), ask(true)]), set(1, vec![])]),
        Step::Tell(0, vec![]),
        run(25, 0),
        Step::Lose,
    ];
    live(16_625_998_632_547_123_213, steps).await;
}
