//! Killed at any moment.

use std::time::Duration;

use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::kill::{Moment, killed_at, say};
use eventsourcing_testkit::faults::{Tally, rounds};
use fastrand::Rng;

use super::{Worker, check};
use crate::support::{child, child_dir};

const SEED: &str = "SLED_STORE_SEED";
const WORKERS: u32 = 3;
/// A few times how often sled hands over what it has by itself.
const JITTER: Duration = Duration::from_millis(700);
/// Rounds that one directory goes through.
const LIFE: usize = 20;

/// Commits to several generations, removes one now and then, until it is killed.
#[test]
fn worker() {
    let Some(dir) = child_dir() else { return };
    let seed: u64 = std::env::var(SEED)
        .expect("a seed")
        .parse()
        .expect("a number");
    say("opening");
    let store = SledStore::open(dir).expect("a store");
    let models = store.read_models().expect("read models");
    say("opened");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build();
    runtime.expect("a runtime").block_on(async {
        let workers: Vec<_> = (1..=WORKERS)
            .map(|number| {
                let (models, store) = (models.clone(), store.clone());
                tokio::spawn(async move {
                    let mut worker = Worker::claim(&models, number, seed + u64::from(number)).await;
                    let worker = worker.as_mut().expect("a claim");
                    while store.is_open() {
                        let commits = worker.commit().await.expect("a commit");
                        say(&format!("committed {number} {commits}"));
                        if number == WORKERS && commits % 100 == 0 {
                            let clear = eventsourcing::ProjectionStore::clear(
                                &models,
                                &worker.generation,
                                worker.epoch,
                            );
                            clear.await.expect("clearing");
                        }
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("it goes on for ever");
        }
    });
}

/// The highest number of commits that a generation was said to have.
fn said(lines: &[String], number: u32) -> u64 {
    let numbers = lines.iter().filter_map(|line| {
        let rest = line.split_once("committed ")?.1;
        let (of, commits) = rest.split_once(' ')?;
        (of.parse() == Ok(number)).then(|| commits.trim().parse().expect("a number"))
    });
    numbers.max().unwrap_or_default()
}

#[test]
fn while_committing() {
    let mut dir = tempfile::tempdir().expect("a directory");
    let mut tally = Tally::new("killed while three projections commit to sled");
    let mut rng = Rng::with_seed(7);
    let (mut kept, mut begun_anew) = (0, 0);
    for round in 0..rounds(10, 200) {
        if round % LIFE == LIFE - 1 {
            dir = tempfile::tempdir().expect("a directory");
        }
        let mut program = child("faults::read_models::kill::worker", dir.path());
        program.env(SEED, rng.u32(..).to_string());
        let micros = |rng: &mut Rng, most: Duration| {
            Duration::from_micros(rng.u64(0..u64::try_from(most.as_micros()).expect("short")))
        };
        let moment = match round % 4 {
            0 => Moment::after("opened", micros(&mut rng, JITTER)),
            1 => Moment::after("opening", micros(&mut rng, JITTER / 4)),
            _ => Moment {
                word: "committed",
                times: rng.usize(1..400),
                delay: micros(&mut rng, JITTER),
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
        begun_anew += u32::from(store.stats().expect("figures").models_begun_anew.is_some());
        for number in 1..=WORKERS {
            let (commits, mut problems) = check(&models, number);
            let acked = said(&lines, number);
            // The last one may not have been said any more.
            if number < WORKERS && acked > 0 && commits > acked + 1 {
                problems.push(format!("{commits} commits, of which {acked} were made"));
            }
            kept += commits;
            tally.round(commits + 1, problems.len() as u64, || {
                format!("round {round}, {moment:?}, generation {number}: {problems:?}")
            });
        }
    }
    tally.note(format!(
        "{kept} commits were there again; begun anew {begun_anew} times"
    ));
    assert_eq!(begun_anew, 0, "a kill damages nothing");
    assert!(kept > 0, "nothing was ever there again");
    tally.finish();
}
