//! [`Entry`]: a projection as a runner knows it.

use std::sync::Arc;

use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use super::board::{Board, Stale};
use super::catalogue::{Build, Catalogue, Code};
use super::error::RunnerError;
use super::fingerprint::Fingerprint;
use super::handler::Handler;
use super::options::{CutOver, ProjectionOptions};
use super::store::ProjectionTx;
use crate::stream_id::StreamId;

/// A projection: its code, and what goes on with it here.
pub(super) struct Entry<T> {
    pub(super) name: Arc<str>,
    pub(super) stream: StreamId,
    /// Today's code first, then that of former versions whose generations are kept fed.
    pub(super) handlers: Vec<Arc<dyn Handler<T>>>,
    pub(super) options: Arc<ProjectionOptions>,
    pub(super) board: Arc<Board>,
    /// Held by whoever changes something about it.
    pub(super) control: Arc<Mutex<Control>>,
}

/// Whether it runs.
#[derive(Default)]
pub(super) struct Control {
    /// The runtime it is to run on, once it has been started.
    pub(super) started: Option<tokio::runtime::Handle>,
    pub(super) task: Option<Task>,
}

/// What runs; aborted when dropped.
pub(super) struct Task {
    pub(super) halt: watch::Sender<bool>,
    pub(super) join: JoinHandle<()>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.join.abort();
    }
}

impl<T: ProjectionTx> Entry<T> {
    pub(super) fn code(&self) -> Code {
        Code {
            fingerprint: self.handlers[0].fingerprint(self.partitions()),
            partitions: self.partitions(),
        }
    }

    /// Whether what it does makes the log grow.
    pub(super) fn grows_log(&self) -> bool {
        self.handlers[0].grows_log()
    }

    /// Refuses what would repeat effects outside of the rows.
    pub(super) fn rebuildable(&self) -> Result<(), RunnerError> {
        if self.handlers[0].is_rebuildable() {
            return Ok(());
        }
        let name = self.name.to_string();
        Err(RunnerError::Acts { name })
    }

    /// The code that a generation was built by, if it is here.
    pub(super) fn handler(&self, fingerprint: Fingerprint) -> Option<&Arc<dyn Handler<T>>> {
        let mut handlers = self.handlers.iter();
        handlers.find(|handler| handler.fingerprint(self.partitions()) == fingerprint)
    }

    /// Why a generation does not go on: it does not belong to the log, or its code is not here.
    pub(super) fn stale(&self, build: &Build) -> Option<String> {
        if build.unfit.is_some() {
            return build.unfit.clone();
        }
        let fingerprint = build.fingerprint;
        let other = || format!("it was built by {fingerprint}, which is not the code here");
        self.handler(fingerprint).is_none().then(other)
    }

    /// Whether what is built anew is read only once somebody says so.
    pub(super) fn cuts_over_by_hand(&self, catalogue: &Catalogue) -> bool {
        catalogue.held || self.options.cut_over == CutOver::ByHand
    }

    /// Shows the generations to whoever waits.
    pub(super) fn show(&self, catalogue: &Catalogue) {
        let serving = catalogue.generations.get(&catalogue.serving);
        let why = serving.and_then(|build| self.stale(build));
        let stale = why.map(|why| Stale {
            why,
            building: catalogue.building,
            by_hand: self.cuts_over_by_hand(catalogue),
        });
        self.board.catalogue(catalogue, stale);
    }

    fn partitions(&self) -> u32 {
        self.options.partitions.max(1)
    }
}
