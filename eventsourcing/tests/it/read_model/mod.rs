//! Read models: keys, tables, what a transaction promises, and how everybody reads.

mod blocking;
mod keys;
mod misuse;
mod rows;
mod tx;
mod view;

use eventsourcing::{
    Generation, Index, ProjectionStore, ProjectionTx, ReadModel, ReadModels, RowTx,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Balance {
    owner: String,
    cents: i64,
}

const BY_OWNER: Index<u64, Balance, String> =
    Index::new("by_owner", |_, balance| balance.owner.clone());
const OVERDRAWN: Index<u64, Balance, i64> = Index::partial("overdrawn", |_, balance| {
    (balance.cents < 0).then_some(balance.cents)
});
const BALANCES: ReadModel<u64, Balance> =
    ReadModel::new("balances").indexed(&[&BY_OWNER, &OVERDRAWN]);
const COUNTS: ReadModel<(String, u32), u64> = ReadModel::new("counts");

fn balance(owner: &str, cents: i64) -> Balance {
    let owner = owner.to_owned();
    Balance { owner, cents }
}

fn generation(number: u32) -> Generation {
    Generation::new("balances", number)
}

/// A projection's rows, as its runner has them.
struct Owned {
    models: ReadModels,
    generation: Generation,
    epoch: u64,
}

impl Owned {
    async fn claim(models: &ReadModels, number: u32) -> Self {
        let generation = generation(number);
        let epoch = models.claim(&generation).await.expect("a claim");
        let models = models.clone();
        Self {
            models,
            generation,
            epoch,
        }
    }

    async fn begin(&self) -> RowTx {
        let tx = self.models.begin(&self.generation, self.epoch).await;
        tx.expect("a transaction")
    }

    async fn write(&self, write: impl FnOnce(&mut RowTx)) {
        let mut tx = self.begin().await;
        write(&mut tx);
        self.models.commit(tx).await.expect("a commit");
    }

    async fn clear(&self) {
        let cleared = self.models.clear(&self.generation, self.epoch);
        cleared.await.expect("clearing");
    }
}

/// Says that a generation is read from.
async fn serve(models: &ReadModels, number: u32) {
    let all = Owned::claim(models, 0).await;
    let mut tx = all.begin().await;
    let row = generation(number).serving_row();
    ProjectionTx::put(&mut tx, Generation::SERVING, Some(&row))
        .await
        .expect("a row");
    models.commit(tx).await.expect("a commit");
}

/// Read models with some balances, served.
async fn served() -> (ReadModels, Owned) {
    served_in(ReadModels::in_memory()).await
}

async fn served_in(models: ReadModels) -> (ReadModels, Owned) {
    let owned = Owned::claim(&models, 1).await;
    owned
        .write(|tx| {
            for (id, owner, cents) in [(7, "ada", 500), (3, "ben", -20), (5, "ada", -700)] {
                tx.put(&BALANCES, &id, &balance(owner, cents))
                    .expect("a row");
            }
        })
        .await;
    serve(&models, 1).await;
    (models, owned)
}
