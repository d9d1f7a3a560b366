//! [`Flaky`]: a store of rows that lets others go first at every call, and refuses some of them.

use std::sync::Arc;
use std::sync::Mutex;

use eventsourcing::{Generation, ProjectionStore, ProjectionStoreError};
use fastrand::Rng;

use super::shelf::{Shelf, ShelfTx};

/// A shelf behind a store that fails by chance. Clones share everything.
#[derive(Debug, Clone)]
pub(crate) struct Flaky {
    pub(crate) shelf: Shelf,
    chance: Arc<Mutex<Chance>>,
}

#[derive(Debug)]
struct Chance {
    rng: Rng,
    /// Calls in a thousand that fail.
    per_mille: u32,
    refused: u64,
    closed: bool,
}

impl Flaky {
    pub(crate) fn new(seed: u64, per_mille: u32) -> Self {
        let chance = Chance {
            rng: Rng::with_seed(seed),
            per_mille,
            refused: 0,
            closed: false,
        };
        Self {
            shelf: Shelf::default(),
            chance: Arc::new(Mutex::new(chance)),
        }
    }

    pub(crate) fn set(&self, per_mille: u32) {
        self.chance.lock().expect("no panic inside").per_mille = per_mille;
    }

    pub(crate) fn close(&self) {
        self.chance.lock().expect("no panic inside").closed = true;
    }

    pub(crate) fn refused(&self) -> u64 {
        self.chance.lock().expect("no panic inside").refused
    }

    /// One of so many ways to fail, by chance.
    fn fails(&self, ways: u32) -> Option<u32> {
        let mut chance = self.chance.lock().expect("no panic inside");
        let per_mille = chance.per_mille;
        if chance.rng.u32(..1_000) >= per_mille {
            return None;
        }
        chance.refused += 1;
        Some(chance.rng.u32(..ways))
    }

    async fn call(&self, generation: &Generation) -> Result<(), ProjectionStoreError> {
        tokio::task::yield_now().await;
        if self.chance.lock().expect("no panic inside").closed {
            let generation = generation.clone();
            return Err(ProjectionStoreError::Closed { generation });
        }
        self.fails(1)
            .map_or(Ok(()), |_| Err(unavailable(generation)))
    }
}

fn unavailable(generation: &Generation) -> ProjectionStoreError {
    ProjectionStoreError::Unavailable {
        generation: generation.clone(),
        source: "as the test asked".into(),
    }
}

impl ProjectionStore for Flaky {
    type Tx = ShelfTx;

    async fn claim(&self, generation: &Generation) -> Result<u64, ProjectionStoreError> {
        self.call(generation).await?;
        self.shelf.claim(generation).await
    }

    async fn begin(
        &self,
        generation: &Generation,
        epoch: u64,
    ) -> Result<ShelfTx, ProjectionStoreError> {
        self.call(generation).await?;
        self.shelf.begin(generation, epoch).await
    }

    async fn read(&self, generation: &Generation) -> Result<ShelfTx, ProjectionStoreError> {
        self.call(generation).await?;
        self.shelf.read(generation).await
    }

    async fn commit(&self, tx: ShelfTx) -> Result<(), ProjectionStoreError> {
        tokio::task::yield_now().await;
        let generation = tx.generation().clone();
        match self.fails(4) {
            None => {}
            Some(0) => return Err(unavailable(&generation)),
            Some(1) => {
                // Written, but nobody learns of it.
                self.shelf.commit(tx).await?;
                return Err(unavailable(&generation));
            }
            Some(2) => return Err(ProjectionStoreError::Conflict { generation }),
            Some(_) => return Err(ProjectionStoreError::Reopened { generation }),
        }
        self.shelf.commit(tx).await?;
        tokio::task::yield_now().await;
        Ok(())
    }

    async fn clear(&self, generation: &Generation, epoch: u64) -> Result<(), ProjectionStoreError> {
        self.call(generation).await?;
        self.shelf.clear(generation, epoch).await
    }
}
