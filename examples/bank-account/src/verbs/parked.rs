//! `parked`: events that a projection could not handle, and what to do about them.

use std::fmt;

use eventsourcing::{
    EventId, FailingTimer, ParkedEvent, ParkedFailure, Position, RetryOutcome, Timestamp,
};
use serde::Serialize;

use crate::args::ParkedVerb;
use crate::error::{Error, one_line};
use crate::output::amount_of;
use crate::read::{ReadSide, lead, projections, run_before};
use crate::session::Session;
use crate::store::Store;

/// Parked events read at a time.
const PAGE: usize = 500;

pub(super) async fn run(
    session: &mut Session,
    store: &Store,
    verb: ParkedVerb,
) -> Result<(), Error> {
    let side = projections(&session.bank, store).await?;
    match verb {
        ParkedVerb::List { name } => list(session, &side, name).await,
        ParkedVerb::Retry {
            name, key, actor, ..
        } => {
            let actor = session.operator(&actor);
            let outcome = side.retry(&name, key.as_deref(), &actor).await?;
            if !side.status(&name).await?.failing_timers.is_empty() {
                // They are due again, and fire where the process runs.
                lead(&session.bank, store, &name).await?;
            }
            session.out.print(&Outcome::new("retried", name, outcome))
        }
        ParkedVerb::Skip {
            name,
            position,
            reason,
            actor,
            ..
        } => {
            let position = Position::new(position);
            let found = find(&side, &name, |event| event.position == position).await?;
            let Some(event) = found else {
                return Err(Error::NotParked { name, position });
            };
            let actor = session.operator(&actor);
            let outcome = side.skip(&name, event.event_id, &actor, &reason).await?;
            session.out.print(&Outcome::new("skipped", name, outcome))
        }
    }
}

async fn list(session: &mut Session, side: &ReadSide, name: Option<String>) -> Result<(), Error> {
    let names = run_before(side, name).await?;
    let (mut count, mut timers) = (0, 0);
    for name in names {
        let mut last: Option<ParkedEvent> = None;
        loop {
            let page = side.parked(&name, last.as_ref(), PAGE).await?;
            for event in &page {
                if count + timers == 0 {
                    session.out.note(&heading())?;
                }
                count += 1;
                session.out.print(&Line::new(&name, event))?;
            }
            last = match page.into_iter().next_back() {
                Some(event) => Some(event),
                None => break,
            };
        }
        for timer in side.status(&name).await?.failing_timers {
            if count + timers == 0 {
                session.out.note(&heading())?;
            }
            timers += 1;
            session.out.print(&FailingLine::new(&name, timer))?;
        }
    }
    session.out.note(&amount_of(count, "parked event"))?;
    match timers {
        0 => Ok(()),
        timers => session.out.note(&amount_of(timers, "failing timer")),
    }
}

async fn find(
    side: &ReadSide,
    name: &str,
    wanted: impl Fn(&ParkedEvent) -> bool,
) -> Result<Option<ParkedEvent>, Error> {
    let mut last: Option<ParkedEvent> = None;
    loop {
        let mut page = side.parked(name, last.as_ref(), PAGE).await?;
        if let Some(place) = page.iter().position(&wanted) {
            return Ok(Some(page.swap_remove(place)));
        }
        last = match page.pop() {
            Some(event) => Some(event),
            None => return Ok(None),
        };
    }
}

/// A parked event.
#[derive(Debug, Serialize)]
struct Line {
    projection: String,
    position: Position,
    key: String,
    #[serde(rename = "type")]
    name: String,
    schema_version: u16,
    event: EventId,
    #[serde(serialize_with = "crate::output::as_text")]
    parked_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// It is left out once its turn comes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    skipped: bool,
}

/// How it failed; it may only wait behind one that did.
#[derive(Debug, Serialize)]
struct Failure {
    error: String,
    attempts: u32,
    /// Nothing is tried any more without being asked.
    given_up: bool,
}

impl Line {
    fn new(projection: &str, event: &ParkedEvent) -> Self {
        let failure = |failure: &ParkedFailure| Failure {
            error: failure.error.clone(),
            attempts: failure.attempts,
            given_up: failure.retry_at.is_none(),
        };
        Self {
            projection: projection.into(),
            position: event.position,
            key: event.key.clone(),
            name: event.event_type.clone(),
            schema_version: event.schema_version,
            event: event.event_id,
            parked_at: event.parked_at,
            failure: event.failure.as_ref().map(failure),
            skipped: event.skipped,
        }
    }
}

/// A timer to which a process could not react; it is tried again by itself.
#[derive(Debug, Serialize)]
struct FailingLine {
    projection: String,
    key: String,
    timer: String,
    #[serde(serialize_with = "crate::output::as_text")]
    due: Timestamp,
    error: String,
    attempts: u32,
    #[serde(serialize_with = "crate::output::as_text")]
    retry_at: Timestamp,
}

impl FailingLine {
    fn new(projection: &str, timer: FailingTimer) -> Self {
        Self {
            projection: projection.into(),
            key: timer.instance,
            timer: timer.timer,
            due: timer.due,
            error: timer.error,
            attempts: timer.attempts,
            retry_at: timer.retry_at,
        }
    }
}

impl fmt::Display for FailingLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<13} {:>8}  {:<36} {:<28} {} ({})",
            self.projection,
            "",
            self.key,
            format!("timer {}", self.timer),
            one_line(&self.error),
            amount_of(self.attempts.into(), "attempt")
        )
    }
}

fn heading() -> String {
    format!(
        "{:<13} {:>8}  {:<36} {:<28} why",
        "projection", "position", "key", "event"
    )
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<13} {:>8}  {:<36} {:<28} ",
            self.projection,
            self.position.get(),
            self.key,
            format!("{} v{}", self.name, self.schema_version)
        )?;
        match &self.failure {
            None if self.skipped => f.write_str("skipped, once the one before is out of the way"),
            None => f.write_str("waits behind the one before"),
            Some(failure) => {
                let error = one_line(&failure.error);
                write!(
                    f,
                    "{error} ({})",
                    amount_of(failure.attempts.into(), "attempt")
                )
            }
        }
    }
}

/// What came of it.
#[derive(Debug, Serialize)]
struct Outcome {
    done: &'static str,
    projection: String,
    freed: u64,
    parked: u64,
}

impl Outcome {
    fn new(done: &'static str, projection: String, outcome: RetryOutcome) -> Self {
        Self {
            done,
            projection,
            freed: outcome.freed,
            parked: outcome.parked,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (done, name) = (self.done, &self.projection);
        let freed = amount_of(self.freed, "event");
        write!(
            f,
            "{done} in {name}: {freed} freed, {} still parked",
            self.parked
        )
    }
}
