//! What follows from a timer is of the chain of what set it.

use std::convert::Infallible;
use std::sync::Arc;

use eventsourcing::{
    Correlation, EventStoreExt, Filter, MemoryStore, Position, ProcessContext, ProcessManager,
    ProjectionRunner, Reaction, RecordedEvent,
};
use eventsourcing_testkit::ManualClock;
use futures_util::TryStreamExt;

use super::transfer::{Bank, DAY, Id, Seen, Task, Transfer, TransferEvent};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

/// Complains about a transfer every day.
struct Complaints;

impl ProcessManager for Complaints {
    type State = Transfer;
    type View = Seen;
    type Command = Task;
    type Error = Infallible;

    fn correlate(&self, event: &Seen, _: &ProcessContext<'_>) -> Correlation<Id> {
        match event {
            Seen::Requested(event) => Correlation::Start(event.transfer.clone()),
            _ => Correlation::Ignore,
        }
    }

    fn react(
        &self,
        _: &Transfer,
        _: Seen,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        Ok(Reaction::none().timer("daily", cx.now() + DAY))
    }

    fn on_timer(
        &self,
        _: &Transfer,
        timer: &str,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        Ok(Reaction::none()
            .event(TransferEvent::Late)
            .timer(timer, cx.now() + DAY))
    }
}

async fn log(bank: &Bank<MemoryStore>) -> Vec<RecordedEvent> {
    let filter = Filter::all();
    let events = bank.log.log_events(Position::START, &filter);
    within(events.try_collect()).await.expect("a log")
}

#[tokio::test]
async fn a_timer_and_its_repetitions_are_of_the_chain_that_set_it() {
    let clock = ManualClock::default();
    let bank = Bank::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    bank.open("ada", 1_000).await;
    bank.request("1", "ada", "bob", 300).await;
    // Each day without the rows of the day before, which are made again from what was decided.
    for _ in 0..4 {
        let projections = ProjectionRunner::new(bank.log.clone(), Shelf::default())
            .clock(Arc::new(clock.clone()))
            .add_process(Complaints, bank.accounts.clone())
            .idle()
            .expect("a runner");
        within(projections.catch_up()).await.expect("no trouble");
        clock.advance(DAY);
    }
    let events = log(&bank).await;
    let request = &events[1];
    let chain = bank.log.chain_of(request).page().await.expect("a page");
    // The request and its decision; of each of three days what the process says, and its decision.
    assert_eq!(chain.events, events[1..]);
    assert_eq!(chain.events.len(), 8, "{chain:#?}");

    let mut set_by = &events[2];
    let cause = bank.log.cause_of(set_by).await.expect("an answer");
    assert_eq!(cause.as_ref(), Some(request));
    for day in events[3..].chunks(2) {
        let effects = bank.log.effects_of(set_by).page().await.expect("a page");
        assert_eq!(effects.events, day);
        assert_eq!(&*day[0].event_type, "transfer.late");
        for event in day {
            let cause = bank.log.cause_of(event).await.expect("an answer");
            assert_eq!(cause.as_ref(), Some(set_by));
        }
        set_by = &day[1];
    }
}
