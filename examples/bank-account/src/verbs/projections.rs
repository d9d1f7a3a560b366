//! `projections`: how the read models come along, and what to do about it.

use std::fmt;

use eventsourcing::{
    Begin, Coverage, Difference, DifferenceKind, GenerationStatus, Position, ProjectionState,
    ProjectionStatus,
};
use serde::Serialize;

use crate::args::{Operated, ProjectionsVerb};
use crate::error::{Error, why_stale, why_stopped};
use crate::output::amount_of;
use crate::read::{ReadSide, catch_up_one, projections, run_before};
use crate::session::Session;
use crate::store::Store;

pub(super) async fn run(
    session: &mut Session,
    store: &Store,
    verb: ProjectionsVerb,
) -> Result<(), Error> {
    let side = projections(&session.bank, store).await?;
    match verb {
        ProjectionsVerb::List => list(session, &side).await,
        ProjectionsVerb::CatchUp(_) => {
            side.catch_up().await?;
            list(session, &side).await
        }
        ProjectionsVerb::Pause(args) => {
            side.pause(&args.name, &session.operator(&args.actor))
                .await?;
            done(session, &side, "paused", &args).await
        }
        ProjectionsVerb::Resume(args) => {
            side.resume(&args.name, &session.operator(&args.actor))
                .await?;
            done(session, &side, "resumed", &args).await
        }
        ProjectionsVerb::Reset(args) => {
            side.reset(&args.name, &session.operator(&args.actor))
                .await?;
            catch_up_one(&session.bank, store, &args.name).await?;
            done(session, &side, "reset", &args).await
        }
        ProjectionsVerb::Rebuild(args) => {
            side.rebuild(&args.name, &session.operator(&args.actor))
                .await?;
            catch_up_one(&session.bank, store, &args.name).await?;
            done(session, &side, "rebuilt", &args).await
        }
        ProjectionsVerb::BeginAnew { of, after } => {
            let after = Begin::After(after.map_or(Position::START, Position::new));
            side.begin_anew(&of.name, after, &session.operator(&of.actor))
                .await?;
            catch_up_one(&session.bank, store, &of.name).await?;
            done(session, &side, "begun anew", &of).await
        }
        ProjectionsVerb::Verify { name } => verify(session, &side, name).await,
    }
}

async fn list(session: &mut Session, side: &ReadSide) -> Result<(), Error> {
    session.out.note(&heading())?;
    for status in side.list().await? {
        session.out.print(&Line::new(&status))?;
    }
    Ok(())
}

async fn done(
    session: &mut Session,
    side: &ReadSide,
    done: &'static str,
    args: &Operated,
) -> Result<(), Error> {
    let status = side.status(&args.name).await?;
    let waits = status.building.is_some() && matches!(status.state, ProjectionState::Paused(_));
    let line = Line::new(&status);
    let stale = line.why.clone().filter(|_| status.stale.is_some());
    session.out.print(&Changed { done, line })?;
    if !waits {
        return stale.map_or(Ok(()), |why| session.out.note(&why));
    }
    session.out.note(&format!(
        "the new build waits until it is resumed: `projections resume {}`",
        args.name
    ))
}

/// Compares what was seen with the log: all that have run, or one.
async fn verify(session: &mut Session, side: &ReadSide, name: Option<String>) -> Result<(), Error> {
    let names = run_before(side, name).await?;
    let mut differing = 0;
    for name in names {
        let coverage = side.verify(&name).await?;
        differing += coverage.differing;
        session.out.print(&Report::new(&coverage))?;
    }
    match differing {
        0 => Ok(()),
        places => Err(Error::Uncovered(places)),
    }
}

/// How a projection comes along.
#[derive(Debug, Serialize)]
struct Line {
    projection: String,
    state: &'static str,
    position: Position,
    head: Position,
    /// None if it has come further than the log.
    behind: Option<u64>,
    applied: u64,
    parked: u64,
    skipped: u64,
    build: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl Line {
    fn new(status: &ProjectionStatus) -> Self {
        let none = (Position::START, Some(status.head.get()), 0, 0, 0, 0);
        let of = |read: &GenerationStatus| {
            let GenerationStatus {
                position,
                behind,
                applied,
                parked,
                skipped,
                number,
                ..
            } = *read;
            (position, behind, applied, parked, skipped, number)
        };
        let (position, behind, applied, parked, skipped, build) =
            status.serving.as_ref().map_or(none, of);
        let (state, why) = state(status, behind);
        Self {
            projection: status.name.clone(),
            state,
            position,
            head: status.head,
            behind,
            applied,
            parked,
            skipped,
            build,
            why,
        }
    }
}

/// A word for how it comes along, and what explains it.
fn state(status: &ProjectionStatus, behind: Option<u64>) -> (&'static str, Option<String>) {
    let building = status.building.as_ref();
    let stale = status.stale.as_ref();
    let stale = stale.map(|why| why_stale(status, why));
    match &status.state {
        ProjectionState::Paused(paused) => {
            let by = format!("by {} at {}", paused.actor, paused.at);
            let why = match stale {
                Some(stale) => format!("{by}; stale: {stale}"),
                None => by,
            };
            ("paused", Some(why))
        }
        ProjectionState::Stopped(reason) => ("stopped", Some(why_stopped(&status.name, reason))),
        _ if status.serving.is_none() => ("never run", None),
        _ if stale.is_some() => ("stale", stale),
        _ if building.is_some() => {
            let why = building.map(|build| {
                let waits = amount_of(build.parked, "parked event");
                format!(
                    "build {} is at position {}, with {waits}",
                    build.number, build.position
                )
            });
            ("rebuilding", why)
        }
        _ if behind > Some(0) => ("behind", failing(status)),
        _ => ("up to date", failing(status)),
    }
}

/// The first timer that fails.
fn failing(status: &ProjectionStatus) -> Option<String> {
    let timer = status.failing_timers.first()?;
    let (name, instance, error) = (&timer.timer, &timer.instance, &timer.error);
    Some(format!("timer `{name}` of {instance} fails: {error}"))
}

fn heading() -> String {
    format!(
        "{:<13} {:<10} {:>9} {:>7} {:>9} {:>7} {:>7} {:>5}",
        "projection", "state", "position", "behind", "applied", "parked", "skipped", "build"
    )
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let behind = self
            .behind
            .map_or("-".to_owned(), |behind| behind.to_string());
        write!(
            f,
            "{:<13} {:<10} {:>9} {:>7} {:>9} {:>7} {:>7} {:>5}",
            self.projection,
            self.state,
            self.position.get(),
            behind,
            self.applied,
            self.parked,
            self.skipped,
            self.build
        )?;
        match &self.why {
            Some(why) => write!(f, "  {why}"),
            None => Ok(()),
        }
    }
}

/// Something that was done about a projection.
#[derive(Debug, Serialize)]
struct Changed {
    done: &'static str,
    #[serde(flatten)]
    line: Line,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line {
            projection,
            state,
            position,
            head,
            build,
            ..
        } = &self.line;
        write!(
            f,
            "{} {projection}: {state}, at position {position} of {head}, build {build}",
            self.done
        )
    }
}

/// What a projection has seen, compared with the log.
#[derive(Debug, Serialize)]
struct Report {
    verified: String,
    position: Position,
    head: Position,
    applied: u64,
    parked: u64,
    skipped: u64,
    differing: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<String>,
}

impl Report {
    fn new(coverage: &Coverage) -> Self {
        Self {
            verified: coverage.projection.clone(),
            position: coverage.position,
            head: coverage.head,
            applied: coverage.applied,
            parked: coverage.parked,
            skipped: coverage.skipped,
            differing: coverage.differing,
            differences: coverage.differences.iter().map(difference).collect(),
        }
    }
}

fn difference(found: &Difference) -> String {
    match found.kind {
        DifferenceKind::Missing(seen) => format!("event {} was not seen", seen.position),
        DifferenceKind::Doubled(seen) => format!("event {} was seen twice", seen.position),
        DifferenceKind::Foreign(seen) => format!("event {} is not in the log", seen.position),
        DifferenceKind::Several(_) => {
            format!(
                "several events between {} and {} differ",
                found.from, found.to
            )
        }
        _ => format!("the books up to {} do not add up", found.to),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.verified;
        let (applied, parked) = (amount_of(self.applied, "event"), self.parked);
        write!(f, "{name}: {applied} applied")?;
        if parked > 0 {
            write!(f, ", {parked} parked")?;
        }
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        if self.differing == 0 {
            write!(f, ", complete up to position {}", self.position)?;
            return match self.head {
                head if head > self.position => write!(f, " of {head}"),
                _ => Ok(()),
            };
        }
        for difference in &self.differences {
            write!(f, "\n  {difference}")?;
        }
        write!(f, "\n  run `projections rebuild {name}`")
    }
}
