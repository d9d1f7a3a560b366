//! [`ProjectionRunner`]: brings together a log, the rows and the projections between them.

use std::fmt;
use std::sync::Arc;

use tokio::runtime;

use super::board::Board;
use super::define::Projection;
use super::driver::Site;
use super::entry::Entry;
use super::error::RunnerError;
use super::handler::{Fold, Handler};
use super::operator;
use super::options::ProjectionOptions;
use super::projections::Projections;
use super::store::ProjectionStore;
use crate::store::EventStore;
use crate::time::{Clock, SystemClock};

/// Brings together a log, a store of rows, and the projections between them.
pub struct ProjectionRunner<P: ProjectionStore> {
    events: Arc<dyn EventStore>,
    rows: Arc<P>,
    clock: Arc<dyn Clock>,
    added: Vec<Added<P::Tx>>,
}

struct Added<T> {
    handlers: Vec<Arc<dyn Handler<T>>>,
    options: ProjectionOptions,
}

impl<P: ProjectionStore> ProjectionRunner<P> {
    /// A runner without projections, on the system's clock.
    pub fn new(events: impl EventStore, rows: P) -> Self {
        Self {
            events: Arc::new(events),
            rows: Arc::new(rows),
            clock: Arc::new(SystemClock),
            added: Vec::new(),
        }
    }

    /// Waits and takes the time on this clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a projection.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "nobody takes it for a sum")]
    pub fn add<J: Projection<Tx = P::Tx>>(self, projection: J) -> Self {
        self.add_with(projection, ProjectionOptions::default())
    }

    /// Adds a projection with options of its own.
    #[must_use]
    pub fn add_with<J: Projection<Tx = P::Tx>>(
        self,
        projection: J,
        options: ProjectionOptions,
    ) -> Self {
        self.add_handler(Arc::new(Fold(projection)), options)
    }

    /// Keeps the code of a former version, so that after a cut-over the generation of before is kept fed and can be gone
    /// back to. It comes after the projection of the same name.
    #[must_use]
    pub fn keep_former<J: Projection<Tx = P::Tx>>(mut self, former: J) -> Self {
        let mut added = self.added.iter_mut();
        match added.find(|added| added.handlers[0].name() == J::NAME) {
            Some(added) => added.handlers.push(Arc::new(Fold(former))),
            None => self = self.add(former),
        }
        self
    }

    /// The log that is read.
    pub(crate) fn events(&self) -> &Arc<dyn EventStore> {
        &self.events
    }

    pub(crate) fn add_handler(
        mut self,
        handler: Arc<dyn Handler<P::Tx>>,
        options: ProjectionOptions,
    ) -> Self {
        self.added.push(Added {
            handlers: vec![handler],
            options,
        });
        self
    }

    /// Everything can be seen and done from here, and nothing runs: for programs that act once and end.
    ///
    /// # Errors
    /// [`RunnerError::DuplicateName`], [`RunnerError::InvalidName`].
    pub fn idle(self) -> Result<Projections<P>, RunnerError> {
        let mut entries: Vec<Arc<Entry<P::Tx>>> = Vec::new();
        for Added { handlers, options } in self.added {
            let name = handlers[0].name();
            if entries.iter().any(|entry| *entry.name == *name) {
                return Err(RunnerError::DuplicateName { name: name.into() });
            }
            let stream = operator::stream(name).map_err(|source| RunnerError::InvalidName {
                name: name.into(),
                source,
            })?;
            entries.push(Arc::new(Entry {
                name: name.into(),
                stream,
                handlers,
                options: Arc::new(options),
                board: Arc::new(Board::new()),
                control: Arc::default(),
            }));
        }
        let site = Site {
            events: self.events,
            rows: self.rows,
            clock: self.clock,
        };
        Ok(Projections::new(Arc::new(site), entries))
    }

    /// Runs all projections as tasks of this runtime, but those that are paused.
    ///
    /// One that stops is told to nobody, but written to `tracing` as an error: look at [`Projections::list`] regularly, for
    /// [`ProjectionState::Stopped`](super::ProjectionState::Stopped), `stale` and `failing_timers`.
    ///
    /// # Errors
    /// As [`ProjectionRunner::idle`]; [`RunnerError::NoRuntime`] outside of a tokio runtime.
    pub fn start(self) -> Result<Projections<P>, RunnerError> {
        let runtime = runtime::Handle::try_current().map_err(|_| RunnerError::NoRuntime)?;
        let projections = self.idle()?;
        projections.start_all(&runtime);
        Ok(projections)
    }
}

impl<P: ProjectionStore> fmt::Debug for ProjectionRunner<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.added.iter().map(|added| added.handlers[0].name());
        f.debug_list().entries(names).finish()
    }
}
