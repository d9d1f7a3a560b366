//! Waiting until a projection has what was written: reading one's own writes.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{self, Either};

use super::board::{Activity, Crew, Stale};
use super::books::Books;
use super::catalogue::{self, Catalogue};
use super::entry::Entry;
use super::error::{RunnerError, WaitError};
use super::handler::key_of;
use super::projections::Projections;
use super::rows;
use super::stop::StopReason;
use super::store::{Generation, ProjectionStore, ProjectionTx};
use crate::store::{Filter, Receipt, StreamRange};
use crate::version::Position;

/// What has become of a commit in a projection that was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waited {
    /// Its events are in the rows. Of a process manager: it has decided, and its commands were executed or refused.
    Applied,
    /// None of its events is the projection's business, or all were left out on purpose, or lie before where the projection
    /// [began](super::Begin), at first or anew; also if there was no commit.
    Filtered,
    /// At least one of its events is parked: it failed, or waits behind one that did. It may still be tried again by itself,
    /// see [`ParkedFailure::retry_at`](super::ParkedFailure).
    Parked,
}

/// What is read, as the rows say.
type Read = (Catalogue, Generation);

/// How often the rows are looked at where another program writes them.
const LOOK: Duration = Duration::from_millis(250);

impl Stale {
    fn error(self, name: String, position: Position) -> WaitError {
        WaitError::Stale {
            name,
            position,
            why: self.why,
            building: self.building,
        }
    }
}

impl<P: ProjectionStore> Projections<P> {
    /// Waits until a projection has seen a commit, so that reading shows it, for at most `timeout`. It takes `&outcome.receipt`
    /// of a command as it is: one that recorded nothing has nothing to wait for.
    ///
    /// It waits for the generation that is read. It never hangs: a projection that is paused, has stopped, does not run here or
    /// waits for somebody to cut over is an error at once, unless it has come so far.
    ///
    /// Of the receipt only the positions are looked at. Once the log was restored from an older backup, another commit may stand
    /// there, and what is said is about that one: give up receipts from before.
    ///
    /// # Errors
    /// [`WaitError`] says why it was not waited for to the end, and how far the projection is; of one that runs here, once the log was
    /// closed, it is [`WaitError::Stopped`] for [`StopReason::Closed`].
    pub async fn wait_for<'a>(
        &self,
        name: &str,
        receipt: impl Into<Option<&'a Receipt>>,
        timeout: Duration,
    ) -> Result<Waited, WaitError> {
        let entry = self.entry(name)?;
        match receipt.into() {
            Some(receipt) => self.wait(entry, receipt, timeout).await,
            None => Ok(Waited::Filtered),
        }
    }

    async fn wait(
        &self,
        entry: &Entry<P::Tx>,
        receipt: &Receipt,
        timeout: Duration,
    ) -> Result<Waited, WaitError> {
        let name = &*entry.name;
        let deadline = self.site.clock.now() + timeout;
        let mut time = self.site.clock.sleep_until(deadline);
        let mut board = entry.board.subscribe();
        loop {
            let shown = board.borrow_and_update().clone();
            let serving = shown
                .serving
                .and_then(|number| shown.generations.get(&number));
            let mut position = serving.and_then(Crew::position);
            let mut elsewhere = false;
            if position.is_some_and(|position| position >= receipt.last) {
                if let Some(read) = self.read(entry, shown.serving).await? {
                    return Ok(self.became(entry, receipt, &read).await?);
                }
                // Another program has begun anew: what is shown here is of what was read before.
                (position, elsewhere) = (None, true);
                if let Ok(waited) = self.in_rows(entry, receipt).await? {
                    return Ok(waited);
                }
            }
            // What is not continued is built anew, and that is worth waiting for, unless it acts on others.
            let stopped = serving.and_then(|crew| crew.stopped.clone());
            let stays = entry.rebuildable().is_err();
            let stopped = stopped.filter(|reason| stays || !reason.is_unfit());
            if let Some(reason @ StopReason::OtherHistory { position, .. }) = &stopped {
                // Its rows say nothing about this log.
                return Err(WaitError::Stopped {
                    name: name.into(),
                    reason: reason.clone(),
                    position: *position,
                });
            }
            let error: Option<Box<dyn FnOnce(String, Position) -> WaitError + Send>> =
                match (shown.activity, stopped) {
                    (Activity::Running | Activity::Waiting(_), None) => {
                        let stale = shown.stale.clone().filter(|stale| stale.by_hand);
                        stale.map(|stale| Box::new(move |name, at| stale.error(name, at)) as _)
                    }
                    (Activity::Running | Activity::Waiting(_), Some(reason))
                    | (Activity::Stopped(reason), _) => {
                        Some(Box::new(move |name, position| WaitError::Stopped {
                            name,
                            reason,
                            position,
                        }))
                    }
                    (Activity::Paused(paused), _) => {
                        Some(Box::new(move |name, position| WaitError::Paused {
                            name,
                            actor: paused.actor,
                            position,
                        }))
                    }
                    (Activity::Idle, _) => Some(Box::new(|name, position| WaitError::NotRunning {
                        name,
                        position,
                    })),
                };
            if let Some(error) = error {
                // Nothing will come, but it may be there already.
                return match (self.in_rows(entry, receipt).await, position) {
                    // A log that was closed does not say.
                    (Err(_), Some(position)) if self.site.is_closed() => {
                        Err(error(name.into(), position))
                    }
                    (in_rows, _) => match in_rows? {
                        Ok(waited) => Ok(waited),
                        Err(position) => Err(error(name.into(), position)),
                    },
                };
            }
            let changed = async {
                let changed = board.changed();
                if elsewhere {
                    // What goes on in another program is not shown here.
                    future::select(pin!(changed), self.site.clock.sleep(LOOK)).await;
                } else {
                    let _ = changed.await;
                }
            };
            if let Either::Right(_) = future::select(pin!(changed), &mut time).await {
                let position = match position {
                    Some(position) => position,
                    None => match self.in_rows(entry, receipt).await? {
                        Ok(waited) => return Ok(waited),
                        Err(position) => position,
                    },
                };
                return Err(match shown.stale {
                    Some(stale) => stale.error(name.into(), position),
                    None => WaitError::TimedOut {
                        name: name.into(),
                        position,
                        wanted: receipt.last,
                    },
                });
            }
        }
    }

    /// What has become of it as the rows say, or how far the generation that is read has come.
    async fn in_rows(
        &self,
        entry: &Entry<P::Tx>,
        receipt: &Receipt,
    ) -> Result<Result<Waited, Position>, RunnerError> {
        let Some(read) = self.serving(entry).await? else {
            return Ok(Err(Position::START));
        };
        let (catalogue, generation) = &read;
        let build = catalogue.generations.get(&generation.number);
        let Some(build) = build.filter(|build| build.unfit.is_none()) else {
            return Ok(Err(Position::START));
        };
        let books = Books::open(&*self.site.rows, generation, build).await?;
        for progress in books.partitions.iter().flatten() {
            let fits = progress.fits(&*self.site.events).await;
            if let Err(trouble) = fits {
                return Err(RunnerError::of(&entry.name, trouble));
            }
        }
        let position = books.position(catalogue.base);
        if position < receipt.last {
            return Ok(Err(position));
        }
        self.became(entry, receipt, &read).await.map(Ok)
    }

    /// The generation that is read, if it is this one.
    async fn read(
        &self,
        entry: &Entry<P::Tx>,
        number: Option<u32>,
    ) -> Result<Option<Read>, RunnerError> {
        let read = self.serving(entry).await?;
        Ok(read.filter(|(_, generation)| Some(generation.number) == number))
    }

    async fn serving(&self, entry: &Entry<P::Tx>) -> Result<Option<Read>, RunnerError> {
        let catalogue = catalogue::read(&*self.site.rows, &entry.name).await?;
        Ok(catalogue.map(|catalogue| {
            let generation = Generation::new(entry.name.clone(), catalogue.serving);
            (catalogue, generation)
        }))
    }

    /// What has become of a commit that this generation has come past.
    async fn became(
        &self,
        entry: &Entry<P::Tx>,
        receipt: &Receipt,
        (catalogue, generation): &Read,
    ) -> Result<Waited, RunnerError> {
        let fingerprint = catalogue
            .generations
            .get(&generation.number)
            .map(|build| build.fingerprint);
        let handler = fingerprint.and_then(|fingerprint| entry.handler(fingerprint));
        let handler = handler.unwrap_or(&entry.handlers[0]);
        // Only the commit's own: behind it there may be much.
        let filter = Filter::all()
            .positions(receipt.first..=receipt.last)
            .any_of([handler.filter()]);
        let log = &*self.site.events;
        let mut tx = self.site.rows.read(generation).await?;
        let mut outcome = Waited::Filtered;
        let mut after = Position::new(receipt.first.get().saturating_sub(1)).max(catalogue.base);
        while after < receipt.last {
            let page = log
                .read_all(after, &filter, StreamRange::DEFAULT_LIMIT)
                .await?;
            for event in &page.events {
                let today = key_of(&**handler, event);
                let waits = rows::waits_under(&mut tx, generation, event.position, today).await?;
                if waits.is_some() {
                    return Ok(Waited::Parked);
                }
                // As the books have it: who waits does not read the projection's stream, which grows with every skip.
                if tx.get(&rows::skipped(event.position)).await?.is_none() {
                    outcome = Waited::Applied;
                }
            }
            after = page.next;
        }
        Ok(outcome)
    }
}
