//! [`FailingTimer`]: a timer that a process manager could not react to.

use serde::{Deserialize, Serialize};

use super::catalogue::{self, Build};
use super::entry::Entry;
use super::error::RunnerError;
use super::handler::HandlerError;
use super::projections::Projections;
use super::store::{Generation, ProjectionStore, ProjectionTx};
use crate::time::Timestamp;

/// A timer that an instance of a process manager could not react to, or whose commands were not executed. It stays, and is tried again with
/// growing delays, up to an hour; [`Projections::retry`](super::Projections::retry) does so at once. All others go on.
///
/// To be rid of one, let [`ProcessManager::on_timer`](crate::ProcessManager::on_timer) answer it with
/// [`Reaction::none`](crate::Reaction::none).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailingTimer {
    /// The instance, which is the key to retry.
    pub instance: String,
    /// Its name.
    pub timer: String,
    /// When it was set to be due.
    pub due: Timestamp,
    /// What was said last; cut after 1,000 bytes.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it failed last.
    pub last_at: Timestamp,
    /// When it is tried again.
    pub retry_at: Timestamp,
}

impl<P: ProjectionStore> Projections<P> {
    /// Timers of a generation that fail, of a key or of all, the first so many.
    pub(super) async fn failing_timers(
        &self,
        entry: &Entry<P::Tx>,
        build: &Build,
        generation: &Generation,
        key: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FailingTimer>, RunnerError> {
        let Some(handler) = entry.handler(build.fingerprint) else {
            return Ok(Vec::new());
        };
        let mut tx = self.site.rows.read(generation).await?;
        let failing = handler.failing(key, limit, &mut tx).await;
        if let Some(refused) = tx.failure() {
            return Err(refused.into());
        }
        failing.map_err(|error| match error {
            HandlerError::Failed(why) | HandlerError::Unavailable(why) => {
                let name = entry.name.to_string();
                RunnerError::Unavailable { name, why }
            }
        })
    }

    /// Whether a timer of this key fails, or any.
    pub(super) async fn is_failing(
        &self,
        entry: &Entry<P::Tx>,
        key: Option<&str>,
    ) -> Result<bool, RunnerError> {
        let catalogue = catalogue::read(&*self.site.rows, &entry.name).await?;
        let Some((number, build)) = catalogue.as_ref().and_then(|catalogue| {
            let serving = catalogue.serving;
            Some((serving, catalogue.generations.get(&serving)?))
        }) else {
            return Ok(false);
        };
        let generation = Generation::new(entry.name.clone(), number);
        let first = self.failing_timers(entry, build, &generation, key, 1);
        Ok(!first.await?.is_empty())
    }
}
