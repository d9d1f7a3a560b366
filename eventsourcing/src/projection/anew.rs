//! Beginning anew at another place of the log.

use super::decided::Anew;
use super::error::RunnerError;
use super::operator::{BegunAnew, OperatorEvent};
use super::options::Begin;
use super::projections::Projections;
use super::store::ProjectionStore;
use crate::store::EventStore;
use crate::version::Position;

impl<P: ProjectionStore> Projections<P> {
    /// Gives up what is noted of a process manager or publisher - how far it is, what is parked - and lets it go on behind a
    /// position. What lies before counts as handled, parked events too: it is not done again. The decision is recorded, so
    /// it holds even if the rows are lost. If it is paused it stays so. Commands of a process manager that were decided
    /// on before that position and could not be executed yet are among what is not done: [`Projections::retry`] first, or begin before.
    ///
    /// It is for what can neither be reset nor rebuilt: its log was restored from a backup, its rows are damaged, or it has another filter
    /// and is to do the past as well. Where to begin:
    ///
    /// - A publisher has sent what lies before, so [`Begin::After`] the position at which the restored log ended sends what came since;
    ///   [`Begin::Beginning`] sends everything once more.
    /// - A process manager knows from the log what it has decided, and decides nothing twice. What it was asked for by an event behind the
    ///   position is done unless it has been: commands have idempotency keys. So [`Begin::Beginning`] repeats nothing that is in the log, and makes
    ///   up for what the backup has lost; it repeats what its commands do elsewhere, if that takes no notice of
    ///   their keys. Instances and their timers are as the log says, wherever it begins.
    ///
    /// Of an ordinary projection all rows are given up, and made of what lies behind the position alone; [`Projections::rebuild`] and
    /// [`Projections::reset`] make the same again.
    ///
    /// # Errors
    /// [`RunnerError::BeyondLog`] if the log does not reach so far; else see [`RunnerError`].
    pub async fn begin_anew(
        &self,
        name: &str,
        begin: Begin,
        actor: &str,
    ) -> Result<(), RunnerError> {
        let entry = self.entry(name)?;
        let head = self.site.events.head().await?;
        let after = match begin {
            Begin::Beginning => Position::START,
            Begin::Now => head,
            Begin::After(position) => position,
        };
        if after > head {
            let name = name.into();
            return Err(RunnerError::BeyondLog { name, after, head });
        }
        let (code, now) = (entry.code(), self.site.clock.now());
        let event = OperatorEvent::BegunAnew(BegunAnew { after });
        self.decide_at(name, actor, event, |catalogue, decided| {
            let anew = Anew {
                after,
                decided,
                by: actor.into(),
            };
            catalogue.begin_anew(&anew, code, now);
        })
        .await
        .map(drop)
    }
}
