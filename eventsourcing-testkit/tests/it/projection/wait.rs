//! Waiting for a commit to be seen (D12): every way it may end, and none in which it does not.

use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    CutOver, Generation, MemoryStore, ProjectionOptions, ProjectionRunner, ProjectionStore,
    ProjectionTx, Receipt, StopReason, WaitError, Waited,
};
use eventsourcing_testkit::history::drop_after;

use super::counting::Counting;
use super::support::{AccountEvent, Bank, Noted, append, balances, deposit, deposited, within};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn applied_filtered_and_parked_are_told_apart() {
    let bank = Bank::new();
    bank.trouble.fail(["poison"]);
    let running = bank
        .runner()
        .add(bank.balances::<1>())
        .start()
        .expect("a runner");
    let text = AccountEvent::Noted(Noted { text: "n".into() });
    let cases = [
        (
            append(&bank.log, "a", [deposited(1)]).await,
            Waited::Applied,
        ),
        (
            append(&bank.log, "a", [text.clone()]).await,
            Waited::Filtered,
        ),
        (
            append(&bank.log, "a", [text.clone(), deposited(1)]).await,
            Waited::Applied,
        ),
        (
            append(&bank.log, "poison", [deposited(1)]).await,
            Waited::Parked,
        ),
        (
            append(&bank.log, "poison", [text, deposited(1)]).await,
            Waited::Parked,
        ),
    ];
    for (receipt, expected) in &cases {
        let waited = within(running.wait_for("balances", receipt, HOUR)).await;
        assert_eq!(waited.expect("in time"), *expected, "{receipt:?}");
    }
    assert_eq!(balances(&bank.rows)["a"].cents, 2);
    // Left out on purpose is not parked any more.
    let wrong = cases[3].0.commit_id.event_id(0);
    within(running.skip("balances", wrong, "ada", "wrong"))
        .await
        .expect("skipped");
    let waited = within(running.wait_for("balances", &cases[3].0, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Filtered);
    within(running.shutdown()).await;
    // It does not run any more, but it has come so far.
    let waited = within(running.wait_for("balances", &cases[0].0, HOUR)).await;
    assert_eq!(waited.expect("it was seen"), Waited::Applied);
}

#[tokio::test]
async fn who_is_paused_stopped_or_not_running_is_not_waited_for() {
    let bank = Bank::with(ProjectionOptions {
        max_parked: 0,
        ..ProjectionOptions::default()
    });
    let receipt = deposit(&bank.log, "a", 1).await;
    let error = within(bank.projections.wait_for("balances", &receipt, HOUR)).await;
    assert!(
        matches!(error, Err(WaitError::NotRunning { .. })),
        "{error:?}"
    );

    within(bank.projections.pause("balances", "ada"))
        .await
        .expect("paused");
    let running = bank
        .runner()
        .add(bank.balances::<1>())
        .start()
        .expect("a runner");
    let error = within(running.wait_for("balances", &receipt, HOUR)).await;
    let Err(WaitError::Paused { actor, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(actor, "ada");
    within(running.resume("balances", "ada"))
        .await
        .expect("resumed");
    let waited = within(running.wait_for("balances", &receipt, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    // Who is waiting already learns of it too.
    within(running.shutdown()).await;

    let options = ProjectionOptions {
        max_parked: 0,
        ..ProjectionOptions::default()
    };
    let running = bank
        .runner()
        .add_with(bank.balances::<1>(), options)
        .start();
    let running = running.expect("a runner");
    bank.trouble.fail(["poison"]);
    let receipt = deposit(&bank.log, "poison", 1).await;
    let error = within(running.wait_for("balances", &receipt, HOUR)).await;
    let Err(WaitError::Stopped { reason, .. }) = error else {
        panic!("{error:?}");
    };
    let full = StopReason::TooManyParked {
        parked: 0,
        limit: 0,
        partitions: 1,
    };
    assert_eq!(reason, full);
}

#[tokio::test]
async fn who_waits_while_it_is_paused_learns_of_it() {
    let bank = Bank::new();
    bank.trouble.hang("slow");
    let running = bank
        .runner()
        .add(bank.balances::<1>())
        .start()
        .expect("a runner");
    let receipt = deposit(&bank.log, "slow", 1).await;
    let waiting = running.wait_for("balances", &receipt, HOUR * 24);
    let pausing = async {
        bank.clock.next_alarm().await;
        running.pause("balances", "ada").await
    };
    // The handler hangs until its time is up, and only then it can be paused.
    let (waited, paused) = bank
        .ticking(Box::pin(async { tokio::join!(waiting, pausing) }))
        .await;
    paused.expect("paused");
    assert!(
        matches!(waited, Ok(Waited::Parked) | Err(WaitError::Paused { .. })),
        "{waited:?}"
    );
    let receipt = deposit(&bank.log, "a", 1).await;
    let waited = within(running.wait_for("balances", &receipt, HOUR)).await;
    assert!(
        matches!(waited, Err(WaitError::Paused { .. })),
        "{waited:?}"
    );
}

#[tokio::test]
async fn time_runs_out_on_the_clock() {
    let bank = Bank::new();
    bank.trouble.hang("slow");
    let options = ProjectionOptions {
        event_timeout: None,
        ..ProjectionOptions::default()
    };
    let running = bank
        .runner()
        .add_with(bank.balances::<1>(), options)
        .start();
    let running = running.expect("a runner");
    let receipt = deposit(&bank.log, "slow", 1).await;
    let waiting = running.wait_for("balances", &receipt, HOUR);
    let error = bank.ticking(waiting).await;
    let Err(WaitError::TimedOut { wanted, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(wanted, receipt.last);
}

#[tokio::test]
async fn waiting_may_be_given_up_anywhere() {
    let bank = Bank::new();
    let running = bank
        .runner()
        .add(bank.balances::<1>())
        .start()
        .expect("a runner");
    for polls in 1..40 {
        let receipt = deposit(&bank.log, "a", 1).await;
        let _ = drop_after(polls % 5 + 1, running.wait_for("balances", &receipt, HOUR)).await;
        let waited = within(running.wait_for("balances", &receipt, HOUR)).await;
        assert_eq!(waited.expect("in time"), Waited::Applied);
    }
}

#[tokio::test]
async fn a_projection_of_another_runner_is_unknown_here() {
    let bank = Bank::new();
    let receipt = deposit(&MemoryStore::new(), "a", 1).await;
    let error = bank.projections.wait_for("turnover", &receipt, HOUR).await;
    assert!(matches!(error, Err(WaitError::Runner(_))), "{error:?}");
}

#[tokio::test]
async fn a_command_that_recorded_nothing_has_nothing_to_wait_for() {
    let bank = Bank::new();
    let receipt: Option<Receipt> = None;
    let waited = within(bank.projections.wait_for("balances", &receipt, HOUR)).await;
    assert_eq!(waited.expect("at once"), Waited::Filtered);
    let receipt = Some(deposit(&bank.log, "a", 1).await);
    bank.catch_up().await;
    let waited = within(bank.projections.wait_for("balances", &receipt, HOUR)).await;
    assert_eq!(waited.expect("it is there"), Waited::Applied);
}

#[tokio::test]
async fn what_somebody_has_to_cut_over_to_is_not_waited_for() {
    let bank = Bank::new();
    let before = deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    let by_hand = ProjectionOptions {
        cut_over: CutOver::ByHand,
        ..ProjectionOptions::default()
    };
    let next = bank
        .runner()
        .add_with(bank.balances::<2>(), by_hand)
        .start();
    let next = next.expect("a runner");
    let after = deposit(&bank.log, "a", 2).await;
    let error = within(next.wait_for("balances", &after, HOUR)).await;
    let error = error.expect_err("it would wait for ever");
    assert!(matches!(error, WaitError::Stale { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.starts_with(
            "projection `balances` is read at position 1 and does not go on there: it was built by v1-"
        ) && text.ends_with(
            ", which is not the code here; generation 2 is built beside it: `cut_over` takes it into use"
        ),
        "{text}"
    );
    let waited = within(next.wait_for("balances", &before, HOUR)).await;
    assert_eq!(waited.expect("seen long ago"), Waited::Applied);

    within(next.cut_over("balances", "ada"))
        .await
        .expect("cut over");
    let waited = within(next.wait_for("balances", &after, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    // The same if somebody goes back to what is of other code.
    within(next.roll_back("balances", "ada"))
        .await
        .expect("rolled back");
    let error = within(next.wait_for("balances", &after, HOUR)).await;
    assert!(matches!(error, Err(WaitError::Stale { .. })), "{error:?}");
    within(next.shutdown()).await;
}

#[tokio::test]
async fn what_takes_over_by_itself_is_waited_for_until_the_time_is_up() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    // More is parked than before, so it does not take over.
    bank.trouble.fail(["a"]);
    let next = bank.runner().add(bank.balances::<2>()).start();
    let next = next.expect("a runner");
    let receipt = deposit(&bank.log, "b", 1).await;
    let waiting = next.wait_for("balances", &receipt, Duration::from_secs(5));
    let error = bank.ticking(waiting).await.expect_err("time is up");
    let WaitError::Stale { building, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(building, Some(2));
    within(next.shutdown()).await;
}

/// Whoever waits asks the books, however much was skipped before and has come since.
#[tokio::test]
async fn who_waits_reads_only_the_commit() {
    let bank = Bank::new();
    bank.trouble.fail(["poison"]);
    let applied = append(&bank.log, "a", [deposited(1), deposited(1)]).await;
    let left_out = deposit(&bank.log, "poison", 1).await;
    for _ in 0..100 {
        deposit(&bank.log, "b", 1).await;
    }
    bank.catch_up().await;
    let wrong = left_out.commit_id.event_id(0);
    let skipped = bank.projections.skip("balances", wrong, "ada", "wrong");
    within(skipped).await.expect("skipped");

    let log = Counting::new(bank.log.clone());
    let runner = ProjectionRunner::new(log.clone(), bank.rows.clone());
    let runner = runner.clock(Arc::new(bank.clock.clone()));
    let running = runner.add(bank.balances::<1>()).start();
    let running = running.expect("a runner");
    let last = deposit(&bank.log, "b", 1).await;
    let waited = within(running.wait_for("balances", &last, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    // It has nothing more to read for itself.
    log.counted();
    for (receipt, expected, events) in [
        (&applied, Waited::Applied, 2),
        (&left_out, Waited::Filtered, 1),
    ] {
        let waited = within(running.wait_for("balances", receipt, HOUR)).await;
        assert_eq!(waited.expect("in time"), expected);
        assert_eq!(log.counted(), (0, events), "{receipt:?}");
    }
    within(running.shutdown()).await;
}

/// What another program has begun anew has nothing yet, whatever is shown here of the generation before.
#[tokio::test]
async fn what_was_begun_anew_elsewhere_is_not_taken_for_applied() {
    let bank = Bank::new();
    let receipt = deposit(&bank.log, "a", 1).await;
    let running = bank.runner().add(bank.balances::<1>()).start();
    let running = running.expect("a runner");
    let waited = within(running.wait_for("balances", &receipt, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);

    let other = bank.runner().add(bank.balances::<1>()).idle();
    let other = other.expect("a runner");
    within(other.reset("balances", "ada")).await.expect("reset");
    let waiting = running.wait_for("balances", &receipt, Duration::from_secs(5));
    let error = bank.ticking(waiting).await;
    assert!(
        matches!(error, Err(WaitError::TimedOut { position, .. }) if position.get() == 0),
        "{error:?}"
    );
    // Once the other has come so far, whoever waits here learns of it.
    let waiting = running.wait_for("balances", &receipt, HOUR);
    let building = async {
        bank.clock.next_alarm().await;
        other.catch_up().await
    };
    let both = async { tokio::join!(waiting, building) };
    let (waited, built) = bank.ticking(Box::pin(both)).await;
    built.expect("caught up");
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(balances(&bank.rows)["a"].cents, 1);
    within(running.shutdown()).await;
}

/// Rows of a program that did not write down under which key an event waits.
#[tokio::test]
async fn what_an_older_program_has_parked_is_found_by_its_key() {
    let bank = Bank::new();
    bank.trouble.fail(["poison"]);
    let receipt = deposit(&bank.log, "poison", 1).await;
    bank.catch_up().await;
    let generation = Generation::new("balances", 1);
    let row = [b"\0parked", &receipt.last.get().to_be_bytes()[..]].concat();
    let epoch = bank.rows.claim(&generation).await.expect("an epoch");
    let tx = bank.rows.begin(&generation, epoch).await;
    let mut tx = tx.expect("a transaction");
    assert!(tx.get(&row).await.expect("a row").is_some());
    tx.put(&row, None).await.expect("removed");
    bank.rows.commit(tx).await.expect("a commit");

    let waited = bank.projections.wait_for("balances", &receipt, HOUR);
    assert_eq!(within(waited).await.expect("seen"), Waited::Parked);
    let wrong = receipt.commit_id.event_id(0);
    let skipped = bank.projections.skip("balances", wrong, "ada", "wrong");
    assert_eq!(within(skipped).await.expect("skipped").freed, 1);
    assert!(bank.is_complete().await);
}
