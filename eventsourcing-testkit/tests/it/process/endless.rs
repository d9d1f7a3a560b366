//! Processes that answer each other for ever: catching up ends all the same.

use std::convert::Infallible;

use eventsourcing::{
    Aggregate, Correlation, Event, EventStore, MemoryStore, ProcessContext, ProcessManager,
    ProjectionRunner, Reaction,
};
use serde::{Deserialize, Serialize};

use super::transfer::{Bank, Deposit, Id, Seen, Task, Transfer, Withdraw};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

/// An instance for each event.
fn each(cx: &ProcessContext<'_>) -> Correlation<Id> {
    let event = cx.event().expect("no timers");
    Correlation::Start(event.event_id().to_string().as_str().into())
}

/// Pays out what comes in.
struct PaysOut;

impl ProcessManager for PaysOut {
    type State = Transfer;
    type View = Seen;
    type Command = Task;
    type Error = Infallible;

    fn correlate(&self, event: &Seen, cx: &ProcessContext<'_>) -> Correlation<Id> {
        match event {
            Seen::Deposited(_) => each(cx),
            _ => Correlation::Ignore,
        }
    }

    fn react(
        &self,
        _: &Transfer,
        _: Seen,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        let account = cx.event().expect("no timers").stream.id().into();
        Ok(Reaction::none().command(Task::Withdraw(Withdraw {
            account,
            cents: 1,
            transfer: None,
        })))
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(handler = ReturnEvents)]
enum ReturnEvent {
    #[es(name = "return.made")]
    Made,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "return", id = Id, event = ReturnEvent, error = Infallible)]
struct Return {}

impl ReturnEvents for Return {
    fn made(&mut self) {}
}

/// Pays in elsewhere what was paid out.
struct PaysIn;

impl ProcessManager for PaysIn {
    type State = Return;
    type View = Seen;
    type Command = Task;
    type Error = Infallible;

    fn correlate(&self, event: &Seen, cx: &ProcessContext<'_>) -> Correlation<Id> {
        match event {
            Seen::Withdrawn(_) => each(cx),
            _ => Correlation::Ignore,
        }
    }

    fn react(
        &self,
        _: &Return,
        _: Seen,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        // A new account each time, so that none has a long history.
        let account = cx.instance().into();
        Ok(Reaction::none().command(Task::Deposit(Deposit {
            account,
            cents: 1,
            transfer: None,
        })))
    }
}

#[tokio::test]
async fn two_that_answer_each_other_do_not_keep_whoever_catches_up() {
    let bank = Bank::new(MemoryStore::new());
    bank.open("ada", 1).await;
    let projections = ProjectionRunner::new(bank.log.clone(), Shelf::default())
        .add_process(PaysOut, bank.accounts.clone())
        .add_process(PaysIn, bank.accounts.clone())
        .idle()
        .expect("a runner");
    let mut before = 1;
    // The next time they go on where they were.
    for _ in 0..2 {
        within(projections.catch_up()).await.expect("no trouble");
        let head = bank.log.head().await.expect("a head").get();
        // Each round is a decision and what it leads to at least, or both of each if one comes in time for the other.
        assert!(
            (before + 2_000..=before + 4_000).contains(&head),
            "{head} events, {before} before"
        );
        before = head;
    }
}
