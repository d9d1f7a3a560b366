//! A timer that the program does not know stays until one does.

use std::convert::Infallible;
use std::sync::Arc;

use eventsourcing::{
    Correlation, MemoryStore, ProcessContext, ProcessManager, ProjectionRunner, Reaction,
};
use eventsourcing_testkit::ManualClock;

use super::transfer::{Bank, DAY, Id, Seen, Task, Transfer, Transfers};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

/// Sets the timer of [`Transfers`], and has forgotten what for.
struct Forgetful;

impl ProcessManager for Forgetful {
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
        Ok(Reaction::none().timer("late", cx.now() + DAY))
    }
}

#[tokio::test]
async fn a_timer_without_an_answer_waits_for_the_program_that_has_one() {
    let clock = ManualClock::default();
    let bank = Bank::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    bank.request("1", "ada", "bob", 300).await;
    let rows = Shelf::default();
    let runner = || {
        let runner = ProjectionRunner::new(bank.log.clone(), rows.clone());
        runner.clock(Arc::new(clock.clone()))
    };
    let forgetful = runner().add_process(Forgetful, bank.accounts.clone());
    let forgetful = forgetful.idle().expect("a runner");
    for _ in 0..3 {
        within(forgetful.catch_up()).await.expect("no trouble");
        clock.advance(DAY);
    }
    assert_eq!(bank.transfer("1").await.late, 0);
    let knowing = runner().add_process(Transfers, bank.accounts.clone());
    let knowing = knowing.idle().expect("a runner");
    within(knowing.catch_up()).await.expect("no trouble");
    assert_eq!(bank.transfer("1").await.late, 1);
}
