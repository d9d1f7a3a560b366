//! [`ReadModels`]: read models and the projections' bookkeeping, in one engine.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::blocking::blocking;
use super::error::{Failure, ReadModelError};
use super::layout;
use super::memory::MemoryRows;
use super::rows::{Changes, RowError, RowStore};
use super::slot::{Slot, State};
use super::tx::{Begun, RowTx};
use super::view::View;
use crate::projection::{Generation, ProjectionStore, ProjectionStoreError};
use crate::store::Direction;

/// How many rows are removed at a time.
const SLICE: usize = 1024;

/// Read models, written by projections and read by everybody. Clones share them.
///
/// What a projection writes becomes visible with its progress, at once. Outside of projections they are read
/// through a [`View`].
#[derive(Debug, Clone)]
pub struct ReadModels {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    rows: Box<dyn RowStore>,
    slots: Mutex<HashMap<Generation, Arc<Slot>>>,
    /// The generation that is read, by projection, as of so many times that the engine was opened anew.
    serving: Mutex<HashMap<Arc<str>, (u64, u32)>>,
}

impl ReadModels {
    /// Bytes of keys and values with which a page of rows ends, see [`RowStore::scan`]: one row may go beyond.
    pub const PAGE_BYTES: usize = 1 << 20;

    /// Read models in this engine. Nobody else may write to it.
    pub fn new(rows: impl RowStore) -> Self {
        let inner = Inner {
            rows: Box::new(rows),
            slots: Mutex::default(),
            serving: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Read models in memory.
    pub fn in_memory() -> Self {
        Self::new(MemoryRows::default())
    }

    /// The read models of a projection, as they are read by everybody: those of the generation that is served.
    ///
    /// # Errors
    /// [`ReadModelError::NotServed`] if there is none yet.
    pub fn view(&self, projection: &str) -> Result<View, ReadModelError> {
        let view = View::new(self.clone(), projection.into());
        view.generation()?;
        Ok(view)
    }

    /// The generations that have rows.
    ///
    /// # Errors
    /// See [`RowError`].
    pub fn generations(&self) -> Result<Vec<Generation>, RowError> {
        self.inner.rows.generations()
    }

    pub(super) fn rows(&self) -> &dyn RowStore {
        &*self.inner.rows
    }

    pub(super) fn slot(&self, generation: &Generation) -> Arc<Slot> {
        let slots = self.inner.slots.lock();
        let mut slots = slots.unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(generation) {
            return slot.clone();
        }
        slots.entry(generation.clone()).or_default().clone()
    }

    /// The number of the generation that is read; `None` if there is none.
    pub(super) fn serving(&self, projection: &Arc<str>) -> Result<Option<u32>, ReadModelError> {
        let reopened = self.rows().reopened();
        // Held until it is known, so that nothing older is remembered than what was written meanwhile.
        let mut serving = self.lock_serving();
        if let Some((as_of, number)) = serving.get(projection)
            && *as_of == reopened
        {
            return Ok(Some(*number));
        }
        let all = Generation::new(projection.clone(), 0);
        let failed = |failure: Failure| ReadModelError::Store(failure.of(&all));
        let row = self.rows().get(&all, Generation::SERVING);
        let Some(row) = row.map_err(|error| failed(error.into()))? else {
            return Ok(None);
        };
        let number = Generation::parse_serving_row(&row).ok_or_else(|| {
            failed(Failure::damaged(
                "the row that says which generation is served".into(),
            ))
        })?;
        serving.insert(projection.clone(), (reopened, number));
        Ok(Some(number))
    }

    /// The other projections that have rows, for a message; none if the engine cannot say.
    pub(super) fn others(&self, projection: &str) -> Vec<String> {
        let generations = self.generations().unwrap_or_default().into_iter();
        let names = generations.map(|generation| generation.projection.to_string());
        let others: BTreeSet<_> = names.filter(|name| name != projection).collect();
        others.into_iter().collect()
    }

    fn lock_serving(&self) -> MutexGuard<'_, HashMap<Arc<str>, (u64, u32)>> {
        let serving = self.inner.serving.lock();
        serving.unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes changes of a generation's owner.
    pub(super) fn apply(
        &self,
        generation: &Generation,
        changes: &Changes,
        reopened: u64,
    ) -> Result<(), RowError> {
        if generation.number > 0 {
            return self.rows().apply(generation, changes, reopened);
        }
        let mut serving = self.lock_serving();
        serving.remove(&generation.projection);
        self.rows().apply(generation, changes, reopened)
    }

    /// The highest epoch that a generation had.
    fn epoch(&self, generation: &Generation, state: &mut State) -> Result<u64, RowError> {
        if let Some(epoch) = state.epoch {
            return Ok(epoch);
        }
        let reopened = self.rows().reopened();
        let all = Generation::new(generation.projection.clone(), 0);
        let row = self.rows().get(&all, &layout::epoch(generation.number))?;
        let epoch = match row {
            Some(row) => parse_epoch(&row).ok_or_else(|| RowError::Damaged {
                reason: format!("the epoch of {generation}"),
            })?,
            None => State::NO_OWNER,
        };
        state.epoch = Some(epoch);
        state.reopened = reopened;
        Ok(epoch)
    }

    fn try_claim(&self, generation: &Generation, state: &mut State) -> Result<u64, RowError> {
        let epoch = self.epoch(generation, state)? + 1;
        let reopened = self.rows().reopened();
        let all = Generation::new(generation.projection.clone(), 0);
        let row = Bytes::copy_from_slice(&epoch.to_be_bytes());
        let changes = Changes::from([(layout::epoch(generation.number), Some(row))]);
        self.rows().apply(&all, &changes, reopened)?;
        (state.epoch, state.reopened) = (Some(epoch), reopened);
        Ok(epoch)
    }

    fn remove_all(&self, generation: &Generation) -> Result<(), RowError> {
        if generation.number > 0 {
            return self.rows().drop_generation(generation);
        }
        // Epochs of all generations stay.
        let (mut from, to) = (Vec::new(), [layout::EPOCH]);
        loop {
            let reopened = self.rows().reopened();
            let range = &from[..]..&to[..];
            let found = self
                .rows()
                .scan(generation, range, Direction::Forward, SLICE)?;
            let Some((last, _)) = found.last() else {
                return Ok(());
            };
            from = [last, &[0][..]].concat();
            let changes: Changes = found.iter().map(|(key, _)| (key.clone(), None)).collect();
            self.apply(generation, &changes, reopened)?;
        }
    }
}

fn parse_epoch(row: &[u8]) -> Option<u64> {
    row.try_into().map(u64::from_be_bytes).ok()
}

impl ProjectionStore for ReadModels {
    type Tx = RowTx;

    async fn claim(&self, generation: &Generation) -> Result<u64, ProjectionStoreError> {
        let mut state = self.slot(generation).lock().await;
        self.try_claim(generation, &mut state)
            .map_err(|error| Failure::from(error).of(generation))
    }

    async fn begin(
        &self,
        generation: &Generation,
        epoch: u64,
    ) -> Result<RowTx, ProjectionStoreError> {
        let slot = self.slot(generation);
        let reopened = self.rows().reopened();
        let commits = {
            let mut state = slot.lock().await;
            self.epoch(generation, &mut state)
                .map_err(|error| Failure::from(error).of(generation))?;
            state.check(generation, epoch, reopened)?;
            state.commits
        };
        let begun = Begun {
            epoch,
            reopened,
            commits,
        };
        Ok(RowTx::new(self.clone(), slot, generation.clone(), begun))
    }

    async fn read(&self, generation: &Generation) -> Result<RowTx, ProjectionStoreError> {
        let slot = self.slot(generation);
        let begun = Begun {
            epoch: State::NO_OWNER,
            reopened: self.rows().reopened(),
            commits: slot.lock().await.commits,
        };
        Ok(RowTx::new(self.clone(), slot, generation.clone(), begun))
    }

    async fn commit(&self, tx: RowTx) -> Result<(), ProjectionStoreError> {
        let state = tx.lock().await;
        if !tx.is_large() {
            return tx.commit(state);
        }
        let generation = tx.generation().clone();
        match blocking(move || tx.commit(state)).await {
            Ok(committed) => committed,
            Err(error) => Err(Failure::from(error).of(&generation)),
        }
    }

    async fn clear(&self, generation: &Generation, epoch: u64) -> Result<(), ProjectionStoreError> {
        let slot = self.slot(generation);
        let mut state = slot.lock().await;
        let failed = |error| Failure::from(error).of(generation);
        self.epoch(generation, &mut state).map_err(failed)?;
        state.check(generation, epoch, self.rows().reopened())?;
        let (models, cleared) = (self.clone(), generation.clone());
        let removed = blocking(move || {
            slot.note_clear();
            state.commits += 1;
            models.remove_all(&cleared)
        });
        removed.await.flatten().map_err(failed)
    }
}
