//! [`Lossy`]: read models of which every commit is lost once.

use std::sync::atomic::{AtomicBool, Ordering};

use eventsourcing::{Generation, ProjectionStore, ProjectionStoreError, ReadModels, RowTx};

/// Read models of which, if asked to, every commit of a generation is lost once, so that all of it is done twice.
pub(super) struct Lossy {
    models: ReadModels,
    loses: bool,
    lost: AtomicBool,
}

impl Lossy {
    pub(super) fn new(models: ReadModels, loses: bool) -> Self {
        Self {
            models,
            loses,
            lost: AtomicBool::new(false),
        }
    }
}

impl ProjectionStore for Lossy {
    type Tx = RowTx;

    async fn claim(&self, generation: &Generation) -> Result<u64, ProjectionStoreError> {
        self.models.claim(generation).await
    }

    async fn begin(
        &self,
        generation: &Generation,
        epoch: u64,
    ) -> Result<RowTx, ProjectionStoreError> {
        self.models.begin(generation, epoch).await
    }

    async fn read(&self, generation: &Generation) -> Result<RowTx, ProjectionStoreError> {
        self.models.read(generation).await
    }

    async fn commit(&self, tx: RowTx) -> Result<(), ProjectionStoreError> {
        // Generation 0 is the runner's own.
        let own = tx.generation().number == 0;
        if self.loses && !own && !self.lost.fetch_xor(true, Ordering::Relaxed) {
            let generation = tx.generation().clone();
            return Err(ProjectionStoreError::Conflict { generation });
        }
        self.models.commit(tx).await
    }

    async fn clear(&self, generation: &Generation, epoch: u64) -> Result<(), ProjectionStoreError> {
        self.models.clear(generation, epoch).await
    }
}
