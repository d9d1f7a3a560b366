//! Taking up where the rows say.

use super::super::digest::Seen;
use super::super::handler::key_of;
use super::super::history::event_at;
use super::super::parking::{Blocked, Parking};
use super::super::progress::Progress;
use super::super::rows;
use super::super::stop::StopReason;
use super::super::store::{ProjectionStore, ProjectionTx};
use super::super::trouble::Trouble;
use super::Driver;
use crate::version::Position;

/// Rows read at a time.
const PAGE: usize = 1_000;

impl<P: ProjectionStore> Driver<P> {
    /// Reads the progress and what is parked, and checks that they belong to this log.
    pub(super) async fn load(&mut self) -> Result<(), Trouble> {
        let generation = self.job.generation.clone();
        let mut tx = self.job.site.rows.begin(&generation, self.epoch).await?;
        let key = rows::progress(self.partition.index);
        let fingerprint = self.job.handler.fingerprint(self.partition.of);
        let found = rows::get(&mut tx, &generation, &key).await?;
        self.is_new = found.is_none();
        self.progress = match found {
            Some(progress) => progress,
            None => Progress::new(self.job.base, self.epoch, fingerprint, self.now()),
        };
        if self.progress.fingerprint != fingerprint {
            let error = rows::damaged(
                &generation,
                &key,
                &"it is of other code than the catalogue says",
            );
            return Err(error.into());
        }
        self.saved = self.progress.position;
        self.block = None;
        self.parking = self.parked(&mut tx).await?;
        self.timer = self.ask_timer(&mut tx).await?;
        let log = self.job.site.events.clone();
        self.driven.head = log.head().await?;
        let last = self.progress.fits(&*log).await?;
        self.driven.complete_until = last.map(|event| event.recorded_at);
        self.check_skips(&mut tx).await?;
        self.show();
        Ok(())
    }

    async fn parked(&self, tx: &mut P::Tx) -> Result<Parking, Trouble> {
        let (mut parking, prefix, mut after) = (Parking::default(), rows::keys(), None);
        if self.progress.parked.count() == 0 {
            return Ok(parking);
        }
        loop {
            let page = rows::scan(tx, &prefix, after.as_deref(), PAGE).await?;
            for (key, value) in &page {
                let blocked: Blocked = rows::parse(&self.job.generation, key, value)?;
                if self.partition.has(&blocked.key) {
                    parking.block(&blocked.key, blocked.from, blocked.retry_at);
                }
            }
            match page.last() {
                Some((key, _)) if page.len() == PAGE => after = Some(key.clone()),
                _ => return Ok(parking),
            }
        }
    }

    /// Somebody may have decided to leave an event out after it was parked here, or after it was applied: what has its effects
    /// differs from what a rebuild makes, and is not continued.
    async fn check_skips(&mut self, tx: &mut P::Tx) -> Result<(), Trouble> {
        for seen in self.job.skips.clone().iter() {
            let passed = self.job.base < seen.position && seen.position <= self.progress.position;
            if !passed || tx.get(&rows::skipped(seen.position)).await?.is_some() {
                continue;
            }
            let event = event_at(&*self.job.site.events, seen.position).await?;
            let Some(event) = event.filter(|event| Seen::from(event) == *seen) else {
                continue;
            };
            let today = key_of(&*self.job.handler, &event);
            let own = self.partition.has(&today) && self.filter.matches(&event);
            let generation = &self.job.generation;
            let waits = rows::waits_under(tx, generation, event.position, today).await?;
            if let Some(key) = waits {
                if self.partition.has(&key) {
                    self.parking.block(&key, Position::START, Some(self.now()));
                }
                continue;
            }
            if !own {
                continue;
            }
            return Err(Trouble::Stop(StopReason::SkippedTooLate {
                position: event.position,
            }));
        }
        Ok(())
    }
}
