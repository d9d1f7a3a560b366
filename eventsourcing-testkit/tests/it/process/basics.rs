//! What becomes of transfers when nothing goes wrong but what the domain refuses.

use std::sync::Arc;

use eventsourcing::{
    EventStoreExt, Filter, MemoryStore, Position, Projection, ProjectionRunner, ReadModel,
    ReadModelError, ReadModels, RecordedEvent, RowTx, RunnerError, SystemClock,
};
use futures_util::TryStreamExt;

use super::transfer::{Bank, Seen, Transfers};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

#[tokio::test]
async fn money_moves_and_what_is_refused_is_given_back() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 1_000).await;
    bank.open("bob", 0).await;
    bank.open("eve", 0).await;
    bank.close("eve").await;
    bank.request("1", "ada", "bob", 300).await;
    bank.request("2", "ada", "eve", 200).await;
    bank.request("3", "bob", "ada", 5_000).await;
    let runner = bank.runner(Shelf::default(), Arc::new(SystemClock)).idle();
    within(runner.expect("a runner").catch_up())
        .await
        .expect("no trouble");

    assert_eq!(bank.cents("ada").await, 700);
    assert_eq!(bank.cents("bob").await, 300);
    assert_eq!(bank.cents("eve").await, 0);
    assert_eq!(bank.ended("1").await.as_deref(), Some("done"));
    assert_eq!(bank.ended("2").await.as_deref(), Some("returned"));
    assert_eq!(bank.ended("3").await.as_deref(), Some("insufficient funds"));
}

/// Counts what moves money.
struct Moves;

const MOVES: ReadModel<String, u64> = ReadModel::new("moves");

impl Projection for Moves {
    const NAME: &'static str = "moves";
    const VERSION: u32 = 1;
    type View = Seen;
    type Tx = RowTx;
    type Error = ReadModelError;

    async fn handle(
        &self,
        _: Seen,
        event: &RecordedEvent,
        tx: &mut RowTx,
    ) -> Result<(), ReadModelError> {
        tx.update(&MOVES, &event.stream.id().to_owned(), |moves| *moves += 1)
    }
}

#[tokio::test]
async fn read_models_that_are_caught_up_have_what_processes_have_written() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 1_000).await;
    bank.request("1", "ada", "bob", 300).await;
    let rows = ReadModels::in_memory();
    let runner = ProjectionRunner::new(bank.log.clone(), rows.clone())
        .add(Moves)
        .add_process(Transfers, bank.accounts.clone());
    let projections = runner.idle().expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");
    let view = rows.view("moves").expect("rows");
    let moves = |account: &str| view.get(&MOVES, &account.to_owned()).expect("rows");
    assert_eq!(moves("ada"), Some(2));
    assert_eq!(moves("bob"), Some(1));
}

#[tokio::test]
async fn what_follows_from_an_event_tells_what_it_follows_from() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 1_000).await;
    bank.request("1", "ada", "bob", 300).await;
    let runner = bank.runner(Shelf::default(), Arc::new(SystemClock)).idle();
    let projections = runner.expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");

    let filter = Filter::all();
    let events = bank.log.log_events(Position::START, &filter);
    let events: Vec<_> = within(events.try_collect()).await.expect("a log");
    let request = events
        .iter()
        .find(|event| &*event.event_type == "account.transfer-requested")
        .expect("the request");
    let chain: Vec<_> = events[2..].iter().collect();
    // Began and decision, withdrawn, paid and decision, deposited, ended and decision.
    assert_eq!(chain.len(), 8, "{chain:#?}");
    for event in &chain {
        assert_eq!(event.correlation_id(), request.correlation_id());
        let cause = event.metadata.causation_id.expect("a cause");
        let named = |earlier: &&RecordedEvent| cause == earlier.event_id().into();
        let cause = events.iter().find(|earlier| named(earlier));
        assert!(cause.expect("an event").position < event.position);
    }
}

#[tokio::test]
async fn what_has_effects_is_neither_reset_nor_built_anew() {
    let bank = Bank::new(MemoryStore::new());
    let runner = bank.runner(Shelf::default(), Arc::new(SystemClock)).idle();
    let projections = runner.expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");
    for refused in [
        projections.reset("transfer", "ada").await,
        projections.rebuild("transfer", "ada").await,
    ] {
        let error = refused.expect_err("refused");
        assert!(matches!(error, RunnerError::Acts { .. }), "{error}");
    }
}
