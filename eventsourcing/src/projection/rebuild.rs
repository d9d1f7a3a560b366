//! Building a projection anew beside the one that is read, taking it into use, and going back.

use std::sync::Arc;

use tokio::sync::watch;

use super::catalogue::{self, Catalogue};
use super::entry::Entry;
use super::error::RunnerError;
use super::operator::{self, OperatorEvent};
use super::projections::Projections;
use super::store::ProjectionStore;

impl<P: ProjectionStore> Projections<P> {
    /// Begins to build a projection anew beside the one that is read, whose place it takes once it has come as far; see
    /// [`CutOver`](super::CutOver). If the projection runs here, this goes on by itself; otherwise the next
    /// [`catch_up`](Projections::catch_up) does it.
    ///
    /// # Errors
    /// [`RunnerError::Rebuilding`] if it is being built anew already; [`RunnerError::Acts`] for a process manager or publisher, which
    /// has [`Projections::begin_anew`]; else see [`RunnerError`].
    pub async fn rebuild(&self, name: &str, actor: &str) -> Result<(), RunnerError> {
        let entry = self.entry(name)?;
        entry.rebuildable()?;
        if let Some(generation) = self.known(entry).await?.building {
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
    /// The one before is kept. After [`Projections::roll_back`] it goes forward again.
    ///
    /// # Errors
    /// [`RunnerError::NothingBuilt`]; [`RunnerError::Stopped`] if it cannot come to the end of the log.
    pub async fn cut_over(&self, name: &str, actor: &str) -> Result<(), RunnerError> {
        let entry = self.entry(name)?;
        let _quiet = self.quiet(entry).await;
        let supervisor = self.supervisor(entry);
        let of = |trouble| RunnerError::of(name, trouble);
        let mut catalogue = supervisor.open().await.map_err(of)?;
        catalogue.go_forward();
        if catalogue.building.is_none() {
            return Err(RunnerError::NothingBuilt { name: name.into() });
        }
        let event = OperatorEvent::CutOver;
        operator::record(&*self.site.events, &entry.stream, &event, actor).await?;
        catalogue::change(&*self.site.rows, name, |now| {
            let mut now = now?;
            now.go_forward();
            Some(now)
        })
        .await?;
        let (_keep, halt) = watch::channel(false);
        supervisor.cut_over(&catalogue, &halt).await.map_err(of)
    }

    /// Reads from the former generation again. It was kept up to date if its code is here, see
    /// [`keep_former`](super::ProjectionRunner::keep_former); otherwise it is as it was. It stays in use until somebody
    /// says [`cut_over`](Projections::cut_over), which goes forward again, or something else is built and cut over to.
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

    async fn known(&self, entry: &Entry<P::Tx>) -> Result<Catalogue, RunnerError> {
        let catalogue = catalogue::read(&*self.site.rows, &entry.name).await?;
        catalogue.ok_or_else(|| RunnerError::NeverRun {
            name: entry.name.to_string(),
        })
    }

    /// The generations, with one for today's code among them.
    async fn opened(&self, entry: &Arc<Entry<P::Tx>>) -> Result<Catalogue, RunnerError> {
        self.known(entry).await?;
        let _quiet = self.quiet(entry).await;
        let opened = self.supervisor(entry).open().await;
        opened.map_err(|trouble| RunnerError::of(&entry.name, trouble))
    }
}
