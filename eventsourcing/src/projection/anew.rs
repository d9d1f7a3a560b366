//! Beginning anew at another place of the log.

use super::catalogue;
use super::error::RunnerError;
use super::operator::{self, BegunAnew, OperatorEvent};
use super::options::Begin;
use super::projections::Projections;
use super::stop::StopReason;
use super::store::ProjectionStore;
use super::trouble::Trouble;
use crate::version::Position;

impl<P: ProjectionStore> Projections<P> {
    /// Gives up what is noted of a process manager or publisher - how far it is, what is parked - and lets it go on behind a
    /// position. What lies before counts as handled, parked events too: it is not done again. The decision is recorded, so
    /// it holds even if the rows are lost. If it is paused it stays so. Commands of a process manager that were decided
    /// on before that position and could not be executed yet are among what is not done: [`Projections::retry`] first, or begin before.
    ///
    /// It is for what can neither be reset nor rebuilt: its log was restored from a backup, its rows are damaged (also those that say which
    /// generation is read), or it has another filter and is to do the past as well. Where to begin:
    ///
    /// - A publisher has sent what lies before where it was, so [`Begin::After`] the smaller of two positions sends what came since: that at which
    ///   the restored log ended, and the one of `status.serving`, up to which all of its partitions had come. [`Begin::Beginning`] sends
    ///   everything once more.
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
        // Held still first: what it does until then lies before the end of the log.
        let _quiet = self.quiet(entry).await;
        let supervisor = self.supervisor(entry);
        let of = |trouble| RunnerError::of(name, trouble);
        let is_damaged = match supervisor.open().await {
            Ok(_) => false,
            Err(Trouble::Stop(StopReason::Damaged(_))) => true,
            Err(trouble) => return Err(of(trouble)),
        };
        let log = &*self.site.events;
        let head = log.head().await?;
        let after = match begin {
            Begin::Beginning => Position::START,
            Begin::Now => head,
            Begin::After(position) => position,
        };
        if after > head {
            let name = name.into();
            return Err(RunnerError::BeyondLog { name, after, head });
        }
        let event = OperatorEvent::BegunAnew(BegunAnew { after });
        operator::record(log, &entry.stream, &event, actor).await?;
        if is_damaged {
            catalogue::give_up(&*self.site.rows, name).await?;
        }
        // As after a crash: it does what the log says last.
        supervisor.open().await.map_err(of)?;
        Ok(())
    }
}
