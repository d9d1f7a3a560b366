//! Killed at any moment: a writer, three read models and a process manager in one program.

use std::time::Duration;

use eventsourcing::{
    EventSourced, ExecuteOptions, ProjectionRunner, Projections, ReadModels, RepositoryExt,
    RunnerError,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::kill::{Moment, killed_at, say};
use eventsourcing_testkit::faults::{Tally, rounds};
use fastrand::Rng;

use super::bank::{Account, Close, Deposit, Request, Transfers};
use super::ledger::Ledger;
use super::models::{Balance, Entry, Keep, Kept, Turnover};
use crate::support::{LIMIT, block_on, child, child_dir, run_on_threads};

const SEED: &str = "SLED_STORE_SEED";
/// Rounds that one store goes through.
const LIFE: usize = 20;
/// A few times how often sled hands over what it has by itself.
const JITTER: Duration = Duration::from_millis(700);

const ACCOUNTS: u64 = 12;
/// Takes no deposits: what goes there comes back.
const CLOSED: u64 = 1;
/// Where transfers are asked for, by a writer each.
const DESKS: [u64; 2] = [101, 102];
const FUNDS: u64 = 10_000;

const MODELS: [&str; 3] = [Balance::NAME, Turnover::NAME, Entry::NAME];
const PROCESS: &str = "transfer";

fn runner(store: &SledStore, models: ReadModels) -> ProjectionRunner<ReadModels> {
    ProjectionRunner::new(store.clone(), models)
        .add(Keep::<Balance>::new())
        .add(Keep::<Turnover>::new())
        .add(Keep::<Entry>::new())
        .add_process(Transfers, EventSourced::<Account, _>::new(store.clone()))
}

/// Asks for transfers, follows them and moves the money, until it is killed.
#[test]
fn program() {
    let Some(dir) = child_dir() else { return };
    let seed: u64 = std::env::var(SEED)
        .expect("a seed")
        .parse()
        .expect("a number");
    say("opening");
    let store = SledStore::open(dir).expect("a store");
    let models = store.read_models().expect("read models");
    run_on_threads(async {
        let projections = runner(&store, models).start().expect("a runner");
        say("opened");
        let accounts = EventSourced::<Account, _>::new(store.clone());
        found(&accounts).await;
        let desks = DESKS.map(|desk| {
            let rng = Rng::with_seed(seed + desk);
            tokio::spawn(ask(accounts.clone(), projections.clone(), desk, rng))
        });
        for desk in desks {
            desk.await.expect("it goes on for ever");
        }
    });
}

/// Accounts with money in them. Done by every program, and takes effect once.
async fn found(accounts: &EventSourced<Account, SledStore>) {
    let once = |what: &str| ExecuteOptions {
        idempotency_key: Some(what.into()),
        ..ExecuteOptions::default()
    };
    for account in 1..=ACCOUNTS {
        let deposit = Deposit {
            account,
            cents: FUNDS,
            transfer: None,
        };
        let founded = accounts.execute_with(deposit, once(&format!("found {account}")));
        founded.await.expect("funds");
    }
    let close = Close { account: CLOSED };
    accounts
        .execute_with(close, once("close"))
        .await
        .expect("closed");
}

/// A writer, as fast as the process follows.
async fn ask(
    accounts: EventSourced<Account, SledStore>,
    projections: Projections<ReadModels>,
    desk: u64,
    mut rng: Rng,
) {
    loop {
        // Sums that are too large now and then.
        let from = rng.u64(CLOSED + 1..=ACCOUNTS);
        let request = Request {
            desk,
            from,
            to: (from + rng.u64(1..ACCOUNTS) - 1) % ACCOUNTS + 1,
            cents: rng.u64(1..FUNDS / 2),
        };
        let asked = accounts.execute(request).await.expect("a request");
        say(&format!("acked {desk} {}", asked.version));
        if rng.u8(..4) == 0 {
            let receipt = asked.receipt.expect("it has written");
            let name = rng.choice([MODELS[0], MODELS[1], MODELS[2], PROCESS]);
            let waited = projections.wait_for(name.expect("a name"), &receipt, LIMIT);
            waited.await.expect("it is followed");
        }
    }
}

/// The last request of a desk that was acknowledged.
fn acked(lines: &[String], desk: u64) -> u64 {
    let numbers = lines.iter().filter_map(|line| {
        let (_, rest) = line.split_once("acked ")?;
        let (of, number) = rest.split_once(' ')?;
        (of.parse() == Ok(desk)).then(|| number.trim().parse().expect("a number"))
    });
    numbers.max().unwrap_or_default()
}

/// What is wrong with the store as it was left, without anything being done first.
fn problems(
    ledger: &Ledger,
    projections: &Projections<ReadModels>,
    models: &ReadModels,
) -> Vec<String> {
    let (_, mut problems) = ledger.sums();
    for name in MODELS {
        let status = block_on(projections.status(name)).expect("a status");
        let position = status.serving.map(|serving| serving.position);
        problems.extend(ledger.differs(name, models, position.unwrap_or_default()));
    }
    for name in MODELS.into_iter().chain([PROCESS]) {
        match block_on(projections.verify(name)) {
            Ok(coverage) if coverage.is_complete() && coverage.parked == 0 => {}
            Err(RunnerError::NeverRun { .. }) => {}
            other => problems.push(format!("{other:?}")),
        }
    }
    problems
}

/// Lets everything come to its end.
fn settle(store: &SledStore, projections: &Projections<ReadModels>) -> Ledger {
    block_on(async {
        loop {
            projections.catch_up().await.expect("no trouble");
            // Of what the process has done, the read models have seen a part; timers may not have been due.
            projections.catch_up().await.expect("no trouble");
            let ledger = Ledger::read(store).await;
            if ledger.sums().0.open == 0 {
                return ledger;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
}

#[test]
fn while_everything_runs() {
    let mut dir = tempfile::tempdir().expect("a directory");
    let mut tally = Tally::new("killed: a writer, three read models on sled and a process manager");
    let mut rng = Rng::with_seed(9);
    let (mut under_way, mut behind, mut before) = (0, 0, 0);
    let count = rounds(7, 200);
    for round in 0..count {
        if round % LIFE == LIFE - 1 {
            dir = tempfile::tempdir().expect("a directory");
            before = 0;
        }
        let mut program = child("faults::read_side::kill::program", dir.path());
        program.env(SEED, rng.u32(..).to_string());
        let mut micros = |most: Duration| {
            Duration::from_micros(rng.u64(0..u64::try_from(most.as_micros()).expect("short")))
        };
        let moment = match round % 5 {
            1 => Moment::after("opened", micros(JITTER)),
            3 => Moment::after("opening", micros(JITTER / 4)),
            _ => Moment {
                word: "acked",
                times: 1 + round * 7 % 40,
                delay: micros(JITTER),
            },
        };
        let lines = killed_at(&mut program, moment);
        let store = match SledStore::open(dir.path()) {
            Ok(store) => store,
            Err(error) => {
                tally.unopenable(|| format!("round {round}, {moment:?}: {error}"));
                continue;
            }
        };
        let models = store.read_models().expect("read models");
        let projections = runner(&store, models.clone()).idle().expect("a runner");
        let mut ledger = block_on(Ledger::read(&store));
        let mut wrong = problems(&ledger, &projections, &models);
        for desk in DESKS {
            let (there, acked) = (ledger.requests(desk), acked(&lines, desk));
            if there < acked {
                wrong.push(format!(
                    "{acked} requests were acknowledged, {there} are there"
                ));
            }
        }
        under_way += ledger.sums().0.under_way;
        let lag = block_on(projections.status(MODELS[0])).expect("a status");
        behind += u32::from(lag.serving.is_none_or(|serving| serving.behind > Some(0)));
        if round % 3 == 2 || round + 1 == count || (round + 2) % LIFE == 0 {
            ledger = settle(&store, &projections);
            let after = problems(&ledger, &projections, &models);
            wrong.extend(after.into_iter().map(|what| format!("afterwards: {what}")));
            let end = ledger.end();
            for name in MODELS {
                wrong.extend(ledger.differs(name, &models, end));
            }
        }
        let new = ledger.len() - before;
        before = ledger.len();
        tally.round(new, wrong.len() as u64, || {
            format!("round {round}, {moment:?}: {wrong:?}")
        });
    }
    tally.note(format!(
        "{under_way} times money was under way; the read models were behind {behind} times"
    ));
    assert!(under_way > 0 && behind > 0, "it is killed in the middle");
    tally.finish();
}
