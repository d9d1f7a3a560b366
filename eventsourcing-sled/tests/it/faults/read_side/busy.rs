//! Eight writers, four read models and a subscriber who follows them all, for a while.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use eventsourcing::{
    Commit, Decoded, EventSourced, EventStore, ExpectedVersion, Json, NewEvent, ProjectionOptions,
    ProjectionRunner, Projections, ReadModel, ReadModels, Receipt, RecordedEvent, Repository,
    StreamId, Subscription, Version, Waited,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::kill::say;
use eventsourcing_testkit::faults::{Tally, rounds};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::bank::{Account, AccountEvent, Closed, Deposited, Requested, Seen};
use super::models::{Balance, Fold, Keep, Kept, Turnover};
use crate::support::{LIMIT, Running, account, child, child_dir, run_on_threads};

const WRITERS: u64 = 8;
const ACCOUNTS: u64 = 200;
/// The number of the first writer's desk.
const DESKS: u64 = 1_000;
/// How many commits a writer is ahead of what is read, at most.
const AHEAD: u64 = 40;
/// How long it goes on, in seconds.
const SECONDS: &str = "SLED_STORE_SECONDS";
/// Most memory, in KiB, by which the last quarter may be above the third. The half before fills what is bounded: the part of
/// the index that is in memory, up to twice 16 MiB, the caches, and the allocator's rooms. Whole events that piled up
/// would be more than this in the long form.
const GROWTH: u64 = 16 << 10;

/// The last events, each in the place of an earlier one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Latest {
    position: u64,
    times: u64,
}

impl Kept for Latest {
    const NAME: &'static str = "latest";
    const TABLE: ReadModel<u64, Self> = ReadModel::new("latest");
    type Id = u64;

    fn id(_: &Seen, recorded: &RecordedEvent) -> u64 {
        recorded.position.get() % 500
    }

    fn add(&mut self, _: &Seen, recorded: &RecordedEvent) {
        self.position = recorded.position.get();
        self.times += 1;
    }
}

/// Events by the minute of their time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Minute {
    turnover: Turnover,
}

impl Kept for Minute {
    const NAME: &'static str = "minutes";
    const TABLE: ReadModel<i64, Self> = ReadModel::new("minutes");
    type Id = i64;

    fn id(_: &Seen, recorded: &RecordedEvent) -> i64 {
        recorded.recorded_at.as_micros() / 60_000_000
    }

    fn add(&mut self, event: &Seen, recorded: &RecordedEvent) {
        self.turnover.add(event, recorded);
    }
}

const MODELS: [&str; 4] = [Balance::NAME, Turnover::NAME, Latest::NAME, Minute::NAME];

fn start(store: &SledStore, models: &ReadModels) -> Projections<ReadModels> {
    let side_by_side = ProjectionOptions {
        partitions: 2,
        ..ProjectionOptions::default()
    };
    ProjectionRunner::new(store.clone(), models.clone())
        .add_with(Keep::<Balance>::new(), side_by_side)
        .add(Keep::<Turnover>::new())
        .add(Keep::<Latest>::new())
        .add(Keep::<Minute>::new())
        .start()
        .expect("a runner")
}

fn new(event: impl Into<AccountEvent>) -> NewEvent {
    NewEvent::encode(&event.into(), &Json).expect("JSON")
}

/// Appends until it is time, and tells what came last.
async fn write(
    store: SledStore,
    projections: Projections<ReadModels>,
    writer: u64,
    until: Instant,
) -> Receipt {
    let mut rng = Rng::with_seed(writer);
    let desk = account(DESKS + writer);
    for number in 1.. {
        let cents = rng.u64(1..500);
        let requested = Requested {
            number,
            transfer: number,
            from: 0,
            to: 0,
            cents,
        };
        let transfer = None;
        let expected = ExpectedVersion::Exact(Version::new(number - 1));
        let commit = Commit::new()
            .append(desk.clone(), expected, vec![new(requested)])
            .append(
                account(rng.u64(1..=ACCOUNTS)),
                ExpectedVersion::Any,
                vec![new(Deposited { cents, transfer })],
            );
        let receipt = store.append(commit).await.expect("an append").receipt;
        if number % AHEAD == 0 {
            for name in MODELS {
                let waited = projections.wait_for(name, &receipt, LIMIT).await;
                assert_eq!(waited.expect("it is followed"), Waited::Applied);
            }
        }
        if Instant::now() >= until {
            return receipt;
        }
    }
    unreachable!("it has ended before numbers do")
}

/// What the subscriber makes of the log.
struct Tailed {
    events: u64,
    balances: Fold<Balance>,
    turnover: Fold<Turnover>,
    latest: Fold<Latest>,
    minutes: Fold<Minute>,
}

/// Follows everything up to the last event there is; each stream must come without a gap, in order.
async fn tail(store: SledStore) -> Tailed {
    let mut tailed = Tailed {
        events: 0,
        balances: Fold::new(),
        turnover: Fold::new(),
        latest: Fold::new(),
        minutes: Fold::new(),
    };
    let mut versions = HashMap::<StreamId, u64>::new();
    let mut subscription = Subscription::new(store);
    loop {
        let recorded = subscription.next().await.expect("an event");
        let version = versions.entry(recorded.stream.clone()).or_default();
        assert_eq!(recorded.version.get(), *version + 1, "{recorded:?}");
        *version += 1;
        let Ok(Decoded::One(event)) = recorded.view::<Seen>(&Json) else {
            panic!("one event: {recorded:?}");
        };
        tailed.events += 1;
        tailed.balances.add(&event, &recorded);
        tailed.turnover.add(&event, &recorded);
        tailed.latest.add(&event, &recorded);
        tailed.minutes.add(&event, &recorded);
        if matches!(event, Seen::Closed(_)) {
            return tailed;
        }
    }
}

/// KiB that the process holds.
fn held() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmRSS:"));
    let line = line.expect("its memory").trim().trim_end_matches(" kB");
    line.parse().expect("a number")
}

/// Looks at the memory now and then.
async fn watch_memory(until: Instant) -> Vec<u64> {
    let mut seen = Vec::new();
    while Instant::now() < until {
        seen.push(held());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    seen
}

#[test]
fn program() {
    let Some(dir) = child_dir() else { return };
    let seconds = std::env::var(SECONDS).expect("a time");
    let seconds = Duration::from_secs(seconds.parse().expect("a number"));
    // A small cache is full soon.
    let store = SledStore::builder().cache_capacity(8 << 20);
    let store = store.open(dir).expect("a store");
    let models = store.read_models().expect("read models");
    run_on_threads(async {
        let projections = start(&store, &models);
        let until = Instant::now() + seconds;
        let tailing = tokio::spawn(tail(store.clone()));
        let memory = tokio::spawn(watch_memory(until));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(store.clone(), projections.clone(), writer, until)))
            .collect();
        let mut written = 0;
        for writer in writers {
            written = written.max(writer.await.expect("a writer").last.get());
        }
        let last = Commit::new().append(account(0), ExpectedVersion::Any, vec![new(Closed {})]);
        let last = store.append(last).await.expect("an append").receipt;
        assert!(last.last.get() > written);
        let tailed = tailing.await.expect("it has seen everything");
        for name in MODELS {
            let waited = projections.wait_for(name, &last, LIMIT).await;
            waited.expect("it is followed to the end");
            let coverage = projections.verify(name).await.expect("a comparison");
            assert!(coverage.is_complete(), "{coverage:?}");
            assert_eq!((coverage.applied, coverage.parked), (tailed.events, 0));
        }
        for differs in [
            tailed.balances.differs(&models),
            tailed.turnover.differs(&models),
            tailed.latest.differs(&models),
            tailed.minutes.differs(&models),
        ] {
            assert_eq!(differs, None);
        }
        assert!(tailed.balances.0.values().all(|balance| balance.gaps == 0));
        let desk = EventSourced::<Account, _>::new(store.clone());
        let desk = desk.load(&DESKS).await.expect("a desk");
        assert_eq!(desk.state().requests, desk.version().get());
        projections.shutdown().await;
        let memory = memory.await.expect("its memory");
        let quarters = memory.chunks(memory.len().div_ceil(4));
        let quarters = quarters.map(|part| part.iter().sum::<u64>() / part.len() as u64);
        let quarters: Vec<_> = quarters.map(|mean| mean.to_string()).collect();
        let peak = memory.iter().max().expect("it has looked");
        say(&format!(
            "checked {} {} {peak}",
            tailed.events,
            quarters.join(" ")
        ));
    });
}

#[test]
fn nothing_is_left_out_or_done_twice_and_memory_is_bounded() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut program = child("faults::read_side::busy::program", dir.path());
    let seconds = rounds(4, 1_200);
    program.env(SECONDS, seconds.to_string());
    let mut running = Running::start(program);
    let checked = running.wait_for("checked");
    running.wait();
    let numbers = checked.split(' ').map(str::parse::<u64>);
    let numbers: Vec<_> = numbers.map(|number| number.expect("a number")).collect();
    let [events, first, second, third, last, peak] = numbers[..] else {
        panic!("{checked}");
    };
    let mut tally = Tally::new("load: 8 writers, 4 read models on sled, a subscriber");
    tally.round(events, 0, String::new);
    let mib = |kib: u64| kib.div_ceil(1 << 10);
    tally.note(format!(
        "{seconds} s; MiB held by quarters: {} {} {} {}, peak {}",
        mib(first),
        mib(second),
        mib(third),
        mib(last),
        mib(peak)
    ));
    tally.finish();
    assert!(last <= third + GROWTH, "KiB held: {numbers:?}");
}
