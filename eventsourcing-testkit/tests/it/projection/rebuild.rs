//! Building anew beside what is read, cutting over, and going back.

use std::time::Duration;

use eventsourcing::{
    Begin, BegunAnew, CutOver, EventStore, Json, OperatorEvent, ProjectionOptions, ProjectionState,
    RunnerError, StreamRange, Waited,
};

use super::support::{Bank, balances, deposit, folded, within};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn changed_code_is_built_anew_and_never_continues_old_rows() {
    let bank = Bank::new();
    for cents in 1..=50 {
        deposit(&bank.log, "a", cents).await;
    }
    bank.catch_up().await;
    let before = folded(&bank.log, 1).await;
    let by_hand = ProjectionOptions {
        cut_over: CutOver::ByHand,
        ..ProjectionOptions::default()
    };
    let next = bank.runner().add_with(bank.balances::<2>(), by_hand).idle();
    let next = next.expect("a runner");
    deposit(&bank.log, "a", 51).await;
    within(next.catch_up()).await.expect("caught up");
    // What is read is of before, and says so.
    assert_eq!(balances(&bank.rows), before);
    let status = next.status("balances").await.expect("a status");
    assert!(
        status
            .stale
            .expect("it is")
            .starts_with("it was built by v1-")
    );
    let (serving, building) = (status.serving.expect("one"), status.building.expect("one"));
    assert_eq!((serving.number, serving.fingerprint.version()), (1, 1));
    assert_eq!((building.number, building.fingerprint.version()), (2, 2));
    assert_eq!((serving.behind, building.behind), (Some(1), Some(0)));

    within(next.cut_over("balances", "ada"))
        .await
        .expect("cut over");
    assert_eq!(balances(&bank.rows), folded(&bank.log, 2).await);
    let status = next.status("balances").await.expect("a status");
    assert_eq!(
        (status.stale, status.serving.expect("one").number),
        (None, 2)
    );
    assert_eq!(status.former.expect("kept").number, 1);
    assert!(
        next.verify("balances")
            .await
            .expect("a check")
            .is_complete()
    );
    let error = within(next.cut_over("balances", "ada"))
        .await
        .expect_err("nothing");
    assert!(matches!(error, RunnerError::NothingBuilt { .. }), "{error}");
}

#[tokio::test]
async fn at_parity_it_is_taken_into_use_while_writing_goes_on() {
    let bank = Bank::new();
    for cents in 1..=300 {
        deposit(&bank.log, &(cents % 5).to_string(), cents).await;
    }
    bank.catch_up().await;
    let running = bank
        .runner()
        .add(bank.balances::<2>())
        .start()
        .expect("a runner");
    let mut last = deposit(&bank.log, "0", 1).await;
    for cents in 1..=200 {
        last = deposit(&bank.log, &(cents % 5).to_string(), cents).await;
        // Read at any moment, it is all of one code.
        let read = balances(&bank.rows);
        assert_eq!(read.len(), 5);
        tokio::task::yield_now().await;
    }
    let waited = within(running.wait_for("balances", &last, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(balances(&bank.rows), folded(&bank.log, 2).await);
    let status = running.status("balances").await.expect("a status");
    assert_eq!(status.state, ProjectionState::Live);
    assert_eq!(status.serving.expect("one").fingerprint.version(), 2);
    within(running.shutdown()).await;
}

#[tokio::test]
async fn another_number_of_partitions_is_other_code() {
    let bank = Bank::new();
    for key in 0..20 {
        deposit(&bank.log, &key.to_string(), 1).await;
    }
    bank.catch_up().await;
    let options = ProjectionOptions {
        partitions: 3,
        ..ProjectionOptions::default()
    };
    let divided = bank.runner().add_with(bank.balances::<1>(), options).idle();
    let divided = divided.expect("a runner");
    within(divided.catch_up()).await.expect("caught up");
    let status = divided.status("balances").await.expect("a status");
    assert_eq!(status.serving.expect("one").number, 2);
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
    assert!(
        divided
            .verify("balances")
            .await
            .expect("a check")
            .is_complete()
    );
}

#[tokio::test]
async fn a_rebuild_that_parks_more_waits_for_somebody_to_decide() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    deposit(&bank.log, "b", 1).await;
    bank.catch_up().await;
    bank.trouble.fail(["b"]);
    let next = bank
        .runner()
        .add(bank.balances::<2>())
        .idle()
        .expect("a runner");
    within(next.catch_up()).await.expect("caught up");
    let status = next.status("balances").await.expect("a status");
    assert_eq!(
        status.serving.expect("one").number,
        1,
        "the old one is read"
    );
    assert_eq!(status.building.expect("one").parked, 1);
    // Either the cause is mended ..
    bank.trouble.none();
    bank.clock.advance(HOUR);
    within(next.catch_up()).await.expect("caught up");
    let status = next.status("balances").await.expect("a status");
    assert_eq!(status.serving.expect("one").number, 2);
    // .. or somebody takes it as it is.
    bank.trouble.fail(["b"]);
    within(next.rebuild("balances", "ada"))
        .await
        .expect("a rebuild");
    within(next.catch_up()).await.expect("caught up");
    let number = next.status("balances").await.expect("a status").serving;
    assert_eq!(number.expect("one").number, 2);
    within(next.cut_over("balances", "ada"))
        .await
        .expect("cut over");
    let serving = next.status("balances").await.expect("a status").serving;
    assert_eq!(serving.map(|s| (s.number, s.parked)), Some((3, 1)));
}

#[tokio::test]
async fn the_former_generation_is_kept_fed_and_can_be_gone_back_to() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    let next = bank
        .runner()
        .add(bank.balances::<2>())
        .keep_former(bank.balances::<1>());
    let next = next.idle().expect("a runner");
    within(next.catch_up()).await.expect("caught up");
    deposit(&bank.log, "a", 2).await;
    within(next.catch_up()).await.expect("caught up");
    assert_eq!(balances(&bank.rows), folded(&bank.log, 2).await);
    within(next.roll_back("balances", "ada"))
        .await
        .expect("back");
    assert_eq!(
        balances(&bank.rows),
        folded(&bank.log, 1).await,
        "at parity"
    );
    // It stays so, also when the program is started again, until somebody decides.
    deposit(&bank.log, "a", 4).await;
    for _ in 0..2 {
        within(next.catch_up()).await.expect("caught up");
        assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
    }
    within(next.cut_over("balances", "ada"))
        .await
        .expect("forward again");
    assert_eq!(balances(&bank.rows), folded(&bank.log, 2).await);
    within(next.drop_former("balances", "ada"))
        .await
        .expect("dropped");
    let status = next.status("balances").await.expect("a status");
    assert!(status.former.is_none());
    let error = within(next.roll_back("balances", "ada"))
        .await
        .expect_err("gone");
    assert!(matches!(error, RunnerError::NoFormer { .. }), "{error}");
    within(next.catch_up()).await.expect("caught up");
    assert_eq!(balances(&bank.rows), folded(&bank.log, 2).await);
}

#[tokio::test]
async fn after_going_back_a_cut_over_goes_forward_whatever_the_code() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    let serving = async || bank.status().await.serving.expect("one").number;
    within(bank.projections.rebuild("balances", "ada"))
        .await
        .expect("a rebuild");
    bank.catch_up().await;
    assert_eq!(serving().await, 2);
    within(bank.projections.roll_back("balances", "ada"))
        .await
        .expect("back");
    deposit(&bank.log, "a", 2).await;
    bank.catch_up().await;
    assert_eq!(serving().await, 1);
    within(bank.projections.cut_over("balances", "ada"))
        .await
        .expect("forward again");
    assert_eq!(serving().await, 2);
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
    // Now it is a former one again, and nothing is built.
    let error = within(bank.projections.cut_over("balances", "ada")).await;
    let error = error.expect_err("nothing");
    assert!(matches!(error, RunnerError::NothingBuilt { .. }), "{error}");

    // Of other code, what was gone back from counts as being built from then on.
    let next = bank.runner().add(bank.balances::<2>()).idle();
    let next = next.expect("a runner");
    within(next.catch_up()).await.expect("caught up");
    within(next.roll_back("balances", "ada"))
        .await
        .expect("back");
    let before = bank.log.head().await.expect("a head");
    let error = within(next.roll_back("balances", "ada")).await;
    let error = error.expect_err("there is no other");
    assert!(matches!(error, RunnerError::NoFormer { .. }), "{error}");
    let head = bank.log.head().await.expect("a head");
    assert_eq!(head, before, "what was not done is not recorded");
    within(next.cut_over("balances", "ada"))
        .await
        .expect("forward again");
    assert_eq!(balances(&bank.rows), folded(&bank.log, 2).await);
}

#[tokio::test]
async fn deploying_the_old_code_again_goes_on_from_its_own_rows() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    let next = bank
        .runner()
        .add(bank.balances::<2>())
        .idle()
        .expect("a runner");
    within(next.catch_up()).await.expect("caught up");
    deposit(&bank.log, "a", 2).await;
    within(next.catch_up()).await.expect("caught up");
    let handled = bank.trouble.handled();
    bank.catch_up().await;
    assert_eq!(
        bank.trouble.handled(),
        handled + 1,
        "only what it had missed"
    );
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
    let status = bank.status().await;
    assert_eq!(status.serving.expect("one").number, 1);
    assert_eq!(status.former.expect("one").number, 2);
}

#[tokio::test]
async fn a_rebuild_is_refused_while_there_is_one_and_reset_begins_with_nothing() {
    let bank = Bank::new();
    let error = bank.projections.rebuild("balances", "ada").await;
    assert!(matches!(error, Err(RunnerError::NeverRun { .. })));
    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    within(bank.projections.rebuild("balances", "ada"))
        .await
        .expect("a rebuild");
    let error = within(bank.projections.rebuild("balances", "ada")).await;
    let error = error.expect_err("another one");
    assert_eq!(
        error.to_string(),
        "projection `balances` is being built anew already, as generation 2"
    );
    within(bank.projections.reset("balances", "ada"))
        .await
        .expect("a reset");
    assert!(balances(&bank.rows).is_empty());
    let status = bank.status().await;
    assert!(status.building.is_none() && status.former.is_none());
    assert_eq!(status.serving.expect("one").number, 3);
    // The rows of the others are gone.
    assert_eq!(bank.rows.len(), 0);
    bank.catch_up().await;
    assert_eq!(balances(&bank.rows), folded(&bank.log, 1).await);
}

#[tokio::test]
async fn pausing_outlives_the_program() {
    let bank = Bank::new();
    deposit(&bank.log, "a", 1).await;
    bank.catch_up().await;
    within(bank.projections.pause("balances", "ada"))
        .await
        .expect("paused");
    deposit(&bank.log, "a", 2).await;
    let later = bank
        .runner()
        .add(bank.balances::<1>())
        .start()
        .expect("a runner");
    within(later.catch_up()).await.expect("nothing to do");
    let status = later.status("balances").await.expect("a status");
    let ProjectionState::Paused(paused) = status.state else {
        panic!("{status:?}");
    };
    assert_eq!(paused.actor, "ada");
    assert_eq!(
        balances(&bank.rows)["a"].cents,
        1,
        "still readable, as it was"
    );
    within(later.resume("balances", "bob"))
        .await
        .expect("resumed");
    let receipt = deposit(&bank.log, "a", 4).await;
    let waited = within(later.wait_for("balances", &receipt, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(balances(&bank.rows)["a"].cents, 7);
    within(later.shutdown()).await;
}

#[tokio::test]
async fn a_read_model_may_begin_anew_behind_a_position_and_stays_there() {
    let bank = Bank::new();
    deposit(&bank.log, "old", 1).await;
    let last = deposit(&bank.log, "old", 2).await.last;
    deposit(&bank.log, "new", 5).await;
    bank.catch_up().await;
    assert_eq!(balances(&bank.rows).len(), 2);
    let projections = &bank.projections;
    within(projections.pause("balances", "bob"))
        .await
        .expect("paused");
    within(projections.begin_anew("balances", Begin::After(last), "ada"))
        .await
        .expect("begun");
    bank.catch_up().await;
    assert!(balances(&bank.rows).is_empty(), "it is paused");
    within(projections.resume("balances", "bob"))
        .await
        .expect("resumed");
    bank.catch_up().await;
    for _ in 0..2 {
        let rows = balances(&bank.rows);
        assert_eq!((rows.len(), rows["new"].cents), (1, 5));
        assert!(bank.is_complete().await);
        // Also if it is built once more.
        within(projections.rebuild("balances", "ada"))
            .await
            .expect("a rebuild");
        bank.catch_up().await;
    }

    let stream = "projection-balances".parse().expect("an id");
    let page = bank.log.read_stream(&stream, StreamRange::all()).await;
    let events = page.expect("a page").events;
    let decoded = events[1].decode::<OperatorEvent>(&Json).expect("an event");
    let begun = BegunAnew { after: last };
    assert_eq!(decoded.into_vec(), [OperatorEvent::BegunAnew(begun)]);
    assert_eq!(events[1].metadata.actor.as_deref(), Some("ada"));
}

/// Whoever begins anew does not go back any more: what the next program builds takes over by itself.
#[tokio::test]
async fn beginning_anew_ends_what_going_back_has_said() {
    for begin_anew in [false, true] {
        let bank = Bank::new();
        deposit(&bank.log, "a", 1).await;
        bank.catch_up().await;
        let rebuilt = bank.projections.rebuild("balances", "ada");
        within(rebuilt).await.expect("a rebuild");
        bank.catch_up().await;
        let former = bank.projections.roll_back("balances", "ada");
        within(former).await.expect("back");
        let anew = if begin_anew {
            let begin = bank
                .projections
                .begin_anew("balances", Begin::Beginning, "ada");
            within(begin).await
        } else {
            within(bank.projections.reset("balances", "ada")).await
        };
        anew.expect("begun anew");
        bank.catch_up().await;
        let next = bank.runner().add(bank.balances::<2>()).idle();
        let next = next.expect("a runner");
        within(next.catch_up()).await.expect("caught up");
        let status = next.status("balances").await.expect("a status");
        assert_eq!(status.stale, None, "{begin_anew}");
        assert_eq!(balances(&bank.rows), folded(&bank.log, 2).await);
    }
}
