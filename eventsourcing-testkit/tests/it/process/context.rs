//! What a process is told besides state and event.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use eventsourcing::{
    Correlation, MemoryStore, ProcessContext, ProcessManager, ProjectionRunner, Reaction,
};

use super::transfer::{Bank, Id, Seen, Task, Transfer, Withdraw};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

/// Notes for whom it is asked.
#[derive(Clone, Default)]
struct Named(Arc<Mutex<Vec<String>>>);

impl Named {
    fn note(&self, what: &str, cx: &ProcessContext<'_>) {
        let note = format!("{what} {}", cx.instance());
        self.0.lock().expect("notes").push(note);
    }
}

impl ProcessManager for Named {
    type State = Transfer;
    type View = Seen;
    type Command = Task;
    type Error = Infallible;

    fn correlate(&self, event: &Seen, cx: &ProcessContext<'_>) -> Correlation<Id> {
        assert_eq!(cx.instance(), "");
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
        self.note("react", cx);
        let withdraw = Withdraw {
            account: "ada".into(),
            cents: 1,
            transfer: None,
        };
        Ok(Reaction::none()
            .command(Task::Withdraw(withdraw))
            .timer("late", cx.now()))
    }

    fn on_timer(
        &self,
        _: &Transfer,
        _: &str,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        self.note("timer", cx);
        Ok(Reaction::none().finish())
    }

    fn on_refused(
        &self,
        _: &Transfer,
        _: &Task,
        _: &str,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        self.note("refused", cx);
        Ok(Reaction::none())
    }
}

#[tokio::test]
async fn a_process_knows_the_id_of_its_instance() {
    let bank = Bank::new(MemoryStore::new());
    bank.request("number-7", "ada", "bob", 300).await;
    let named = Named::default();
    let runner = ProjectionRunner::new(bank.log.clone(), Shelf::default())
        .add_process(named.clone(), bank.accounts.clone())
        .idle();
    within(runner.expect("a runner").catch_up())
        .await
        .expect("no trouble");
    let notes = named.0.lock().expect("notes");
    assert_eq!(
        *notes,
        ["react number-7", "refused number-7", "timer number-7"]
    );
}
