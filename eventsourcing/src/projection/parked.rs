//! Seeing to parked events: listing them, trying them again, leaving one out.

use std::sync::Arc;

use super::catalogue;
use super::decided::Skips;
use super::driver::{Driver, Job};
use super::entry::Entry;
use super::error::RunnerError;
use super::operator::{self, EventSkipped, OperatorEvent};
use super::parking::ParkedEvent;
use super::partition::Partition;
use super::projections::Projections;
use super::rows;
use super::store::{Generation, ProjectionStore};
use super::trouble::Trouble;
use crate::ids::EventId;
use crate::version::Position;

/// What came of trying parked events again, in the generation that is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryOutcome {
    /// Events that are parked no longer.
    pub freed: u64,
    /// Events that still are, of all keys.
    pub parked: u64,
}

/// Rows looked through at a time.
const PAGE: usize = 1_000;

impl<P: ProjectionStore> Projections<P> {
    /// Parked events of the generation that is read, by key and in each key's order: up to `limit`, behind the one last seen.
    /// Those that are to be left out and still wait are among them, see [`ParkedEvent::skipped`].
    ///
    /// # Errors
    /// [`RunnerError::NeverRun`]; else see [`RunnerError`].
    pub async fn parked(
        &self,
        name: &str,
        after: Option<&ParkedEvent>,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, RunnerError> {
        let after = after.map(|event| rows::waiting(&event.key, event.position));
        self.parked_rows(name, after.as_deref(), limit).await
    }

    /// As [`Projections::parked`], behind the place of an event, for whoever hands out pages and keeps only where they end. The
    /// event itself need not be parked any more.
    ///
    /// # Errors
    /// As [`Projections::parked`].
    pub async fn parked_after(
        &self,
        name: &str,
        key: &str,
        position: Position,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, RunnerError> {
        let after = rows::waiting(key, position);
        self.parked_rows(name, Some(&after), limit).await
    }

    /// Those of the generation that is read.
    async fn parked_rows(
        &self,
        name: &str,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, RunnerError> {
        let entry = self.entry(name)?;
        let catalogue = catalogue::read(&*self.site.rows, name).await?;
        let Some(catalogue) = catalogue else {
            return Err(RunnerError::NeverRun { name: name.into() });
        };
        let generation = Generation::new(entry.name.clone(), catalogue.serving);
        let skips = self.skips(entry).await?;
        self.page(&generation, &skips, after, limit).await
    }

    /// Tries the parked events of a key again, or of all keys, at once and in order, with today's code. Those that fail stay
    /// parked and are tried again as [`ProjectionOptions::retries`](super::ProjectionOptions) says.
    ///
    /// Of a process manager the [timers that fail](super::FailingTimer) are due again at once, too, those of the instance of that name, or
    /// all: they fire when it goes on, or with the next `catch_up`.
    ///
    /// Where nothing is parked at all, all keys are tried by doing nothing, and nothing is recorded.
    ///
    /// # Errors
    /// [`RunnerError::NothingParked`] if there is nothing of that key; else see [`RunnerError`].
    pub async fn retry(
        &self,
        name: &str,
        key: Option<&str>,
        actor: &str,
    ) -> Result<RetryOutcome, RunnerError> {
        let entry = self.entry(name)?;
        let _quiet = self.quiet(entry).await;
        let wanted = |event: &ParkedEvent| key.is_none_or(|key| event.key == key);
        let nothing = self.find(entry, wanted).await?.is_none();
        if nothing && !self.is_failing(entry, key).await? {
            let Some(key) = key else {
                return Ok(RetryOutcome::default());
            };
            let (name, key) = (name.into(), key.into());
            return Err(RunnerError::NothingParked { name, key });
        }
        let retried = operator::Retried {
            key: key.map(Into::into),
        };
        self.record(entry, &OperatorEvent::Retried(retried), actor)
            .await?;
        self.replay(entry, key).await
    }

    /// Leaves a parked event out for good, here and in every rebuild, for this reason. What waits behind it goes on.
    ///
    /// One that waits behind another is left out when its turn comes; until then it counts as parked, and is marked as
    /// [`ParkedEvent::skipped`]. Saying it again records nothing: the key is only tried again.
    ///
    /// A generation in which the event was not parked but applied is not continued: it is built anew without it, and read as
    /// it is until then.
    ///
    /// # Errors
    /// [`RunnerError::NotParked`]; else see [`RunnerError`].
    pub async fn skip(
        &self,
        name: &str,
        event_id: EventId,
        actor: &str,
        reason: &str,
    ) -> Result<RetryOutcome, RunnerError> {
        let entry = self.entry(name)?;
        let _quiet = self.quiet(entry).await;
        let found = self.find(entry, |event| event.event_id == event_id).await?;
        let Some(event) = found else {
            let name = name.into();
            return Err(RunnerError::NotParked { name, event_id });
        };
        if !event.skipped {
            let skipped = EventSkipped {
                event: event.seen(),
                reason: reason.into(),
            };
            self.record(entry, &OperatorEvent::Skipped(skipped), actor)
                .await?;
        }
        self.replay(entry, Some(&event.key)).await
    }

    async fn record(
        &self,
        entry: &Entry<P::Tx>,
        event: &OperatorEvent,
        actor: &str,
    ) -> Result<(), RunnerError> {
        operator::record(&*self.site.events, &entry.stream, event, actor).await?;
        Ok(())
    }

    async fn skips(&self, entry: &Entry<P::Tx>) -> Result<Skips, RunnerError> {
        let skips = Skips::load(&*self.site.events, &entry.stream).await;
        skips.map_err(|trouble| RunnerError::of(&entry.name, trouble))
    }

    /// The first parked event like that, in any generation.
    async fn find(
        &self,
        entry: &Entry<P::Tx>,
        wanted: impl Fn(&ParkedEvent) -> bool,
    ) -> Result<Option<ParkedEvent>, RunnerError> {
        let catalogue = catalogue::read(&*self.site.rows, &entry.name).await?;
        let Some(catalogue) = catalogue else {
            let name = entry.name.to_string();
            return Err(RunnerError::NeverRun { name });
        };
        let skips = self.skips(entry).await?;
        for number in catalogue.generations.keys() {
            let generation = Generation::new(entry.name.clone(), *number);
            let mut after: Option<Vec<u8>> = None;
            loop {
                let page = self
                    .page(&generation, &skips, after.as_deref(), PAGE)
                    .await?;
                let full = page.len() == PAGE;
                after = page
                    .last()
                    .map(|event| rows::waiting(&event.key, event.position));
                if let Some(found) = page.into_iter().find(&wanted) {
                    return Ok(Some(found));
                }
                if !full {
                    break;
                }
            }
        }
        Ok(None)
    }

    async fn page(
        &self,
        generation: &Generation,
        skips: &Skips,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, RunnerError> {
        let mut tx = self.site.rows.read(generation).await?;
        let page = rows::scan(&mut tx, &rows::all_waiting(), after, limit).await?;
        let mut events = Vec::new();
        for (key, value) in &page {
            let mut event: ParkedEvent = rows::parse(generation, key, value)?;
            event.skipped = skips.contains(event.seen());
            events.push(event);
        }
        Ok(events)
    }

    /// Tries a key again, or all, in all generations whose code is here. Nothing else may drive them.
    async fn replay(
        &self,
        entry: &Arc<Entry<P::Tx>>,
        key: Option<&str>,
    ) -> Result<RetryOutcome, RunnerError> {
        let of = |trouble| RunnerError::of(&entry.name, trouble);
        let supervisor = self.supervisor(entry);
        let catalogue = supervisor.open().await.map_err(of)?;
        let mut outcome = RetryOutcome::default();
        for job in supervisor.jobs(&catalogue).await.map_err(of)? {
            let number = job.generation.number;
            match replay_generation(job, key).await {
                Ok(came) if number == catalogue.serving => outcome = came,
                Ok(_) => {}
                // It is built anew as soon as the projection goes on.
                Err(Trouble::Stop(reason)) if reason.is_unfit() => {}
                Err(trouble) => return Err(of(trouble)),
            }
        }
        Ok(outcome)
    }
}

async fn replay_generation<P: ProjectionStore>(
    job: Job<P>,
    key: Option<&str>,
) -> Result<RetryOutcome, Trouble> {
    let epoch = job.site.rows.claim(&job.generation).await?;
    let mut outcome = RetryOutcome::default();
    for partition in Partition::all(job.options.partitions.max(1)) {
        let mut driver = Driver::new(job.clone(), epoch, partition);
        let (before, after) = driver.retry(key).await?;
        outcome.freed += before - after;
        outcome.parked += after;
    }
    Ok(outcome)
}
