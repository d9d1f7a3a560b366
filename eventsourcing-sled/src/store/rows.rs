//! What snapshots, checkpoints and leases have in common: rows that are changed one at a time.

use std::sync::{MutexGuard, PoisonError};

use eventsourcing::ReadError;

use super::shared::Shared;
use crate::index::Engine;

/// Longest name of a checkpoint or lease, so that its row stays small.
const MAX_NAME: usize = 1000;

impl Shared {
    /// Makes the caller the only one who changes rows.
    pub(super) fn lock_rows(&self) -> MutexGuard<'_, ()> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn engine(&self) -> &Engine {
        self.index.engine()
    }
}

/// Refuses a name that no row can have.
pub(super) fn check_name(name: &str) -> Result<(), ReadError> {
    if name.len() > MAX_NAME {
        let reason = format!(
            "the name is {} bytes long; the limit is {MAX_NAME}",
            name.len()
        );
        return Err(ReadError::InvalidInput { reason });
    }
    Ok(())
}
