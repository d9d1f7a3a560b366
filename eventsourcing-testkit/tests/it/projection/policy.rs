//! What becomes of events that fail, and of those behind them.

use std::borrow::Cow;
use std::time::Duration;

use eventsourcing::{
    Clock, Commit, EventId, EventStore, ExpectedVersion::Any, FormatId, Json, NewEvent,
    OperatorEvent, ParkedEvent, Projection, ProjectionOptions, ProjectionStoreError, ProjectionTx,
    RecordedEvent, RetryOutcome, RunnerError, StopReason, StreamRange,
};

use super::shelf::ShelfTx;
use super::support::{
    Bank, Money, account, append, balances, deposit, deposited, folded, folded_without, within,
};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_failing_event_is_tried_a_few_times_and_parked_with_its_key_while_others_go_on() {
    let bank = Bank::new();
    bank.trouble.fail(["poison"]);
    append(&bank.log, "poison", [deposited(1), deposited(2)]).await;
    deposit(&bank.log, "good", 1).await;
    bank.catch_up().await;
    let started = bank.clock.now();
    for attempt in 1..=5 {
        let parked = bank.parked().await;
        assert_eq!(parked.len(), 2);
        let failure = parked[0].failure.as_ref().expect("the first failed");
        assert_eq!(failure.attempts, attempt);
        assert_eq!(failure.error, "account poison fails as the test asked");
        assert_eq!(
            (failure.first_at, failure.last_at),
            (started, bank.clock.now())
        );
        assert_eq!(parked[1].failure, None, "the second waits");
        assert_eq!(parked[0].event_type, "account.deposited");
        match failure.retry_at {
            // Not before its time.
            Some(retry_at) => {
                assert!(attempt < 5);
                let handled = bank.trouble.handled();
                bank.catch_up().await;
                assert_eq!(bank.trouble.handled(), handled);
                bank.clock.set(retry_at);
            }
            None => assert_eq!(attempt, 5, "then somebody has to decide"),
        }
        bank.catch_up().await;
    }
    assert!(bank.clock.now() < started + Duration::from_secs(10));

    // A new event does not resume the key, and waits behind the others.
    bank.trouble.none();
    let handled = bank.trouble.handled();
    bank.clock.advance(HOUR);
    append(&bank.log, "poison", [deposited(3)]).await;
    deposit(&bank.log, "good", 2).await;
    bank.catch_up().await;
    assert_eq!(bank.trouble.handled(), handled + 1);
    assert_eq!(bank.parked().await.len(), 3);
    assert_eq!(balances(&bank.rows).keys().collect::<Vec<_>>(), ["good"]);
    assert!(bank.is_complete().await, "parked events are accounted for");

    let retry = bank
        .projections
        .retry("balances", Some("account-poison"), "ada");
    let outcome = within(retry).await.expect("a retry");
    assert_eq!(
        outcome,
        RetryOutcome {
            freed: 3,
            parked: 0
        }
    );
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await, "in order");
    assert!(bank.is_complete().await);
    let retry = bank
        .projections
        .retry("balances", Some("account-poison"), "ada");
    let error = within(retry).await.expect_err("nothing left");
    assert!(
        matches!(error, RunnerError::NothingParked { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn what_passes_by_itself_needs_nobody() {
    let bank = Bank::new();
    bank.trouble.fail(["slow"]);
    append(&bank.log, "slow", (1..=700).map(deposited)).await;
    bank.catch_up().await;
    assert_eq!(bank.parked().await.len(), 700);
    bank.trouble.none();
    bank.clock.advance(Duration::from_secs(1));
    bank.catch_up().await;
    assert_eq!(bank.parked().await, []);
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
    assert!(bank.is_complete().await);
}

#[tokio::test]
async fn a_running_projection_tries_again_on_its_clock() {
    let bank = Bank::new();
    bank.trouble.fail(["slow"]);
    let running = bank.runner().add(bank.balances::<1>()).start();
    let running = running.expect("a runner");
    let receipt = deposit(&bank.log, "slow", 1).await;
    let waited = within(running.wait_for("balances", &receipt, HOUR)).await;
    assert_eq!(waited.expect("passed"), eventsourcing::Waited::Parked);
    bank.trouble.none();
    bank.ticking(async {
        while !bank.parked().await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
    within(running.shutdown()).await;
}

#[tokio::test]
async fn panics_and_hangs_are_failures_of_the_event() {
    let bank = Bank::new();
    bank.trouble.panic("panics");
    bank.trouble.hang("hangs");
    for id in ["a", "panics", "b", "hangs", "c"] {
        deposit(&bank.log, id, 1).await;
    }
    bank.ticking(bank.catch_up()).await;
    let parked = bank.parked().await;
    let errors = parked.iter().filter_map(|event| event.failure.as_ref());
    let errors: Vec<_> = errors.map(|failure| failure.error.as_str()).collect();
    assert_eq!(
        errors,
        [
            "it took longer than 30s",
            "it panicked: the handler panics as the test asked"
        ]
    );
    assert_eq!(balances(&bank.rows).len(), 3);
    bank.trouble.none();
    within(bank.projections.retry("balances", None, "ada"))
        .await
        .expect("a retry");
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_waits_for_a_program_that_can() {
    let bank = Bank::new();
    let newer = NewEvent {
        event_type: "account.deposited".into(),
        schema_version: 2,
        readable_by: 2,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: r#"{"euros":1}"#.into(),
    };
    let commit = Commit::new().append(account("a"), Any, vec![newer]);
    bank.log.append(commit).await.expect("an append");
    deposit(&bank.log, "a", 1).await;
    deposit(&bank.log, "b", 1).await;
    bank.catch_up().await;
    let parked = bank.parked().await;
    assert_eq!((parked.len(), parked[0].schema_version), (2, 2));
    let error = &parked[0].failure.as_ref().expect("it failed").error;
    assert!(
        error.contains("this program reads it only up to v1"),
        "{error}"
    );
    assert_eq!(balances(&bank.rows).keys().collect::<Vec<_>>(), ["b"]);
    assert!(bank.is_complete().await);
}

#[tokio::test]
async fn ten_thousand_failing_keys_take_bounded_room_and_recover() {
    let bank = Bank::new();
    let keys: Vec<_> = (0..10_000).map(|key| key.to_string()).collect();
    bank.trouble.fail(&keys);
    for key in &keys {
        deposit(&bank.log, key, 1).await;
    }
    deposit(&bank.log, "good", 1).await;
    bank.catch_up().await;
    // Two for each event, one for each key; the rest does not grow with them.
    let most = 3 * keys.len() + 20;
    assert!(bank.rows.len() < most, "{} rows", bank.rows.len());
    for _ in 0..8 {
        bank.clock.advance(HOUR);
        bank.catch_up().await;
        assert!(bank.rows.len() < most, "{} rows", bank.rows.len());
    }
    assert_eq!(bank.parked().await.len(), 10_000);
    // Five attempts each, and the one within a batch.
    assert!(bank.trouble.handled() <= 10_000 * 6 + 10, "no tight loop");
    assert_eq!(balances(&bank.rows).len(), 1, "others went on");
    assert!(bank.is_complete().await);

    bank.trouble.none();
    let outcome = within(bank.projections.retry("balances", None, "ada")).await;
    let outcome = outcome.expect("a retry");
    assert_eq!((outcome.freed, outcome.parked), (10_000, 0));
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
    assert!(bank.rows.len() < 10_000 + 20, "nothing is left behind");
    assert!(bank.is_complete().await);
}

#[tokio::test]
async fn beyond_the_limit_it_stops_and_drops_nothing() {
    let bank = Bank::with(ProjectionOptions {
        max_parked: 3,
        ..ProjectionOptions::default()
    });
    bank.trouble.fail(["poison"]);
    append(&bank.log, "poison", (1..=5).map(deposited)).await;
    deposit(&bank.log, "good", 1).await;
    let error = within(bank.projections.catch_up()).await.expect_err("full");
    let RunnerError::Stopped { reason, .. } = &error else {
        panic!("{error}");
    };
    let full = StopReason::TooManyParked {
        parked: 3,
        limit: 3,
        partitions: 1,
    };
    assert_eq!(*reason, full);
    assert_eq!(bank.parked().await.len(), 3);
    assert!(bank.is_complete().await, "up to where it came");
    bank.trouble.none();
    within(bank.projections.retry("balances", None, "ada"))
        .await
        .expect("a retry");
    bank.catch_up().await;
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
}

#[tokio::test]
async fn a_skipped_event_stays_out_of_rebuilds_and_is_on_record() {
    let bank = Bank::new();
    bank.trouble.fail(["poison"]);
    let receipt = append(
        &bank.log,
        "poison",
        [deposited(1), deposited(2), deposited(4)],
    )
    .await;
    bank.catch_up().await;
    bank.trouble.none();
    let wrong: EventId = receipt.commit_id.event_id(0);
    let skip = bank
        .projections
        .skip("balances", wrong, "ada", "booked twice");
    let outcome = within(skip).await.expect("skipped");
    assert_eq!(
        outcome,
        RetryOutcome {
            freed: 3,
            parked: 0
        }
    );
    let expected = folded_without(&bank.log, 1, &[wrong].into()).await;
    assert_eq!(expected["poison"].cents, 6);
    assert_eq!(balances(&bank.rows), expected);

    within(bank.projections.rebuild("balances", "bob"))
        .await
        .expect("a rebuild");
    bank.catch_up().await;
    let status = bank.projections.status("balances").await.expect("a status");
    let serving = status.serving.expect("one");
    assert_eq!(
        (serving.number, serving.applied, serving.skipped),
        (2, 2, 1)
    );
    assert_eq!(
        balances(&bank.rows),
        expected,
        "live and rebuilt are the same"
    );
    assert!(bank.is_complete().await);

    let stream = eventsourcing::StreamId::new("projection", "balances").expect("an id");
    let page = bank.log.read_stream(&stream, StreamRange::all()).await;
    let record: Vec<_> = page
        .expect("a page")
        .events
        .iter()
        .flat_map(|event| {
            let actor = event.metadata.actor.clone().expect("an actor");
            let decoded = event.decode::<OperatorEvent>(&Json).expect("an event");
            decoded
                .into_vec()
                .into_iter()
                .map(move |event| (actor.clone(), event))
        })
        .collect();
    let [
        (first, OperatorEvent::Skipped(skipped)),
        (second, OperatorEvent::RebuildStarted),
    ] = &record[..]
    else {
        panic!("{record:?}");
    };
    assert_eq!((first.as_str(), second.as_str()), ("ada", "bob"));
    assert_eq!(
        (skipped.event.event_id, skipped.reason.as_str()),
        (wrong, "booked twice")
    );

    let again = bank.projections.skip("balances", wrong, "ada", "once more");
    let error = within(again).await.expect_err("it is not parked");
    assert!(matches!(error, RunnerError::NotParked { .. }), "{error}");
}

#[tokio::test]
async fn the_limit_is_shared_by_the_partitions_and_told_as_it_is() {
    let bank = Bank::with(ProjectionOptions {
        max_parked: 8,
        partitions: 4,
        ..ProjectionOptions::default()
    });
    bank.trouble.fail(["poison"]);
    append(&bank.log, "poison", (1..=5).map(deposited)).await;
    let error = within(bank.projections.catch_up()).await.expect_err("full");
    assert!(
        error.to_string().contains(
            "2 events are parked in one of 4 partitions, and no more than 2 may be, its share of 8"
        ),
        "{error}"
    );
    assert_eq!(bank.parked().await.len(), 2);
    assert!(bank.is_complete().await, "up to where it came");
}

/// Cannot say what the events of an account are about.
struct Panicky;

impl Projection for Panicky {
    const NAME: &'static str = "panicky";
    const VERSION: u32 = 1;
    type View = Money;
    type Tx = ShelfTx;
    type Error = ProjectionStoreError;

    fn key<'a>(&self, event: &'a RecordedEvent) -> Cow<'a, str> {
        assert_ne!(event.stream.id(), "panics", "the key panics");
        Cow::Borrowed(event.stream.id())
    }

    async fn handle(
        &self,
        _: Money,
        recorded: &RecordedEvent,
        tx: &mut ShelfTx,
    ) -> Result<(), Self::Error> {
        let row = recorded.position.to_string();
        tx.put(row.as_bytes(), Some(&[])).await
    }
}

#[tokio::test]
async fn an_event_over_whose_key_the_code_panics_is_one_of_its_stream() {
    let bank = Bank::new();
    for id in ["a", "panics", "b", "panics"] {
        deposit(&bank.log, id, 1).await;
    }
    let idle = bank.runner().add(Panicky).idle().expect("a runner");
    within(idle.catch_up()).await.expect("caught up");
    assert_eq!(
        bank.rows.served("panicky").len(),
        4,
        "all, one after the other"
    );
    let coverage = idle.verify("panicky").await.expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
}

#[tokio::test]
async fn a_list_goes_on_behind_a_place_even_if_nothing_is_parked_there_any_more() {
    let bank = Bank::new();
    bank.trouble.fail(["a", "b", "c"]);
    for key in ["a", "b", "c"] {
        append(&bank.log, key, [deposited(1), deposited(2)]).await;
    }
    bank.catch_up().await;
    let all = bank.parked().await;
    assert_eq!(all.len(), 6);
    let after = |place: &ParkedEvent, limit| {
        let (key, position) = (place.key.clone(), place.position);
        let parked = &bank.projections;
        async move {
            let page = parked.parked_after("balances", &key, position, limit).await;
            page.expect("a page")
        }
    };
    for (count, event) in (1..).zip(&all) {
        assert_eq!(after(event, 100).await, all[count..]);
        assert_eq!(after(event, 2).await, all[count..(count + 2).min(6)]);
    }
    bank.trouble.fail(["a", "c"]);
    let retry = bank.projections.retry("balances", Some(&all[2].key), "ada");
    assert_eq!(within(retry).await.expect("a retry").freed, 2);
    assert_eq!(after(&all[2], 100).await, all[4..]);
}

#[tokio::test]
async fn what_is_skipped_behind_another_is_marked_until_its_turn_comes() {
    let bank = Bank::new();
    bank.trouble.fail(["poison"]);
    let receipt = append(
        &bank.log,
        "poison",
        [deposited(1), deposited(2), deposited(4)],
    )
    .await;
    bank.catch_up().await;
    let second = receipt.commit_id.event_id(1);
    let before = bank.log.head().await.expect("a head");
    let skip = bank.projections.skip("balances", second, "ada", "wrong");
    let outcome = within(skip).await.expect("skipped");
    assert_eq!((outcome.freed, outcome.parked), (0, 3));
    let marks = |parked: Vec<ParkedEvent>| -> Vec<bool> {
        parked.iter().map(|event| event.skipped).collect()
    };
    assert_eq!(marks(bank.parked().await), [false, true, false]);
    let skipped = bank.status().await.serving.expect("one").skipped;
    assert_eq!(skipped, 0, "not yet");
    // Once is enough.
    let head = bank.log.head().await.expect("a head");
    assert_eq!(head.get(), before.get() + 1);
    let again = bank.projections.skip("balances", second, "bob", "wrong");
    within(again).await.expect("it is so already");
    assert_eq!(bank.log.head().await.expect("a head"), head);

    bank.trouble.none();
    let retry = bank.projections.retry("balances", None, "ada");
    let outcome = within(retry).await.expect("a retry");
    assert_eq!((outcome.freed, outcome.parked), (3, 0));
    let expected = folded_without(&bank.log, 1, &[second].into()).await;
    assert_eq!(balances(&bank.rows), expected);
    let skipped = bank.status().await.serving.expect("one").skipped;
    assert_eq!(skipped, 1);
    assert!(bank.is_complete().await);
}

#[tokio::test]
async fn trying_again_what_is_not_there_is_not_recorded() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    let before = bank.log.head().await.expect("a head");
    let retry = bank.projections.retry("balances", None, "ada");
    let outcome = within(retry).await.expect("nothing to do");
    assert_eq!(outcome, RetryOutcome::default());
    assert_eq!(bank.log.head().await.expect("a head"), before);
}
