//! Several runners on one projection, and logs that are not the one of before.

use std::time::Duration;

use eventsourcing::{
    EventStore, MemoryStore, Position, ProjectionOptions, ProjectionRunner, ProjectionState,
    StopReason, Waited,
};

use super::support::{
    AccountEvent, Bank, Noted, append, balances, deposit, deposited, event, folded, within,
};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn who_was_taken_over_stops_and_writes_nothing_more() {
    let bank = Bank::new();
    let older = bank
        .runner()
        .add(bank.balances::<1>())
        .start()
        .expect("a runner");
    let receipt = deposit(&bank.log, "a", 1).await;
    within(older.wait_for("balances", &receipt, HOUR))
        .await
        .expect("in time");
    let newer = bank
        .runner()
        .add(bank.balances::<1>())
        .start()
        .expect("a runner");
    let receipt = deposit(&bank.log, "a", 2).await;
    // Both have tried; the newer one has it.
    within(newer.wait_for("balances", &receipt, HOUR))
        .await
        .expect("in time");
    let receipt = deposit(&bank.log, "a", 4).await;
    within(newer.wait_for("balances", &receipt, HOUR))
        .await
        .expect("in time");
    let stopped = within(async {
        loop {
            let status = older.status("balances").await.expect("a status");
            if let ProjectionState::Stopped(reason) = status.state {
                return reason;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let StopReason::TakenOver(text) = stopped else {
        panic!("{stopped:?}");
    };
    assert!(
        text.contains("projection balances#1 was taken over"),
        "{text}"
    );
    assert_eq!(
        balances(&bank.rows),
        folded(&bank.log, 1).await,
        "each event once"
    );
    assert!(bank.is_complete().await);
    within(newer.shutdown()).await;
    within(older.shutdown()).await;
}

/// Another log with the first events of this one.
async fn restored(log: &MemoryStore, events: u64) -> MemoryStore {
    let other = MemoryStore::new();
    let all = eventsourcing::Filter::all();
    let page = log
        .read_all(Position::START, &all, 1_000)
        .await
        .expect("a page");
    for recorded in page.events.iter().filter(|e| e.position.get() <= events) {
        let mut commit = eventsourcing::Commit::with_id(recorded.commit_id);
        let copy = eventsourcing::NewEvent {
            event_type: recorded.event_type.clone(),
            ..event(&deposited(0))
        };
        let copy = eventsourcing::NewEvent {
            payload: recorded.payload.clone(),
            ..copy
        };
        let any = eventsourcing::ExpectedVersion::Any;
        commit = commit.append(recorded.stream.clone(), any, vec![copy]);
        other.append(commit).await.expect("an append");
    }
    other
}

#[tokio::test]
async fn progress_beyond_the_log_is_refused_and_built_anew() {
    let bank = Bank::new();
    for cents in 1..=10 {
        deposit(&bank.log, "a", cents).await;
    }
    bank.catch_up().await;
    let older = restored(&bank.log, 6).await;
    let runner = ProjectionRunner::new(older.clone(), bank.rows.clone());
    let idle = runner.add(bank.balances::<1>()).idle().expect("a runner");
    let status = idle.status("balances").await.expect("a status");
    let serving = status.serving.expect("one");
    assert_eq!((serving.behind, serving.late), (None, None));
    assert_eq!(
        status.stale.as_deref(),
        Some(
            "it has come to position 10, but the log ends at 6: was the log restored from a backup?"
        )
    );
    within(idle.catch_up()).await.expect("built anew");
    let status = idle.status("balances").await.expect("a status");
    assert_eq!(status.stale, None);
    let serving = status.serving.expect("one");
    assert_eq!(serving.number, 2);
    assert!(
        serving.reason.contains("the log ends at 6"),
        "{}",
        serving.reason
    );
    assert_eq!(balances(&bank.rows), folded(&older, 1).await);
    assert!(
        idle.verify("balances")
            .await
            .expect("a check")
            .is_complete()
    );
}

#[tokio::test]
async fn another_history_of_the_same_length_is_noticed() {
    let bank = Bank::new();
    for cents in 1..=10 {
        deposit(&bank.log, "a", cents).await;
    }
    bank.catch_up().await;
    // Restored, and written on: further than the progress.
    let other = restored(&bank.log, 6).await;
    append(&other, "b", (1..=9).map(deposited)).await;
    let runner = ProjectionRunner::new(other.clone(), bank.rows.clone());
    let running = runner.add(bank.balances::<1>()).start().expect("a runner");
    let receipt = deposit(&other, "b", 1).await;
    let waited = within(running.wait_for("balances", &receipt, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(balances(&bank.rows), folded(&other, 1).await);
    let status = running.status("balances").await.expect("a status");
    let serving = status.serving.expect("one");
    assert!(
        serving.reason.contains("does not fit the log"),
        "{}",
        serving.reason
    );
    within(running.shutdown()).await;
}

#[tokio::test]
async fn another_history_is_noticed_though_the_last_events_were_none_of_its_business() {
    for (business, partitions) in [(10, 1), (10, 3), (0, 1)] {
        let bank = Bank::with(ProjectionOptions {
            partitions,
            ..ProjectionOptions::default()
        });
        for cents in 1..=business {
            deposit(&bank.log, "a", cents).await;
        }
        let noted = |text: i64| {
            AccountEvent::Noted(Noted {
                text: text.to_string(),
            })
        };
        append(&bank.log, "b", (1..=20).map(noted)).await;
        bank.catch_up().await;
        // Restored to what was its business, and written on: further than the progress.
        let other = restored(&bank.log, business.unsigned_abs()).await;
        append(&other, "c", (1..=25).map(deposited)).await;
        let options = ProjectionOptions {
            partitions,
            ..ProjectionOptions::default()
        };
        let runner = ProjectionRunner::new(other.clone(), bank.rows.clone());
        let idle = runner.add_with(bank.balances::<1>(), options).idle();
        let idle = idle.expect("a runner");
        within(idle.catch_up()).await.expect("built anew");
        assert_eq!(balances(&bank.rows), folded(&other, 1).await);
        let coverage = idle.verify("balances").await.expect("a check");
        assert!(coverage.is_complete(), "{coverage:?}");
    }
}
