//! Running projections within one run of the program: nothing runs in the background, each verb brings up to date what it
//! needs.

use eventsourcing::{
    Aggregate, Projection, ProjectionRunner, Projections, ReadModels, RowTx, RunnerError, View,
};

use super::Caveat;
use super::balances::Balances;
use super::overdrawn::Overdrawn;
use super::transfers::TransferList;
use super::turnover::MonthlyTurnover;
use crate::bank::Bank;
use crate::domain::dormancy::Watch;
use crate::domain::transfer::{Transfer, Transfers};
use crate::error::Error;
use crate::store::{Store, blocking};

/// All projections of the bank, to be seen and managed. Nothing runs by itself.
pub(crate) type ReadSide = Projections<ReadModels>;

/// The projections and processes of a store.
pub(crate) async fn projections(bank: &Bank, store: &Store) -> Result<ReadSide, Error> {
    Ok(all(bank, store).await?.idle()?)
}

/// The same, running until they are shut down.
pub(crate) async fn running(bank: &Bank, store: &Store) -> Result<ReadSide, Error> {
    Ok(all(bank, store).await?.start()?)
}

async fn all(bank: &Bank, store: &Store) -> Result<ProjectionRunner<ReadModels>, Error> {
    let runner = runner(bank, models(store).await?)
        .add(Balances)
        .add(MonthlyTurnover)
        .add(Overdrawn)
        .add(TransferList)
        .add_process(Transfers, bank.accounts.clone())
        .add_process(bank.dormancy, bank.accounts.clone());
    Ok(runner)
}

/// Brings one read model up to date. Processes have none.
pub(crate) async fn catch_up_one(bank: &Bank, store: &Store, name: &str) -> Result<(), Error> {
    let runner = runner(bank, models(store).await?);
    let runner = match name {
        Balances::NAME => runner.add(Balances),
        MonthlyTurnover::NAME => runner.add(MonthlyTurnover),
        Overdrawn::NAME => runner.add(Overdrawn),
        TransferList::NAME => runner.add(TransferList),
        _ => return Ok(()),
    };
    Ok(runner.idle()?.catch_up().await?)
}

/// Leads a process to where it has nothing left to do, or waits. Read models are none.
pub(crate) async fn lead(bank: &Bank, store: &Store, name: &str) -> Result<(), Error> {
    let runner = runner(bank, models(store).await?);
    let runner = match name {
        Transfer::NAME => runner.add_process(Transfers, bank.accounts.clone()),
        Watch::NAME => runner.add_process(bank.dormancy, bank.accounts.clone()),
        _ => return Ok(()),
    };
    Ok(runner.idle()?.catch_up().await?)
}

/// Whether it is a process, which is never built anew.
pub(crate) fn is_process(name: &str) -> bool {
    [Transfer::NAME, Watch::NAME].contains(&name)
}

/// The projection of this name; without a name, those that have run before.
pub(crate) async fn run_before(
    side: &ReadSide,
    name: Option<String>,
) -> Result<Vec<String>, Error> {
    if let Some(name) = name {
        return Ok(vec![name]);
    }
    let list = side.list().await?.into_iter();
    let run = list.filter(|status| status.serving.is_some());
    Ok(run.map(|status| status.name).collect())
}

/// The rows of a read model, brought up to date, and what there is to say about them.
pub(crate) struct Fresh {
    pub(crate) view: View,
    pub(crate) caveat: Option<Caveat>,
}

/// Brings one read model up to date.
pub(crate) async fn fresh<J: Projection<Tx = RowTx>>(
    bank: &Bank,
    store: &Store,
    projection: J,
) -> Result<Fresh, Error> {
    let models = models(store).await?;
    let projections = runner(bank, models.clone()).add(projection).idle()?;
    // One that has stopped is still read, as it is.
    let stopped = match projections.catch_up().await {
        Ok(()) => None,
        Err(RunnerError::Stopped { reason, .. }) => Some(reason),
        Err(error) => return Err(error.into()),
    };
    let status = projections.status(J::NAME).await?;
    Ok(Fresh {
        view: models.view(J::NAME)?,
        caveat: Caveat::of(&status, stopped),
    })
}

fn runner(bank: &Bank, models: ReadModels) -> ProjectionRunner<ReadModels> {
    ProjectionRunner::new(bank.accounts.store().clone(), models)
}

async fn models(store: &Store) -> Result<ReadModels, Error> {
    match store {
        Store::Memory => Ok(ReadModels::in_memory()),
        Store::Sled(sled) => {
            let sled = sled.clone();
            Ok(blocking(move || sled.read_models()).await??)
        }
    }
}
