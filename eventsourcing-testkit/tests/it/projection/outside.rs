//! For random logs, policies and crashes: building projections anew has no effect but on their rows, though a process and a
//! publisher stand beside them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use eventsourcing::{
    Backoff, Dispatch, DispatchError, EventSourced, EventStore, ExecuteOptions, Filter,
    MemoryStore, Position, Projection, ProjectionOptions, ProjectionRunner, ProjectionTx,
    Projections, RecordedEvent, RunnerError,
};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::faults::rounds;
use eventsourcing_testkit::history::drop_after;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};

use super::flaky::Flaky;
use super::shelf::ShelfTx;
use super::support::within;
use crate::law;
use crate::process::transfer::{Account, Bank, DAY, Deposited, Seen, Task, Transfers, Withdrawn};
use crate::publisher::post::{FEED, Post, feed};

const KEPT: [&str; 3] = ["cents", "turnover", "journal"];

/// One of three read models.
struct Keep<const WHICH: usize, const VERSION: u32> {
    handled: Arc<AtomicU64>,
}

impl<const WHICH: usize, const VERSION: u32> Projection for Keep<WHICH, VERSION> {
    const NAME: &'static str = KEPT[WHICH];
    const VERSION: u32 = VERSION;
    type View = Seen;
    type Tx = ShelfTx;
    type Error = String;

    async fn handle(
        &self,
        event: Seen,
        recorded: &RecordedEvent,
        tx: &mut ShelfTx,
    ) -> Result<(), String> {
        self.handled.fetch_add(1, SeqCst);
        let cents = match event {
            Seen::Requested(request) if request.cents % 10 == 7 => {
                return Err("nobody likes sevens".into());
            }
            Seen::Requested(_) => 0,
            Seen::Withdrawn(Withdrawn(moved)) => -moved.cents.cast_signed(),
            Seen::Deposited(Deposited(moved)) => moved.cents.cast_signed(),
        };
        let key = match WHICH {
            0 => recorded.stream.to_string(),
            1 => recorded.event_type.to_string(),
            _ => recorded.position.to_string(),
        };
        let error = |error: eventsourcing::ProjectionStoreError| error.to_string();
        let row = tx.get(key.as_bytes()).await.map_err(error)?;
        let sum = row.map_or(0, |row| serde_json::from_slice::<i64>(&row).expect("a sum"));
        let row = serde_json::to_vec(&(sum + cents)).expect("json");
        tx.put(key.as_bytes(), Some(&row)).await.map_err(error)
    }
}

/// Executes commands, and counts how often it is asked to.
#[derive(Clone)]
struct Asked(EventSourced<Account, MemoryStore>, Arc<AtomicU64>);

impl Dispatch<Task> for Asked {
    async fn dispatch(&self, task: Task, options: ExecuteOptions) -> Result<(), DispatchError> {
        self.1.fetch_add(1, SeqCst);
        self.0.dispatch(task, options).await
    }
}

/// What is written before anything is built anew.
#[derive(Debug, Clone)]
enum Write {
    Open(usize, u64),
    Close(usize),
    Request(usize, usize, u64),
    /// It runs until it is interrupted.
    Run(usize),
    Days(u32),
}

/// How a projection comes to be built anew.
#[derive(Debug, Clone, Copy)]
enum How {
    Rebuild,
    Reset,
    /// By a program with other code.
    Changed,
    /// Its rows are lost.
    Lost,
}

/// A way to build a projection anew, and where it is interrupted.
type Build = (usize, How, Vec<usize>);

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let write = prop_oneof![
        2 => (0..4_usize, 1..2_000_u64).prop_map(|(account, cents)| Write::Open(account, cents)),
        1 => (0..4_usize).prop_map(Write::Close),
        6 => (0..4_usize, 0..4_usize, prop_oneof![1..900_u64, 666..668_u64])
            .prop_map(|(from, to, cents)| Write::Request(from, to, cents)),
        2 => (1..400_usize).prop_map(Write::Run),
        1 => (0..3_u32).prop_map(Write::Days),
    ];
    vec(write, 1..25)
}

fn builds() -> impl Strategy<Value = Vec<Build>> {
    let how = prop_oneof![
        3 => proptest::prelude::Just(How::Rebuild),
        1 => proptest::prelude::Just(How::Reset),
        1 => proptest::prelude::Just(How::Changed),
        1 => proptest::prelude::Just(How::Lost),
    ];
    vec((0..KEPT.len(), how, vec(1..120_usize, 0..4)), 1..5)
}

const ACCOUNTS: [&str; 4] = ["ada", "bob", "cyd", "eve"];

/// What has gone out.
#[derive(Debug, PartialEq, Eq)]
struct Effects {
    delivered: usize,
    attempts: u64,
    asked: u64,
    /// Events of anybody but operators.
    written: usize,
}

struct World {
    clock: ManualClock,
    bank: Bank<MemoryStore>,
    rows: Flaky,
    post: Post,
    asked: Arc<AtomicU64>,
    handled: Arc<AtomicU64>,
    options: ProjectionOptions,
    changed: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let clock = ManualClock::default();
        let options = ProjectionOptions {
            // What fails stays parked until somebody decides.
            retries: Backoff {
                attempts: 1,
                ..ProjectionOptions::default().retries
            },
            batch: 1 + usize::try_from(seed % 30).expect("few"),
            partitions: 1 + u32::try_from(seed / 30 % 3).expect("few"),
            ..ProjectionOptions::default()
        };
        Self {
            bank: Bank::new(MemoryStore::with_clock(Arc::new(clock.clone()))),
            rows: Flaky::new(seed, 0),
            post: Post::default(),
            asked: Arc::default(),
            handled: Arc::default(),
            changed: false,
            clock,
            options,
        }
    }

    /// The program as it is started anew; with other code, if it has changed.
    fn started(&self) -> Projections<Flaky> {
        fn keep<const WHICH: usize>(
            world: &World,
            runner: ProjectionRunner<Flaky>,
        ) -> ProjectionRunner<Flaky> {
            let (handled, options) = (world.handled.clone(), world.options.clone());
            if world.changed {
                runner.add_with(Keep::<WHICH, 2> { handled }, options)
            } else {
                runner.add_with(Keep::<WHICH, 1> { handled }, options)
            }
        }
        let runner = ProjectionRunner::new(self.bank.log.clone(), self.rows.clone())
            .clock(Arc::new(self.clock.clone()));
        let runner = keep::<0>(self, keep::<1>(self, keep::<2>(self, runner)));
        let dispatch = Asked(self.bank.accounts.clone(), self.asked.clone());
        let runner = runner.add_process_with(Transfers, dispatch, self.options.clone());
        let runner = feed(runner, &self.post, self.options.clone());
        runner.idle().expect("a runner")
    }

    /// Runs to the end, or to where it is interrupted. Refusals are waited out on the clock.
    async fn run(&self, polls: usize, per_mille: u32) {
        self.rows.set(per_mille);
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
    }

    async fn write(&self, write: &Write) {
        match *write {
            Write::Open(account, cents) => self.bank.open(ACCOUNTS[account], cents).await,
            Write::Close(account) => self.bank.close(ACCOUNTS[account]).await,
            Write::Request(from, to, cents) => {
                let head = self.bank.log.head().await.expect("a head");
                let (from, to) = (ACCOUNTS[from], ACCOUNTS[to]);
                let name = head.to_string();
                self.bank.request(&name, from, to, cents).await;
            }
            Write::Run(polls) => self.run(polls, 40).await,
            Write::Days(days) => self.clock.advance(DAY * days),
        }
    }

    async fn settle(&self) {
        for _ in 0..2 {
            within(self.started().catch_up()).await.expect("caught up");
        }
    }

    async fn effects(&self) -> Effects {
        let filter = Filter::all();
        let page = self.bank.log.read_all(Position::START, &filter, 1_000_000);
        let events = page.await.expect("a page").events;
        let by_others = |event: &&RecordedEvent| event.stream.category() != "projection";
        Effects {
            delivered: self.post.sent().len(),
            attempts: self.post.attempts(),
            asked: self.asked.load(SeqCst),
            written: events.iter().filter(by_others).count(),
        }
    }

    fn kept(&self) -> BTreeMap<&'static str, BTreeMap<Vec<u8>, bytes::Bytes>> {
        let served = |name| (name, self.rows.shelf.served(name));
        KEPT.into_iter().map(served).collect()
    }

    /// Builds one anew, interrupted here and there.
    async fn build(&mut self, (which, how, deaths): &Build) {
        let (name, program) = (KEPT[*which], self.started());
        match how {
            How::Rebuild => program.rebuild(name, "ada").await.expect("it begins"),
            How::Reset => program.reset(name, "ada").await.expect("it begins"),
            How::Changed => self.changed = !self.changed,
            How::Lost => self.rows.shelf.lose(name),
        }
        for polls in deaths {
            self.run(*polls, 40).await;
        }
        self.settle().await;
        let coverage = self.started().verify(name).await.expect("a check");
        assert!(coverage.is_complete(), "{coverage:?}");
    }
}

/// Who acts on others refuses whatever would do it again.
async fn refuse(program: &Projections<Flaky>) {
    for name in ["transfer", FEED] {
        for refused in [
            program.rebuild(name, "ada").await,
            program.reset(name, "ada").await,
        ] {
            let error = refused.expect_err("refused");
            assert!(matches!(error, RunnerError::Acts { .. }), "{error}");
        }
        let refused = program.cut_over(name, "ada").await.expect_err("refused");
        assert!(
            matches!(refused, RunnerError::NothingBuilt { .. }),
            "{refused}"
        );
        let refused = program.roll_back(name, "ada").await.expect_err("refused");
        assert!(matches!(refused, RunnerError::NoFormer { .. }), "{refused}");
    }
}

#[test]
fn building_anew_has_no_effect_outside() {
    let histories = (any::<u64>(), writes(), builds());
    let (cases, built) = (rounds(60, 3_000), AtomicU64::new(0));
    law::holds(cases, &histories, async |(seed, writes, builds)| {
        let mut world = World::new(seed);
        for write in &writes {
            world.write(write).await;
        }
        world.settle().await;
        let (effects, kept) = (world.effects().await, world.kept());
        let handled = world.handled.load(SeqCst);
        for build in &builds {
            world.build(build).await;
            refuse(&world.started()).await;
            assert_eq!(world.kept(), kept, "after {build:?}");
            assert_eq!(world.effects().await, effects, "after {build:?}");
        }
        built.fetch_add(world.handled.load(SeqCst) - handled, SeqCst);
        // They go on with what comes.
        world.bank.open("ada", 1).await;
        world.settle().await;
        assert_eq!(world.effects().await.delivered, effects.delivered + 1);
    });
    let built = built.into_inner();
    assert!(
        built > 10 * cases as u64,
        "only {built} events were handled again"
    );
}
