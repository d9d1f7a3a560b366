//! An instance that is started and has nothing to do yet.

use std::convert::Infallible;

use eventsourcing::{
    Correlation, MemoryStore, ProcessContext, ProcessManager, ProjectionRunner, Reaction,
};

use super::transfer::{Bank, Id, Seen, Task, Transfer, TransferEvent};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

/// Begins with a request, and does something only about what comes later.
struct Patient;

impl ProcessManager for Patient {
    type State = Transfer;
    type View = Seen;
    type Command = Task;
    type Error = Infallible;

    fn correlate(&self, event: &Seen, _: &ProcessContext<'_>) -> Correlation<Id> {
        match event {
            Seen::Requested(event) => Correlation::Start(event.transfer.clone()),
            _ => Correlation::Continue("1".into()),
        }
    }

    fn react(
        &self,
        _: &Transfer,
        event: Seen,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        Ok(match event {
            Seen::Requested(_) => Reaction::none(),
            _ => Reaction::none().event(TransferEvent::Late),
        })
    }
}

#[tokio::test]
async fn an_instance_is_started_by_an_event_that_leads_to_nothing() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 500).await; // before its time
    bank.request("1", "ada", "bob", 300).await;
    bank.open("bob", 1_000).await;
    for rows in [Shelf::default(), Shelf::default()] {
        let runner = ProjectionRunner::new(bank.log.clone(), rows);
        let runner = runner.add_process(Patient, bank.accounts.clone());
        let projections = runner.idle().expect("a runner");
        within(projections.catch_up()).await.expect("no trouble");
        assert_eq!(bank.transfer("1").await.late, 1);
        let parked = projections.parked("transfer", None, 100).await;
        assert!(parked.expect("a list").is_empty());
    }

    bank.request("1", "ada", "bob", 300).await;
    let runner = ProjectionRunner::new(bank.log.clone(), Shelf::default());
    let runner = runner.add_process(Patient, bank.accounts.clone());
    let projections = runner.idle().expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");
    let parked = projections.parked("transfer", None, 100).await;
    let parked = parked.expect("a list");
    let why = &parked[0].failure.as_ref().expect("it failed").error;
    assert!(why.contains("`1`, which has been started before"), "{why}");
}
