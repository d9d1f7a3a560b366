//! Whoever reads the log with a runner learns that it was closed, and does not wait for it.

use std::convert::Infallible;

use eventsourcing::{
    Aggregate, Apply, Correlation, Dispatch, DispatchError, Event, EventView, ExecuteOptions,
    Filter, InProcessBus, Position, ProcessContext, ProcessManager, Projection, ProjectionRunner,
    Reaction, ReadModels, RecordedEvent, RowTx, RunnerError, StopReason, WaitError, Waited,
};
use eventsourcing_sled::SledStore;
use serde::{Deserialize, Serialize};

use crate::support::{LIMIT, account, append, block_on, commit};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Deposited {
    n: u64,
}

#[derive(Debug, Clone, PartialEq, Event)]
enum AccountEvent {
    #[es(name = "account.deposited")]
    Deposited(Deposited),
}

#[derive(Debug, EventView)]
#[es(of = AccountEvent)]
enum Money {
    Deposited(Deposited),
}

struct Accounts;

impl Projection for Accounts {
    const NAME: &'static str = "accounts";
    const VERSION: u32 = 1;
    type View = Money;
    type Tx = RowTx;
    type Error = Infallible;

    async fn handle(&self, _: Money, _: &RecordedEvent, _: &mut RowTx) -> Result<(), Infallible> {
        Ok(())
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "thanks", id = u64, event = AccountEvent, error = Infallible)]
struct Thanks {}

impl Apply<Deposited> for Thanks {
    fn apply(&mut self, _: Deposited) {}
}

struct Thanking;

impl ProcessManager for Thanking {
    type State = Thanks;
    type View = Money;
    type Command = String;
    type Error = Infallible;

    fn correlate(&self, event: &Money, _: &ProcessContext<'_>) -> Correlation<u64> {
        let Money::Deposited(deposited) = event;
        Correlation::Continue(deposited.n)
    }

    fn react(
        &self,
        _: &Thanks,
        _: Money,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        Ok(Reaction::none())
    }
}

struct Nobody;

impl Dispatch<String> for Nobody {
    async fn dispatch(&self, _: String, _: ExecuteOptions) -> Result<(), DispatchError> {
        Ok(())
    }
}

const ALL: [&str; 3] = ["accounts", "thanks", "feed"];

/// One of each kind.
fn runner(store: &SledStore, only: &str) -> ProjectionRunner<ReadModels> {
    let runner = ProjectionRunner::new(store.clone(), ReadModels::in_memory());
    match only {
        "accounts" => runner.add(Accounts),
        "thanks" => runner.add_process(Thanking, Nobody),
        _ => runner.add_publisher("feed", Filter::all(), InProcessBus::default()),
    }
}

#[test]
fn catching_up_ends() {
    for name in ALL {
        for before in [true, false] {
            let dir = tempfile::tempdir().expect("a directory");
            let store = SledStore::open(dir.path()).expect("a store");
            append(&store, commit(&account(1), 1));
            let projections = runner(&store, name).idle().expect("a runner");
            if before {
                block_on(projections.catch_up()).expect("an open log");
            }
            store.close();
            let outcome = block_on(projections.catch_up());
            let Err(RunnerError::Stopped { name: said, reason }) = &outcome else {
                panic!("{name}: {outcome:?}");
            };
            assert_eq!((&**said, reason), (name, &StopReason::Closed));
        }
    }
}

#[test]
fn what_runs_stops_and_is_not_waited_for() {
    for name in ALL {
        let dir = tempfile::tempdir().expect("a directory");
        let store = SledStore::open(dir.path()).expect("a store");
        let mut receipt = append(&store, commit(&account(1), 1)).receipt;
        block_on(async {
            let projections = runner(&store, name).start().expect("a runner");
            let waited = projections.wait_for(name, &receipt, LIMIT).await;
            assert_ne!(waited.expect("in time"), Waited::Parked);
            store.close();
            receipt.last = Position::new(receipt.last.get() + 1);
            let error = projections.wait_for(name, &receipt, LIMIT).await;
            let Err(WaitError::Stopped {
                reason, position, ..
            }) = &error
            else {
                panic!("{name}: {error:?}");
            };
            assert_eq!(
                (reason, *position),
                (&StopReason::Closed, receipt.first),
                "{name}"
            );
        });
    }
}
