//! [`ProjectionStatus`]: what goes on with a projection.

use std::time::Duration;

use super::board::{Activity, Crew, Shown};
use super::books::Books;
use super::catalogue::{self, Build, Catalogue, Paused};
use super::decided::Decided;
use super::entry::Entry;
use super::error::RunnerError;
use super::failing::FailingTimer;
use super::fingerprint::Fingerprint;
use super::projections::Projections;
use super::stop::StopReason;
use super::store::{Generation, ProjectionStore};
use crate::store::{EventStore, Filter};
use crate::time::Timestamp;
use crate::version::Position;

/// What goes on with a projection.
#[derive(Debug, Clone)]
pub struct ProjectionStatus {
    /// Its name.
    pub name: String,
    /// What goes on.
    pub state: ProjectionState,
    /// The end of the log.
    pub head: Position,
    /// The generation that is read; `None` before the first run.
    pub serving: Option<GenerationStatus>,
    /// Why the generation that is read is not kept up to date: it is of other code, does not belong to this log, or its books
    /// are damaged.
    pub stale: Option<String>,
    /// The generation that is built beside it.
    pub building: Option<GenerationStatus>,
    /// The generation that was read before.
    pub former: Option<GenerationStatus>,
    /// Timers that the instances of a process manager could not react to, the first hundred by instance.
    pub failing_timers: Vec<FailingTimer>,
}

/// What goes on with a projection here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProjectionState {
    /// It does not run here.
    Idle,
    /// It runs, and has not come to the end of the log yet.
    CatchingUp,
    /// It runs, and events are handled as they come.
    Live,
    /// It waits for a store, and goes on by itself.
    Waiting(String),
    /// Somebody has paused it.
    Paused(Paused),
    /// It has stopped by itself.
    Stopped(StopReason),
}

/// What is said about one build of a projection's rows.
#[derive(Debug, Clone)]
pub struct GenerationStatus {
    /// Its number.
    pub number: u32,
    /// The code it was built by.
    pub fingerprint: Fingerprint,
    /// Why it was built.
    pub reason: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Everything up to here is accounted for.
    pub position: Position,
    /// How many positions of the log lie before it; `None` if it has come further than the log, which it does not belong to then:
    /// for the serving generation see [`ProjectionStatus::stale`].
    pub behind: Option<u64>,
    /// How long ago the first event was recorded that is still to be accounted for; zero if there is none, `None` before
    /// it has come to anything, and if it has come further than the log.
    pub late: Option<Duration>,
    /// Events per second, over the last ten seconds or so that it was driven here.
    pub rate: f64,
    /// Events whose effects are in its rows.
    pub applied: u64,
    /// Events that failed or wait behind one that did.
    pub parked: u64,
    /// Events that somebody decided to leave out.
    pub skipped: u64,
    /// Why it has stopped, if it has by itself.
    pub stopped: Option<StopReason>,
    /// What is damaged of its books: then what it had applied, parked and skipped is unknown, and told as 0.
    pub damaged: Option<String>,
}

impl<P: ProjectionStore> Projections<P> {
    /// What goes on with each projection.
    ///
    /// # Errors
    /// [`RunnerError::Rows`], [`RunnerError::Log`] if a store cannot answer.
    pub async fn list(&self) -> Result<Vec<ProjectionStatus>, RunnerError> {
        let mut list = Vec::new();
        for entry in self.entries.iter() {
            list.push(self.status_of(entry).await?);
        }
        Ok(list)
    }

    /// What goes on with a projection.
    ///
    /// # Errors
    /// As [`Projections::list`]; [`RunnerError::Unknown`].
    pub async fn status(&self, name: &str) -> Result<ProjectionStatus, RunnerError> {
        self.status_of(self.entry(name)?).await
    }

    async fn status_of(&self, entry: &Entry<P::Tx>) -> Result<ProjectionStatus, RunnerError> {
        let mut catalogue = catalogue::read(&*self.site.rows, &entry.name).await?;
        let decided = Decided::load(&*self.site.events, &entry.stream).await;
        let decided = decided.map_err(|trouble| RunnerError::of(&entry.name, trouble))?;
        let paused = match &mut catalogue {
            Some(catalogue) => {
                decided.correct(catalogue);
                catalogue.paused.clone()
            }
            None => decided.paused,
        };
        let shown = entry.board.shown();
        let mut looked = Vec::new();
        for (number, build) in catalogue.iter().flat_map(|all| &all.generations) {
            let generation = Generation::new(entry.name.clone(), *number);
            let books = Books::look(&*self.site.rows, &generation, build).await?;
            looked.push((*number, build, generation, books));
        }
        // After what was come to, so that this is not behind it only because the log has grown meanwhile.
        let head = self.site.events.head().await?;
        let mut status = ProjectionStatus {
            name: entry.name.to_string(),
            state: state(&shown, catalogue.as_ref(), paused),
            head,
            serving: None,
            stale: None,
            building: None,
            former: None,
            failing_timers: Vec::new(),
        };
        let Some(catalogue) = &catalogue else {
            return Ok(status);
        };
        for (number, build, generation, books) in looked {
            let damaged = books.as_ref().err().cloned();
            let books = books.unwrap_or_else(|_| Books::blank(build));
            let crew = shown.generations.get(&number);
            let now = self.site.clock.now();
            let mut said = say(number, build, &books, catalogue.base, crew, head, now);
            if said.late.is_some() && said.behind > Some(0) {
                said.late = Some(self.late(entry, build, said.position, now).await?);
            }
            said.damaged.clone_from(&damaged);
            if number == catalogue.serving {
                if damaged.is_none() {
                    let timers = self.failing_timers(entry, build, &generation, None, TIMERS);
                    status.failing_timers = timers.await?;
                }
                let ahead = ahead(said.position, head);
                status.stale = entry.stale(build).or(damaged).or(ahead);
                status.serving = Some(said);
            } else if Some(number) == catalogue.building {
                status.building = Some(said);
            } else {
                status.former = Some(said);
            }
        }
        Ok(status)
    }

    /// How long ago the first event was recorded that a generation at this position has still to account for.
    async fn late(
        &self,
        entry: &Entry<P::Tx>,
        build: &Build,
        position: Position,
        now: Timestamp,
    ) -> Result<Duration, RunnerError> {
        let handler = entry.handler(build.fingerprint);
        let filter = handler.map_or_else(Filter::all, |handler| handler.filter());
        let mut after = position;
        loop {
            let page = self.site.events.read_all(after, &filter, 1).await?;
            if let Some(event) = page.events.first() {
                return Ok(now.since(event.recorded_at));
            }
            if page.next >= page.head {
                return Ok(Duration::ZERO);
            }
            after = page.next;
        }
    }
}

/// Failing timers that are told one by one.
const TIMERS: usize = 100;

/// What has come to more than the log has belongs to another one.
fn ahead(position: Position, head: Position) -> Option<String> {
    (position > head).then(|| {
        format!(
            "it has come to position {position}, but the log ends at {head}: was the log restored from a backup?"
        )
    })
}

fn state(shown: &Shown, catalogue: Option<&Catalogue>, paused: Option<Paused>) -> ProjectionState {
    if let Some(paused) = paused {
        return ProjectionState::Paused(paused);
    }
    match &shown.activity {
        Activity::Idle => return ProjectionState::Idle,
        Activity::Waiting(why) => return ProjectionState::Waiting(why.clone()),
        Activity::Paused(paused) => return ProjectionState::Paused(paused.clone()),
        Activity::Stopped(reason) => return ProjectionState::Stopped(reason.clone()),
        Activity::Running => {}
    }
    let crew = |number: Option<u32>| shown.generations.get(&number?);
    // Where the generation that is read is not driven, it is the one that will be.
    let building = catalogue.and_then(|catalogue| catalogue.building);
    match crew(shown.serving).or_else(|| crew(building)) {
        Some(Crew {
            stopped: Some(reason),
            ..
        }) => ProjectionState::Stopped(reason.clone()),
        Some(Crew {
            waiting: Some(why), ..
        }) => ProjectionState::Waiting(why.clone()),
        Some(crew) if crew.is_caught_up() => ProjectionState::Live,
        _ => ProjectionState::CatchingUp,
    }
}

fn say(
    number: u32,
    build: &Build,
    books: &Books,
    base: Position,
    crew: Option<&Crew>,
    head: Position,
    now: Timestamp,
) -> GenerationStatus {
    // A driver is ahead of its rows over events that are none of its business.
    let driven = crew.and_then(Crew::position).unwrap_or_default();
    let position = books.position(base).max(driven);
    let complete = crew.is_some_and(|crew| {
        let mut partitions = crew.partitions.values();
        partitions.all(|driven| driven.complete_until.is_some()) && !crew.partitions.is_empty()
    });
    let behind = head.get().checked_sub(position.get());
    GenerationStatus {
        number,
        fingerprint: build.fingerprint,
        reason: build.reason.clone(),
        created_at: build.created_at,
        position,
        behind,
        // Unless something is still to come, which the log knows.
        late: (behind == Some(0) || position > base || complete)
            .then_some(Duration::ZERO)
            .filter(|_| behind.is_some()),
        rate: crew.map_or(0.0, |crew| crew.rate.per_second(now)),
        applied: books.sum(|progress| progress.applied.count()),
        parked: books.parked(),
        skipped: books.sum(|progress| progress.skipped.count()),
        stopped: crew.and_then(|crew| crew.stopped.clone()),
        damaged: None,
    }
}
