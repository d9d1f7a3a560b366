//! The store's read models: opened when they are asked for, closed with the store.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use eventsourcing::ReadModels;

use super::SledStore;
use crate::error::OpenError;
use crate::read_model::SledRows;

/// Name of their directory.
const DIR: &str = "models";

/// Read models beside a store's log.
#[derive(Debug)]
pub(super) struct Models {
    path: PathBuf,
    cache_capacity: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    NotOpened,
    Open {
        models: ReadModels,
        rows: Arc<SledRows>,
    },
    Closed,
}

impl Models {
    pub(super) fn new(store: &Path, cache_capacity: u64) -> Self {
        Self {
            path: store.join(DIR),
            cache_capacity,
            state: Mutex::new(State::NotOpened),
        }
    }

    fn get(&self) -> Result<ReadModels, OpenError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Open { models, .. } => Ok(models.clone()),
            State::Closed => Err(OpenError::Closed {
                path: self.path.clone(),
            }),
            State::NotOpened => {
                let rows = Arc::new(SledRows::open_with(&self.path, self.cache_capacity)?);
                let models = ReadModels::new(rows.clone());
                *state = State::Open {
                    models: models.clone(),
                    rows,
                };
                Ok(models)
            }
        }
    }

    /// Why they were begun anew, if they are open and were.
    pub(super) fn begun_anew(&self) -> Option<String> {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Open { rows, .. } => rows.begun_anew(),
            State::NotOpened | State::Closed => None,
        }
    }

    pub(super) fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Open { rows, .. } = std::mem::replace(&mut *state, State::Closed) {
            rows.close();
        }
    }
}

impl SledStore {
    /// The read models of this store's projections, in a directory of their own beside the log. They are opened when
    /// they are first asked for, shared by all handles, and closed with the store.
    ///
    /// They can be made anew from the events, so they are in no backup, and their writing waits for no disk. See
    /// [`SledRows`] for what that means.
    ///
    /// # Errors
    /// See [`OpenError`]; a retry helps where it says so.
    pub fn read_models(&self) -> Result<ReadModels, OpenError> {
        self.handle.models().get()
    }
}
