//! Pausing, and beginning anew.

use super::catalogue::{self, Catalogue, Paused};
use super::error::RunnerError;
use super::operator::{self, OperatorEvent};
use super::projections::{Projections, Quiet};
use super::store::{ProjectionStore, ProjectionStoreError};

impl<P: ProjectionStore> Projections<P> {
    /// Pauses a projection, also for later runs of this program, until it is resumed. What it has written stays readable.
    ///
    /// It lets the batch that is being handled come to its end, as all do here that change or try again something of a
    /// projection that runs: that takes as long as the handler does for [`batch`](super::ProjectionOptions::batch) events, and
    /// no event longer than [`event_timeout`](super::ProjectionOptions::event_timeout). Without a timeout, a handler that hangs
    /// keeps them all.
    ///
    /// # Errors
    /// See [`RunnerError`].
    pub async fn pause(&self, name: &str, actor: &str) -> Result<(), RunnerError> {
        let paused = Paused {
            actor: actor.into(),
            at: self.site.clock.now(),
        };
        self.decide(name, actor, OperatorEvent::Paused, |catalogue| {
            catalogue.paused.get_or_insert(paused.clone());
        })
        .await
        .map(drop)
    }

    /// Lets a projection go on that was paused, or has stopped by itself.
    ///
    /// # Errors
    /// See [`RunnerError`].
    pub async fn resume(&self, name: &str, actor: &str) -> Result<(), RunnerError> {
        self.decide(name, actor, OperatorEvent::Resumed, |catalogue| {
            catalogue.paused = None;
        })
        .await
        .map(drop)
    }

    /// Removes everything a projection has written and begins anew. There is little to read meanwhile;
    /// [`Projections::rebuild`] keeps what there is until the new build has come as far. It also helps where the row is damaged
    /// that says which generation is read.
    ///
    /// # Errors
    /// [`RunnerError::Acts`] for a process manager or publisher, which has [`Projections::begin_anew`]; else see [`RunnerError`].
    pub async fn reset(&self, name: &str, actor: &str) -> Result<(), RunnerError> {
        let entry = self.entry(name)?;
        entry.rebuildable()?;
        let quiet = self.quiet(entry).await;
        let found = catalogue::read(&*self.site.rows, name).await;
        if let Err(ProjectionStoreError::Damaged { .. }) = found {
            let log = &*self.site.events;
            operator::record(log, &entry.stream, &OperatorEvent::Reset, actor).await?;
            catalogue::give_up(&*self.site.rows, name).await?;
            let opened = self.supervisor(entry).open().await;
            return opened
                .map(drop)
                .map_err(|trouble| RunnerError::of(name, trouble));
        }
        let (code, now) = (entry.code(), self.site.clock.now());
        let reason = format!("reset by {actor}");
        self.decide_still(&quiet, actor, OperatorEvent::Reset, |catalogue| {
            catalogue.reset(code, reason.clone(), now);
        })
        .await
    }

    /// Writes down what somebody has decided, and does it, while nothing drives the projection.
    pub(super) async fn decide(
        &self,
        name: &str,
        actor: &str,
        event: OperatorEvent,
        change: impl FnMut(&mut Catalogue),
    ) -> Result<Quiet<P>, RunnerError> {
        let quiet = self.quiet(self.entry(name)?).await;
        self.decide_still(&quiet, actor, event, change).await?;
        Ok(quiet)
    }

    /// As [`Projections::decide`], of a projection that is held still already.
    async fn decide_still(
        &self,
        quiet: &Quiet<P>,
        actor: &str,
        event: OperatorEvent,
        mut change: impl FnMut(&mut Catalogue),
    ) -> Result<(), RunnerError> {
        let entry = quiet.entry();
        let name = &*entry.name;
        let opened = self.supervisor(entry).open().await;
        opened.map_err(|trouble| RunnerError::of(name, trouble))?;
        operator::record(&*self.site.events, &entry.stream, &event, actor).await?;
        let rows = &*self.site.rows;
        let after = catalogue::change(rows, name, |now| {
            let mut now = now?;
            change(&mut now);
            Some(now)
        })
        .await?;
        if let Some(after) = after {
            entry.show(&after);
            catalogue::sweep(rows, name, &after).await?;
        }
        Ok(())
    }
}
