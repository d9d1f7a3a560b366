//! [`Entry`]: a projection as a runner knows it.

use std::sync::Arc;

use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use super::board::Board;
use super::catalogue::Code;
use super::error::RunnerError;
use super::fingerprint::Fingerprint;
use super::handler::Handler;
use super::options::ProjectionOptions;
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

    fn partitions(&self) -> u32 {
        self.options.partitions.max(1)
    }
}
