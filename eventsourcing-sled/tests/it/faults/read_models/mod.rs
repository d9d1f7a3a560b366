//! Read models under faults: a commit is there as a whole, with its progress, or not at all.

#[cfg(unix)]
mod full;
mod kill;

use eventsourcing::{
    Generation, Index, ProjectionStore, ProjectionStoreError, ProjectionTx, ReadModel, ReadModels,
    RowTx, under,
};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::support::block_on;

const PROGRESS: &[u8] = b"\0progress";
const ROWS: u32 = 300;
const PAGE: u64 = 5_000;
/// Takes room, if a worker is to take much.
const BALLAST: ReadModel<u64, String> = ReadModel::new("ballast");

#[derive(Debug, Default, Serialize, Deserialize)]
struct Account {
    cents: i64,
    changes: u64,
    /// A letter for each change, up to a page of them, so that some rows are large and of changing size.
    history: String,
}

const BY_CHANGES: Index<u32, Account, u64> = Index::new("by_changes", |_, account| account.changes);
const ACCOUNTS: ReadModel<u32, Account> = ReadModel::new("accounts").indexed(&[&BY_CHANGES]);
fn generation(number: u32) -> Generation {
    Generation::new("accounts", number)
}

/// What the rows of a generation must come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    commits: u64,
    cents: i64,
    changes: u64,
}

async fn progress(tx: &mut RowTx) -> Result<Progress, ProjectionStoreError> {
    let row = ProjectionTx::get(tx, PROGRESS).await?;
    Ok(row.map_or_else(Progress::default, |row| {
        serde_json::from_slice(&row).expect("a progress row")
    }))
}

/// A projection that keeps changing rows, and its own account of that.
struct Worker {
    models: ReadModels,
    generation: Generation,
    epoch: u64,
    rng: Rng,
    ballast: usize,
}

impl Worker {
    async fn claim(
        models: &ReadModels,
        number: u32,
        seed: u64,
    ) -> Result<Self, ProjectionStoreError> {
        let generation = generation(number);
        Ok(Self {
            epoch: models.claim(&generation).await?,
            models: models.clone(),
            generation,
            rng: Rng::with_seed(seed),
            ballast: 0,
        })
    }

    /// One commit; returns how many there were so far.
    async fn commit(&mut self) -> Result<u64, ProjectionStoreError> {
        let mut tx = self.models.begin(&self.generation, self.epoch).await?;
        let mut done = progress(&mut tx).await?;
        for _ in 0..self.rng.usize(1..60) {
            let (id, cents) = (self.rng.u32(..ROWS), self.rng.i64(-100..100));
            // Few rows get most of the changes.
            let id = if self.rng.bool() { id % 4 } else { id };
            let letter = self.rng.lowercase();
            let changed = tx.update(&ACCOUNTS, &id, |account| {
                account.cents += cents;
                account.changes += 1;
                if account.changes.is_multiple_of(PAGE) {
                    account.history.clear();
                }
                account.history.push(letter);
            });
            if let Err(error) = changed {
                return Err(tx.failure().unwrap_or_else(|| panic!("{error}")));
            }
            done.cents += cents;
            done.changes += 1;
        }
        done.commits += 1;
        if self.ballast > 0 {
            let text = "x".repeat(self.ballast);
            let put = tx.put(&BALLAST, &done.commits, &text);
            put.map_err(|error| tx.failure().unwrap_or_else(|| panic!("{error}")))?;
        }
        let row = serde_json::to_vec(&done).expect("JSON");
        ProjectionTx::put(&mut tx, PROGRESS, Some(&row)).await?;
        self.models.commit(tx).await?;
        Ok(done.commits)
    }
}

/// What is wrong with a generation, and how many commits are in it.
fn check(models: &ReadModels, number: u32) -> (u64, Vec<String>) {
    let worker = block_on(Worker::claim(models, number, 0)).expect("a claim");
    let begun = models.begin(&worker.generation, worker.epoch);
    let mut tx = block_on(begun).expect("a transaction");
    let expected = block_on(progress(&mut tx)).expect("progress");
    let (mut found, mut problems) = (Progress::default(), Vec::new());
    found.commits = expected.commits;
    let mut rows = Vec::new();
    for row in tx.range(&ACCOUNTS, ..).expect("rows") {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => problems.push(error.to_string()),
        }
    }
    for (id, account) in &rows {
        found.cents += account.cents;
        found.changes += account.changes;
        let letters = match account.changes {
            few @ 0..PAGE => few,
            many => many % PAGE + 1,
        };
        if account.history.len() as u64 != letters {
            problems.push(format!("{id} is not of one piece"));
        }
        let indexed = tx.by_index(&ACCOUNTS, &BY_CHANGES, under(account.changes));
        let mut indexed = indexed.expect("rows").map(|row| row.expect("a row").0);
        if !indexed.any(|other| other == *id) {
            problems.push(format!("{id} is not in the index"));
        }
    }
    let indexed = tx
        .by_index(&ACCOUNTS, &BY_CHANGES, ..)
        .expect("rows")
        .count();
    if indexed != rows.len() {
        problems.push(format!("{indexed} rows in the index, {} rows", rows.len()));
    }
    if found != expected {
        problems.push(format!(
            "{found:?} in the rows, {expected:?} according to the progress"
        ));
    }
    problems.truncate(5);
    (expected.commits, problems)
}
