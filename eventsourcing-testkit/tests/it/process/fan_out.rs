//! Several commands from one event: what was decided is done as it was decided, once, whatever the next program would decide.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use eventsourcing::{
    Correlation, Dispatch, DispatchError, EventSourced, ExecuteOptions, MemoryStore,
    ProcessContext, ProcessManager, ProjectionRunner, Reaction,
};
use futures_util::FutureExt;

use super::transfer::{Account, Bank, Deposit, Id, Seen, Task, Transfer};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

/// Gives something to each of these, in this order.
struct Gifts(&'static [&'static str]);

impl ProcessManager for Gifts {
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
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        let gifts = self.0.iter().map(|account| {
            Task::Deposit(Deposit {
                account: (*account).into(),
                cents: 1,
                transfer: None,
            })
        });
        Ok(gifts.fold(Reaction::none(), Reaction::command))
    }
}

/// Executes so many commands; what comes then never ends, as if the program were to end in the middle of it.
struct Ends {
    accounts: EventSourced<Account, MemoryStore>,
    left: Arc<AtomicUsize>,
}

impl Dispatch<Task> for Ends {
    async fn dispatch(&self, task: Task, options: ExecuteOptions) -> Result<(), DispatchError> {
        let left = self.left.load(SeqCst);
        if left == 0 {
            std::future::pending::<()>().await;
        }
        self.left.store(left - 1, SeqCst);
        self.accounts.dispatch(task, options).await
    }
}

#[tokio::test]
async fn another_order_in_the_next_program_repeats_and_forgets_nothing() {
    const ALL: [&str; 3] = ["ada", "bob", "cyd"];
    for done in 0..=ALL.len() {
        let bank = Bank::new(MemoryStore::new());
        bank.request("1", "ada", "bob", 1).await;
        let rows = Shelf::default();
        let ends = Ends {
            accounts: bank.accounts.clone(),
            left: Arc::new(AtomicUsize::new(done)),
        };
        let first = ProjectionRunner::new(bank.log.clone(), rows.clone())
            .add_process(Gifts(&ALL), ends)
            .idle()
            .expect("a runner");
        let mut run = Box::pin(first.catch_up());
        for _ in 0..1_000 {
            if run.as_mut().now_or_never().is_some() {
                assert_eq!(done, ALL.len(), "the next command does not end");
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(run);
        for (number, account) in ALL.iter().enumerate() {
            let moves = bank.account(account).await.moves;
            assert_eq!(moves, u64::from(number < done), "{account} after {done}");
        }
        // The next program has the rows, or not; and another order, with one more.
        for rows in [rows, Shelf::default()] {
            let next = ProjectionRunner::new(bank.log.clone(), rows)
                .add_process(Gifts(&["eve", "cyd", "bob", "ada"]), bank.accounts.clone())
                .idle()
                .expect("a runner");
            within(next.catch_up()).await.expect("no trouble");
            for account in ALL {
                let moves = bank.account(account).await.moves;
                assert_eq!(moves, 1, "{account} after {done}");
            }
            // Decided before she was thought of.
            assert_eq!(bank.account("eve").await.moves, 0);
        }
    }
}
