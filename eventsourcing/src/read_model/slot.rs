//! [`Slot`]: what is known about one generation while the program runs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::table::Types;
use crate::projection::{Generation, ProjectionStoreError};

/// One generation, as all transactions and readers share it.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Waited for without holding up a thread: what is done meanwhile may take long.
    state: Arc<AsyncMutex<State>>,
    clears: AtomicU64,
    tables: Mutex<HashMap<&'static str, Table>>,
}

/// How a table is used.
#[derive(Debug)]
struct Table {
    types: Types,
    /// The row that says how it is stored, once that has been found to fit.
    verified: Option<Bytes>,
}

/// Held while the generation is changed.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The highest epoch, once it has been looked up.
    pub(super) epoch: Option<u64>,
    /// How often the engine had been opened anew when that epoch was given out.
    pub(super) reopened: u64,
    /// Commits since the program has started.
    pub(super) commits: u64,
}

impl State {
    /// The epoch before anybody has claimed a generation.
    pub(super) const NO_OWNER: u64 = 0;

    /// Refuses whoever does not own the generation, or does not know that commits may be lost.
    pub(super) fn check(
        &self,
        generation: &Generation,
        epoch: u64,
        reopened: u64,
    ) -> Result<(), ProjectionStoreError> {
        let actual = self.epoch.unwrap_or(Self::NO_OWNER);
        let generation = generation.clone();
        if epoch != actual || epoch == Self::NO_OWNER {
            return Err(ProjectionStoreError::Fenced {
                generation,
                epoch,
                actual,
            });
        }
        if self.reopened != reopened {
            return Err(ProjectionStoreError::Reopened { generation });
        }
        Ok(())
    }
}

impl Slot {
    /// The state is changed last, and by assignments only: whatever becomes of the holder, it is true.
    pub(super) async fn lock(&self) -> OwnedMutexGuard<State> {
        self.state.clone().lock_owned().await
    }

    /// How often its rows were removed.
    pub(super) fn clears(&self) -> u64 {
        self.clears.load(Ordering::SeqCst)
    }

    /// Tells readers that its rows are about to be removed.
    pub(super) fn note_clear(&self) {
        self.clears.fetch_add(1, Ordering::SeqCst);
        self.tables().clear();
    }

    /// Notes the types that a table is used with, and returns those it was used with first.
    pub(super) fn note_types(&self, table: &'static str, types: Types) -> Types {
        let verified = None;
        let mut tables = self.tables();
        let known = tables.entry(table).or_insert(Table { types, verified });
        known.types
    }

    /// Whether this row is known to say that the table is stored as it is used.
    pub(super) fn is_verified(&self, table: &'static str, row: &Bytes) -> bool {
        let tables = self.tables();
        tables.get(table).and_then(|table| table.verified.as_ref()) == Some(row)
    }

    pub(super) fn note_verified(&self, table: &'static str, row: Bytes) {
        if let Some(table) = self.tables().get_mut(table) {
            table.verified = Some(row);
        }
    }

    fn tables(&self) -> MutexGuard<'_, HashMap<&'static str, Table>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
