//! Instances that cannot react: they are parked alone, and it is said why.

use std::sync::Arc;

use eventsourcing::{
    Commit, DispatchError, EventStore, ExpectedVersion, FormatId, MemoryStore, NewEvent,
    ProjectionRunner, StreamId, SystemClock,
};

use super::transfer::{Bank, Broken, Transfers};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

#[tokio::test]
async fn poison_is_parked_alone_with_what_comes_after_it() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 1_000).await;
    bank.request("poison", "ada", "bob", 666).await;
    bank.request("good", "ada", "bob", 100).await;
    bank.request("good", "ada", "bob", 100).await; // started before
    let runner = bank.runner(Shelf::default(), Arc::new(SystemClock)).idle();
    let projections = runner.expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");

    assert_eq!(
        bank.ended("good").await.as_deref(),
        None,
        "its deposit waits behind"
    );
    let parked = projections
        .parked("transfer", None, 100)
        .await
        .expect("a list");
    let why: Vec<_> = parked
        .iter()
        .map(|event| {
            (
                &*event.key,
                event.failure.as_ref().map(|failure| failure.error.clone()),
            )
        })
        .collect();
    assert_eq!(why[0].0, "good");
    let started = why[0].1.as_deref().expect("a reason");
    assert!(
        started.contains("`good`, which has been started before"),
        "{started}"
    );
    assert!(
        why[1..]
            .iter()
            .any(|(key, why)| *key == "poison"
                && why.as_deref() == Some("transfer poison is poison"))
    );
}

#[tokio::test]
async fn a_panic_over_whose_an_event_is_parks_that_event() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 1_000).await;
    bank.request("panics", "ada", "bob", 667).await;
    bank.request("good", "ada", "bob", 100).await;
    let runner = bank.runner(Shelf::default(), Arc::new(SystemClock)).idle();
    let projections = runner.expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");

    assert_eq!(bank.cents("bob").await, 100);
    let parked = projections.parked("transfer", None, 100).await;
    let parked = parked.expect("a list");
    let [event] = &parked[..] else {
        panic!("{parked:?}");
    };
    assert_eq!(event.key, event.stream.as_str(), "nothing else is known");
    let why = &event.failure.as_ref().expect("it failed").error;
    assert!(why.contains("nobody knows whose this is"), "{why}");
}

#[tokio::test]
async fn a_command_that_cannot_be_executed_parks_the_instance_and_is_not_decided_again() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 1_000).await;
    bank.request("1", "ada", "bob", 100).await;
    let rows = Shelf::default();
    let broken = ProjectionRunner::new(bank.log.clone(), rows.clone())
        .add_process(
            Transfers,
            Broken(|| DispatchError::Failed("no such account".into())),
        )
        .idle()
        .expect("a runner");
    within(broken.catch_up()).await.expect("no trouble");
    let parked = broken.parked("transfer", None, 100).await.expect("a list");
    let why = &parked[0].failure.as_ref().expect("it failed").error;
    assert!(
        why.contains("command 0 of decision") && why.contains("no such account"),
        "{why}"
    );

    let mended = bank
        .runner(rows, Arc::new(SystemClock))
        .idle()
        .expect("a runner");
    within(mended.retry("transfer", None, "ada"))
        .await
        .expect("retried");
    within(mended.catch_up()).await.expect("no trouble");
    assert_eq!(bank.ended("1").await.as_deref(), Some("done"));
    assert_eq!(bank.cents("bob").await, 100);
}

#[tokio::test]
async fn what_a_former_program_asked_for_and_nobody_knows_is_told() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 1_000).await;
    bank.request("1", "ada", "bob", 100).await;
    let rows = Shelf::default();
    let broken = ProjectionRunner::new(bank.log.clone(), rows.clone())
        .add_process(
            Transfers,
            Broken(|| DispatchError::Failed("not yet".into())),
        )
        .idle()
        .expect("a runner");
    within(broken.catch_up()).await.expect("no trouble");
    // The same decision, as a program wrote it that knew other commands.
    let stream = StreamId::new("es.process", "transfer-1").expect("an id");
    let page = bank
        .log
        .read_stream(&stream, eventsourcing::StreamRange::all())
        .await;
    let decision = page.expect("a page").events.remove(0);
    let text = String::from_utf8(decision.payload.to_vec()).expect("json");
    let other = text.replace("Withdraw", "Extract");
    assert_ne!(text, other);
    let other_log = MemoryStore::new();
    let bank = Bank::new(other_log.clone());
    bank.open("ada", 1_000).await;
    bank.request("1", "ada", "bob", 100).await;
    let event = NewEvent {
        event_type: decision.event_type.clone(),
        schema_version: decision.schema_version,
        readable_by: decision.readable_by,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: other.into(),
    };
    // Ids of commits are made of the source event, so the decision is written under that of this log.
    let request = other_log
        .read_stream(
            &StreamId::new("account", "desk").expect("an id"),
            eventsourcing::StreamRange::all(),
        )
        .await
        .expect("a page")
        .events
        .remove(0);
    let key = format!("es.process\ntransfer\n1\nevent {} 0", request.event_id());
    let commit = Commit::with_id(eventsourcing::CommitId::from_key(&key)).append(
        stream,
        ExpectedVersion::Any,
        vec![event],
    );
    other_log.append(commit).await.expect("an append");

    let runner = bank.runner(Shelf::default(), Arc::new(SystemClock)).idle();
    let projections = runner.expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");
    let parked = projections
        .parked("transfer", None, 100)
        .await
        .expect("a list");
    let why = &parked[0].failure.as_ref().expect("it failed").error;
    assert!(
        why.contains("event 1 of stream `es.process-transfer-1`")
            && why.contains("unknown variant `Extract`"),
        "{why}"
    );
}
