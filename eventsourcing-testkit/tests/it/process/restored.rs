//! A process manager goes on where somebody says, once its log was restored: its instances are as that log says.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use eventsourcing::{
    Begin, Clock, Correlation, EventStore, Filter, MemoryStore, Position, ProcessContext,
    ProcessManager, ProjectionRunner, Reaction, ReadModels, RunnerError, StopReason, SystemClock,
};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::adversarial::Adversarial;
use eventsourcing_testkit::history::drop_after;

use super::crash::{check, transfers};
use super::deadlines::{Clerk, Noted, Notes, Office, Script};
use super::transfer::Bank;
use crate::projection::flaky::Flaky;
use crate::projection::restore::restored;
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

fn is_other_history(outcome: Result<(), RunnerError>) -> bool {
    let Err(RunnerError::Stopped { reason, .. }) = outcome else {
        return false;
    };
    matches!(reason, StopReason::OtherHistory { .. })
}

async fn begin_anew(office: &Office, begin: Begin) {
    let projections = office.projections();
    within(projections.begin_anew("noting", begin, "ada"))
        .await
        .expect("begun");
}

#[tokio::test]
async fn timers_of_instances_that_the_log_has_fire_and_no_others() {
    let mut office = Office::new();
    office.begin(1, "note:begun;timer:deadline:3600").await;
    office
        .begin(2, "note:begun;do:two;timer:deadline:3600")
        .await;
    office
        .begin(3, "note:begun;timer:deadline:3600;timer:other:1000")
        .await;
    office.begin(4, "note:begun;timer:deadline:3600").await;
    office.tell(4, "finish").await;
    office.catch_up().await;
    office.tell(3, "cancel:deadline").await;
    office.catch_up().await;
    let backup = office.log.head().await.expect("a head");
    // What the backup has not.
    office.tell(2, "note:paid;cancel:deadline").await;
    office.begin(5, "do:five;timer:deadline:3600").await;
    office.catch_up().await;
    assert_eq!(office.done(), ["two", "five"]);

    office.log = restored(&office.log, backup, &office.clock).await;
    office.begin(6, "note:begun;do:six").await;
    let projections = office.projections();
    assert!(is_other_history(within(projections.catch_up()).await));
    begin_anew(&office, Begin::After(backup)).await;
    office.catch_up().await;
    assert_eq!(office.done(), ["two", "five", "six"]);

    for rows_are_lost in [false, true] {
        if rows_are_lost {
            office.rows = ReadModels::in_memory();
        }
        office.catch_up().await;
        assert_eq!(office.notes(1).await, ["begun"]);
    }
    office.wait(4_000);
    office.catch_up().await;
    for rows_are_lost in [false, true] {
        if rows_are_lost {
            office.rows = ReadModels::in_memory();
            office.catch_up().await;
            office.wait(100_000);
            office.catch_up().await;
        }
        assert_eq!(office.notes(1).await, ["begun", "deadline"]);
        assert_eq!(office.notes(2).await, ["begun", "deadline"]);
        assert_eq!(office.notes(3).await, ["begun", "other"]);
        assert_eq!(office.notes(4).await, ["begun"]);
        assert_eq!(office.notes(5).await, [""; 0]);
        assert_eq!(office.notes(6).await, ["begun"]);
    }
    let projections = office.projections();
    let coverage = projections.verify("noting").await.expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
}

#[tokio::test]
async fn what_a_timer_has_led_to_since_is_done_though_rows_are_lost() {
    let mut office = Office::new();
    office.begin(1, "note:begun;timer:doing:10").await;
    office.catch_up().await;
    begin_anew(&office, Begin::Now).await;
    office.hands.tied.store(true, SeqCst);
    office.wait(11);
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "doing"]);
    office.rows = ReadModels::in_memory();
    office.hands.tied.store(false, SeqCst);
    office.catch_up().await;
    assert_eq!(office.done(), ["it"]);
}

/// The program that no longer wants the events that have set timers.
struct Later;

impl ProcessManager for Later {
    type State = Notes;
    type View = Script;
    type Command = String;
    type Error = Infallible;

    fn filter(&self) -> Filter {
        Filter::all().event_type("script.told")
    }

    fn correlate(&self, event: &Script, cx: &ProcessContext<'_>) -> Correlation<u64> {
        Clerk.correlate(event, cx)
    }

    fn react(
        &self,
        _: &Notes,
        _: Script,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        Ok(Reaction::none())
    }

    fn on_timer(
        &self,
        _: &Notes,
        timer: &str,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        let text = timer.into();
        Ok(Reaction::none().event(Noted { text }))
    }
}

#[tokio::test]
async fn timers_run_though_the_events_that_have_set_them_are_no_longer_wanted() {
    for begin in [Begin::Now, Begin::Beginning] {
        let office = Office::new();
        office.begin(1, "note:begun;timer:deadline:3600").await;
        office.begin(2, "note:begun;timer:doing:10").await;
        office.catch_up().await;
        // What it has led to is recorded, and not done.
        office.hands.tied.store(true, SeqCst);
        office.wait(11);
        office.catch_up().await;
        assert_eq!(office.done(), [""; 0]);
        let runner = ProjectionRunner::new(office.log.clone(), office.rows.clone())
            .clock(Arc::new(office.clock.clone()))
            .add_process(Later, office.hands.clone());
        let later = runner.idle().expect("a runner");
        let begun = within(later.begin_anew("noting", begin, "ada")).await;
        begun.expect("begun");
        office.hands.tied.store(false, SeqCst);
        within(later.catch_up()).await.expect("no trouble");
        office.wait(4_000);
        within(later.catch_up()).await.expect("no trouble");
        assert_eq!(office.notes(1).await, ["begun", "deadline"], "{begin:?}");
        if begin == Begin::Beginning {
            assert_eq!(office.done(), ["it"]);
        }
    }
}

#[tokio::test]
async fn another_process_of_a_like_name_keeps_its_timers() {
    use eventsourcing::{Commit, ExpectedVersion::Any, NewEvent};
    let office = Office::new();
    office.begin(1, "note:begun;timer:other:10").await;
    office.catch_up().await;
    // By the process `noting.x`, whose instance `1` this is.
    let stream = "es.process-noting.x-1".parse().expect("a stream");
    let payload = r#"{"source":{"event":{"event_id":"01990000-0000-7000-8000-000000000000","part":0}},"at":0,"reach":{"position":1,"part":0},"timers":[{"set":{"name":"other","at":0}}]}"#;
    let decision = NewEvent {
        event_type: "es.process.reacted".into(),
        schema_version: 1,
        readable_by: 1,
        format: eventsourcing::FormatId::JSON,
        tags: Vec::new(),
        payload: payload.into(),
    };
    let commit = Commit::new().append(stream, Any, vec![decision]);
    office.log.append(commit).await.expect("an append");
    begin_anew(&office, Begin::Now).await;
    office.wait(11);
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "other"]);
    let status = office.projections().status("noting").await;
    assert_eq!(status.expect("a status").failing_timers, []);
}

#[tokio::test]
async fn from_the_beginning_it_makes_up_for_what_was_lost_and_repeats_nothing() {
    let clock = ManualClock::default();
    let bank = Bank::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    let rows = Shelf::default();
    let program = |bank: &Bank<MemoryStore>| {
        let runner = bank.runner(rows.clone(), Arc::new(clock.clone()));
        runner.idle().expect("a runner")
    };
    bank.open("ada", 1_000).await;
    bank.request("1", "ada", "bob", 300).await;
    within(program(&bank).catch_up()).await.expect("no trouble");
    bank.request("2", "ada", "bob", 200).await;
    let backup = bank.log.head().await.expect("a head");
    within(program(&bank).catch_up()).await.expect("no trouble");
    assert_eq!(bank.cents("bob").await, 500);

    // The backup has the request, and nothing of what followed.
    let log = restored(&bank.log, backup, &clock).await;
    let bank = Bank::new(log);
    bank.request("3", "ada", "cyd", 100).await;
    let projections = program(&bank);
    assert!(is_other_history(within(projections.catch_up()).await));
    assert_eq!(bank.cents("bob").await, 300);
    within(projections.begin_anew("transfer", Begin::Beginning, "ada"))
        .await
        .expect("begun");
    within(projections.catch_up()).await.expect("no trouble");
    for transfer in ["1", "2", "3"] {
        assert_eq!(bank.ended(transfer).await.as_deref(), Some("done"));
    }
    let (ada, bob) = (bank.account("ada").await, bank.account("bob").await);
    assert_eq!((ada.cents, ada.moves), (400, 4));
    assert_eq!((bob.cents, bob.moves), (500, 2));
    let head = bank.log.head().await.expect("a head");
    assert!(head > Position::new(20), "{head}");
    within(projections.catch_up()).await.expect("no trouble");
    assert_eq!(bank.log.head().await.expect("a head"), head);
}

#[tokio::test]
async fn begun_anew_and_interrupted_anywhere_each_command_takes_effect_once() {
    for seed in 0..8 {
        let log = Adversarial::new(MemoryStore::new(), seed);
        let bank = Bank::new(log);
        transfers(&bank, seed, 20).await;
        let rows = Flaky::new(seed, 30);
        let mut rng = fastrand::Rng::with_seed(seed);
        // Time passes, so that whoever waits to try again does.
        let clock = ManualClock::new(SystemClock.now());
        let mut begun = 0;
        for round in 0.. {
            let runner = bank.runner(rows.clone(), Arc::new(clock.clone())).idle();
            let projections = runner.expect("a runner");
            if round == 40 {
                rows.set(0);
            }
            let anew = drop_after(
                rng.usize(1..400),
                projections.begin_anew("transfer", Begin::Beginning, "ada"),
            );
            if round < 40 {
                begun += u32::from(matches!(anew.await, Some(Ok(()))));
            }
            let mut polls = 0;
            let limit = if round < 40 {
                rng.usize(1..1_500)
            } else {
                usize::MAX
            };
            let mut run = std::pin::pin!(projections.catch_up());
            let done = loop {
                use futures_util::FutureExt;
                if let Some(outcome) = run.as_mut().now_or_never() {
                    break outcome.is_ok();
                }
                polls += 1;
                if polls > limit {
                    break false;
                }
                clock.advance(Duration::from_millis(20));
                tokio::task::yield_now().await;
            };
            if round >= 40 && done {
                break;
            }
        }
        assert!(begun > 0, "seed {seed}: it was never begun anew");
        check(&bank, 20, &format!("seed {seed}, begun {begun} times")).await;
    }
}
