//! [`Supervisor`]: looks after one projection: which generations are driven, and when one takes the place of another.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{self, Either};
use tokio::sync::watch;

use super::board::{Activity, Shown};
use super::books::Books;
use super::catalogue::{self, Catalogue};
use super::crew;
use super::decided::{Decided, Skips};
use super::driver::{Job, Site, Until};
use super::entry::Entry;
use super::operator::{self, OperatorEvent};
use super::options::{Begin, ProjectionOptions};
use super::stop::StopReason;
use super::store::{Generation, ProjectionStore};
use super::team::Team;
use super::trouble::Trouble;
use crate::store::EventStore;
use crate::version::Position;

/// Looks after one projection.
pub(super) struct Supervisor<P: ProjectionStore> {
    pub(super) site: Arc<Site<P>>,
    pub(super) entry: Arc<Entry<P::Tx>>,
}

/// What follows from a round.
enum Round {
    /// There is nothing more to do.
    Over(Result<(), StopReason>),
    /// The generations have changed.
    Again,
}

/// What came of driving the generations.
#[derive(Default)]
struct Driven {
    /// Whether the generation that is built has come as far as the log.
    parity: bool,
    stopped: BTreeMap<u32, StopReason>,
}

impl<P: ProjectionStore> Supervisor<P> {
    /// Runs until told to halt, or to the end of the log.
    pub(super) async fn run(
        &self,
        until: Until,
        halt: &mut watch::Receiver<bool>,
    ) -> Result<(), StopReason> {
        let mut failures = 0;
        loop {
            let why = match self.round(until, halt).await {
                Ok(Round::Over(outcome)) => return outcome,
                Ok(Round::Again) => {
                    failures = 0;
                    continue;
                }
                Err(Trouble::Stop(reason)) => return self.stop(reason),
                Err(Trouble::Again(_)) if self.site.is_closed() => {
                    return self.stop(StopReason::Closed);
                }
                Err(Trouble::Again(why) | Trouble::Conflict(why) | Trouble::Reopened(why)) => why,
            };
            failures += 1;
            tracing::warn!(projection = %self.entry.name, why, "a projection cannot be opened; it tries again");
            let Some(delay) = self.entry.options.patience.delay(failures) else {
                return self.stop(StopReason::Store(why));
            };
            self.entry.board.activity(Activity::Waiting(why));
            let told = halt.wait_for(|halt| *halt);
            if let Either::Left(_) = future::select(pin!(told), self.site.clock.sleep(delay)).await
            {
                return Ok(());
            }
        }
    }

    fn stop(&self, reason: StopReason) -> Result<(), StopReason> {
        tracing::error!(projection = %self.entry.name, %reason, "a projection has stopped");
        let activity = Activity::Stopped(reason.clone());
        self.entry.board.activity(activity);
        Err(reason)
    }

    async fn round(
        &self,
        until: Until,
        halt: &mut watch::Receiver<bool>,
    ) -> Result<Round, Trouble> {
        let catalogue = self.open().await?;
        if let Some(paused) = catalogue.paused {
            self.entry.board.activity(Activity::Paused(paused));
            return Ok(Round::Over(Ok(())));
        }
        self.entry.board.activity(Activity::Running);
        let mut driven = self.drive(&catalogue, until, halt).await?;
        if self.give_up_unfit(&driven.stopped).await? {
            return Ok(Round::Again);
        }
        let outcome = driven
            .stopped
            .remove(&catalogue.serving)
            .map_or(Ok(()), Err);
        if *halt.borrow() || !driven.parity {
            return Ok(Round::Over(outcome));
        }
        self.cut_over(&catalogue, halt).await?;
        match until {
            Until::Told => Ok(Round::Again),
            Until::Head => Ok(Round::Over(Ok(()))),
        }
    }

    /// Opens the catalogue, with a generation for today's code in it.
    pub(super) async fn open(&self) -> Result<Catalogue, Trouble> {
        let (rows, entry) = (&*self.site.rows, &self.entry);
        let head = self.site.events.head().await?;
        let (code, now) = (entry.code(), self.site.clock.now());
        let decided = self.decided().await?;
        let base = decided.base().unwrap_or(match entry.options.begin {
            Begin::Beginning => Position::START,
            Begin::Now => head,
            Begin::After(position) => position,
        });
        let served = catalogue::served(rows, &entry.name).await?;
        let catalogue = catalogue::change(rows, &entry.name, |catalogue| {
            let begin = || Catalogue::begin(base, served, code, now);
            let mut catalogue = catalogue.unwrap_or_else(begin);
            decided.correct(&mut catalogue);
            decided.begin_anew(&mut catalogue, code, now);
            catalogue.adopt(code, now);
            Some(catalogue)
        })
        .await?
        .ok_or_else(|| Trouble::Again("the catalogue is gone".into()))?;
        catalogue::sweep(rows, &entry.name, &catalogue).await?;
        entry.show(&catalogue);
        Ok(catalogue)
    }

    /// What was decided about it. That it begins now is written down when it is first run.
    async fn decided(&self) -> Result<Decided, Trouble> {
        let (log, entry) = (&*self.site.events, &self.entry);
        let decided = Decided::load(log, &entry.stream).await?;
        if decided.base().is_some() || entry.options.begin != Begin::Now {
            return Ok(decided);
        }
        if catalogue::read(&*self.site.rows, &entry.name)
            .await?
            .is_some()
        {
            return Ok(decided);
        }
        operator::record(log, &entry.stream, &OperatorEvent::Begun, "runner").await?;
        // Somebody else may have been first.
        Decided::load(log, &entry.stream).await
    }

    /// What there is to drive: every generation whose code is here.
    pub(super) async fn jobs(&self, catalogue: &Catalogue) -> Result<Vec<Job<P>>, Trouble> {
        let skips = Skips::load(&*self.site.events, &self.entry.stream).await?;
        let skips = Arc::new(skips);
        let fit = catalogue
            .generations
            .iter()
            .filter(|(_, build)| build.unfit.is_none());
        let jobs = fit.filter_map(|(number, build)| {
            let options = ProjectionOptions {
                partitions: build.partitions,
                ..(*self.entry.options).clone()
            };
            Some(Job {
                site: self.site.clone(),
                handler: self.entry.handler(build.fingerprint)?.clone(),
                options: options.into(),
                board: self.entry.board.clone(),
                skips: skips.clone(),
                generation: Generation::new(self.entry.name.clone(), *number),
                base: catalogue.base,
            })
        });
        Ok(jobs.collect())
    }

    /// Drives all generations until told to halt, until all have ended, or until one may take the place of another.
    async fn drive(
        &self,
        catalogue: &Catalogue,
        until: Until,
        halt: &mut watch::Receiver<bool>,
    ) -> Result<Driven, Trouble> {
        let parity = self.parity(catalogue).await?;
        let (stop, stopped) = watch::channel(false);
        let mut team = Team::new(until == Until::Told);
        for job in self.jobs(catalogue).await? {
            let number = job.generation.number;
            let driven = crew::drive(job, until, stopped.clone());
            team.add(driven.map(move |outcome| (number, outcome)).boxed());
        }
        let mut shown = self.entry.board.subscribe();
        let mut signal = pin!(async {
            let told = pin!(halt.wait_for(|halt| *halt));
            let reached = pin!(async {
                if until == Until::Head || shown.wait_for(&parity).await.is_err() {
                    future::pending::<()>().await;
                }
            });
            matches!(future::select(told, reached).await, Either::Right(_))
        });
        let mut driven = Driven::default();
        let mut signalled = false;
        loop {
            let ended = if signalled {
                team.next().await
            } else {
                match future::select(pin!(team.next()), &mut signal).await {
                    Either::Left((ended, _)) => ended,
                    Either::Right((reached, _)) => {
                        (signalled, driven.parity) = (true, reached);
                        stop.send_replace(true);
                        continue;
                    }
                }
            };
            let Some((number, outcome)) = ended else {
                break;
            };
            if let Err(reason) = outcome {
                if reason.is_unfit() {
                    stop.send_replace(true);
                }
                driven.stopped.insert(number, reason);
            }
        }
        driven.parity |= until == Until::Head && parity(&self.entry.board.shown());
        Ok(driven)
    }

    /// When the generation that is built may take the place of the one that is read: once it has come to the end of the log,
    /// with no more events parked.
    async fn parity(
        &self,
        catalogue: &Catalogue,
    ) -> Result<impl Fn(&Shown) -> bool + use<P>, Trouble> {
        let mut building = catalogue.building;
        if self.entry.cuts_over_by_hand(catalogue) {
            building = None;
        }
        let serving = catalogue.serving;
        // For the case that it is not driven.
        let mut parked = 0;
        if let Some(build) = catalogue.generations.get(&serving) {
            let generation = Generation::new(self.entry.name.clone(), serving);
            let books = Books::look(&*self.site.rows, &generation, build).await?;
            // What is damaged beyond telling is no better than anything that takes its place.
            parked = books.map_or(u64::MAX, |books| books.parked());
        }
        Ok(move |shown: &Shown| {
            let crew = |number: u32| shown.generations.get(&number);
            let Some(building) = building.and_then(crew) else {
                return false;
            };
            let parked = crew(serving).map_or(parked, |crew| crew.parked().max(parked));
            building.stopped.is_none() && building.is_caught_up() && building.parked() <= parked
        })
    }

    /// Lets the generation that is built take the place of the one that is read. Nothing else may drive them.
    pub(super) async fn cut_over(
        &self,
        catalogue: &Catalogue,
        halt: &watch::Receiver<bool>,
    ) -> Result<(), Trouble> {
        let Some(number) = catalogue.building else {
            return Ok(());
        };
        // Whoever has read from the other shall not go back in time.
        let mut jobs = self.jobs(catalogue).await?.into_iter();
        if let Some(job) = jobs.find(|job| job.generation.number == number) {
            crew::drive(job, Until::Head, halt.clone())
                .await
                .map_err(Trouble::Stop)?;
        }
        if *halt.borrow() {
            return Ok(());
        }
        let after = catalogue::change(&*self.site.rows, &self.entry.name, |now| {
            let mut now = now?;
            if now.building == Some(number) {
                now.cut_over();
            }
            Some(now)
        })
        .await?;
        if let Some(after) = after {
            tracing::info!(projection = %self.entry.name, generation = number, "a rebuilt projection is read from now on");
            self.entry.show(&after);
            catalogue::sweep(&*self.site.rows, &self.entry.name, &after).await?;
        }
        Ok(())
    }

    /// Generations that do not belong to this log, or to what was decided, are not continued.
    async fn give_up_unfit(&self, stopped: &BTreeMap<u32, StopReason>) -> Result<bool, Trouble> {
        let unfit = stopped.iter().filter(|(_, reason)| reason.is_unfit());
        let unfit: Vec<_> = unfit
            .map(|(number, why)| (*number, why.to_string()))
            .collect();
        // What acts on others is not done again without being asked.
        if unfit.is_empty() || self.entry.rebuildable().is_err() {
            return Ok(false);
        }
        let head = self.site.events.head().await?;
        catalogue::change(&*self.site.rows, &self.entry.name, |now| {
            let mut now = now?;
            now.base = now.base.min(head);
            for (number, why) in &unfit {
                now.unfit(*number, why);
            }
            Some(now)
        })
        .await?;
        Ok(true)
    }
}
