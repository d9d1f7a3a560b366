//! Random schedules: a flaw shows within a thousand of them, and no flaw never does.

use eventsourcing::ExpectedVersion::{Any, Exact, NoStream};
use eventsourcing::*;
use eventsourcing_testkit::history::{
    Checked, History, Recorded, Violation, ViolationKind, ViolationKind::*, drop_after,
};
use fastrand::Rng;

use super::drawn::{account, commit, event, now};
use super::flawed::{Flaw, Flawed};

/// Within so many schedules a flaw is found; it is looked at in so many how it shows.
const SCHEDULES: u64 = 1000;
const AT_LEAST: u64 = 200;

/// Three writers and a reader take turns as chance has it; afterwards the history is checked.
fn schedule(flaw: Flaw, seed: u64) -> Result<Checked, Violation> {
    now(async {
        let history = History::new();
        let store = Recorded::new(Flawed::new(flaw, seed), &history);
        let writers: Vec<_> = (0..3)
            .map(|number| {
                let rng = Rng::with_seed(seed * 10 + number);
                tokio::spawn(write(store.clone(), rng))
            })
            .collect();
        let reader = tokio::spawn(read(store.clone()));
        for writer in writers {
            writer.await.expect("no writer panics");
        }
        reader.await.expect("no reader panics");
        history.check(&store.inner().inner).await
    })
}

async fn write(store: Recorded<Flawed>, mut rng: Rng) {
    let tag = Tag::new("course:1").expect("a tag");
    let mut last = commit("ada", Any, 1);
    for _ in 0..6 {
        let ada = account("ada");
        let next = match rng.usize(..6) {
            0 => commit("bob", Any, 1),
            1 => {
                let head = store.stream_head(&ada).await.expect("a head");
                let expected = head.map_or(NoStream, |head| Exact(head.version));
                commit("ada", expected, 2)
            }
            2 => commit("bob", Any, 1).append(ada, NoStream, vec![event("{}")]),
            3 => last.clone(),
            _ => {
                let after = store.head().await.expect("a head");
                let mut commit = commit("eve", Any, 1).with_condition(AppendCondition {
                    none_of: vec![Filter::all().tag(tag.clone())],
                    after,
                });
                commit.streams[0].events[0].tags.push(tag.clone());
                commit
            }
        };
        last = next.clone();
        if rng.usize(..8) == 0 {
            drop_after(rng.usize(1..4), store.append(next)).await;
        } else {
            let _ = store.append(next).await;
        }
    }
}

async fn read(store: Recorded<Flawed>) {
    let mut after = Position::START;
    for _ in 0..12 {
        if let Ok(page) = store.read_all(after, &Filter::all(), 5).await {
            after = page.next;
        }
        let _ = store.head().await;
        tokio::task::yield_now().await;
    }
}

/// The violations that a flaw leads to: it is found, and under the right names only.
#[track_caller]
fn found(flaw: Flaw, names: &[ViolationKind]) {
    let mut first = None;
    for seed in 0..SCHEDULES {
        if let Err(violation) = schedule(flaw, seed) {
            assert!(
                names.contains(&violation.kind),
                "schedule {seed}: {violation}"
            );
            first.get_or_insert((seed, violation));
        }
        if first.is_some() && seed >= AT_LEAST {
            break;
        }
    }
    let (seed, violation) = first.unwrap_or_else(|| panic!("{flaw:?} is not found"));
    println!("{flaw:?} is found by schedule {seed}: {violation}");
}

#[test]
fn no_flaw_is_no_violation() {
    let mut all = Checked::default();
    for seed in 0..SCHEDULES {
        let checked = schedule(Flaw::None, seed);
        let checked = checked.unwrap_or_else(|violation| panic!("schedule {seed}: {violation}"));
        all.acknowledged += checked.acknowledged;
        all.repeated += checked.repeated;
        all.conflicts += checked.conflicts;
        all.conditions_failed += checked.conditions_failed;
        all.unknown += checked.unknown;
        all.unknown_written += checked.unknown_written;
    }
    // The schedules are worth something: all of this happens in them.
    let counts = [
        all.acknowledged,
        all.repeated,
        all.conflicts,
        all.conditions_failed,
        all.unknown,
        all.unknown_written,
    ];
    assert!(counts.iter().all(|count| *count > 100), "{all:?}");
}

#[test]
fn a_log_that_cannot_be_read() {
    let violation = now(History::new().check(&Flawed::new(Flaw::Unreadable, 0)));
    let violation = violation.expect_err("it cannot be read");
    assert_eq!(violation.kind, Unreadable);
    assert!(violation.to_string().contains("position 1"), "{violation}");
}

#[test]
fn a_condition_checked_in_another_snapshot() {
    found(Flaw::TwoSnapshots, &[ConditionIgnored, RepetitionRefused]);
}

#[test]
fn a_version_checked_before_writing() {
    found(Flaw::CheckThenWrite, &[TwoWinners, ExpectedVersionIgnored]);
}

#[test]
fn a_commit_that_becomes_visible_late() {
    found(Flaw::LateVisible, &[Skipped]);
}

#[test]
fn an_acknowledgement_too_early() {
    found(
        Flaw::LostAck,
        &[Lost, Misplaced, FalseDuplicate, SeenEarly, WrittenTwice],
    );
}

#[test]
fn a_replica_that_lags() {
    found(Flaw::LaggingReplica, &[StaleRead, WentBack]);
}

#[test]
fn a_refusal_that_leaves_something_behind() {
    found(Flaw::HalfRolledBack, &[RefusedButWritten, Altered, Unasked]);
}

#[test]
fn forgotten_commit_ids() {
    found(
        Flaw::ForgetsIds,
        &[Misplaced, RepetitionRefused, WrittenTwice, Unasked],
    );
}

#[test]
fn a_head_ahead_of_the_log() {
    found(
        Flaw::HeadFirst,
        &[BeyondLog, TornRead, WentBack, SeenEarly, StaleRead],
    );
}
