//! Building a projection anew beside the one that is read, taking it into use, and going back.

use tokio::sync::watch;

use super::catalogue::Catalogue;
use super::entry::Entry;
use super::error::RunnerError;
use super::operator::{self, OperatorEvent};
use super::projections::Projections;
use super::store::ProjectionStore;

impl<P: ProjectionStore> Projections<P> {
    /// Builds a projection anew beside the one that is read, which takes its place once it has come as far; see
    /// [`CutOver`](super::CutOver).
    ///
    /// # Errors
    /// [`RunnerError::Rebuilding`] if it is being built anew already; else see [`RunnerError`].
    pub async fn rebuild(&self, name: &str, actor: &str) -> Result<(), RunnerError> {
        let entry = self.entry(name)?;
        entry.rebuildable()?;
        if let Some(generation) = self.opened(entry).await?.building {
            let name = name.into();
            return Err(RunnerError::Rebuilding { name, generation });
        }
        let (code, now) = (entry.code(), self.site.clock.now());
        let reason = format!("rebuild by {actor}");
        self.decide(name, actor, OperatorEvent::RebuildStarted, |catalogue| {
            if catalogue.building.is_none() {
                catalogue.build(code, reason.clone(), now);
                catalogue.held = false;
            }
        })
        .await
        .map(drop)
    }

    /// Takes the generation that is being built into use, whatever is parked there, after bringing it to the end of the log.
    /// The one before is kept.
    ///
    /// # Errors
    /// [`RunnerError::NothingBuilt`]; [`RunnerError::Stopped`] if it cannot come to the end of the log.
    pub async fn cut_over(&self, name: &str, actor: &str) -> Result<(), RunnerError> {
        let entry = self.entry(name)?;
        let _quiet = self.quiet(entry).await;
        let supervisor = self.supervisor(entry);
        let of = |trouble| RunnerError::of(name, trouble);
        let catalogue = supervisor.open().await.map_err(of)?;
        if catalogue.building.is_none() {
            return Err(RunnerError::NothingBuilt { name: name.into() });
        }
        let event = OperatorEvent::CutOver;
        operator::record(&*self.site.events, &entry.stream, &event, actor).await?;
        let (_keep, halt) = watch::channel(false);
        supervisor.cut_over(&catalogue, &halt).await.map_err(of)
    }

    /// Reads from the former generation again. It was kept up to date if its code is here; otherwise it is as it was. It stays
    /// in use until somebody says [`Projections::cut_over`] or [`Projections::rebuild`].
    ///
    /// # Errors
    /// [`RunnerError::NoFormer`]; else see [`RunnerError`].
    pub async fn roll_back(&self, name: &str, actor: &str) -> Result<(), RunnerError> {
        let entry = self.entry(name)?;
        if self.opened(entry).await?.former.is_none() {
            return Err(RunnerError::NoFormer { name: name.into() });
        }
        self.decide(name, actor, OperatorEvent::RolledBack, |catalogue| {
            catalogue.roll_back();
        })
        .await
        .map(drop)
    }

    /// Gives the former generation up, with its rows.
    ///
    /// # Errors
    /// [`RunnerError::NoFormer`]; else see [`RunnerError`].
    pub async fn drop_former(&self, name: &str, actor: &str) -> Result<(), RunnerError> {
        let entry = self.entry(name)?;
        let Some(former) = self.opened(entry).await?.former else {
            return Err(RunnerError::NoFormer { name: name.into() });
        };
        self.decide(name, actor, OperatorEvent::FormerDropped, |catalogue| {
            catalogue.discard(former);
        })
        .await
        .map(drop)
    }

    async fn opened(&self, entry: &Entry<P::Tx>) -> Result<Catalogue, RunnerError> {
        let catalogue = super::catalogue::read(&*self.site.rows, &entry.name).await?;
        catalogue.ok_or_else(|| RunnerError::NeverRun {
            name: entry.name.to_string(),
        })
    }
}
