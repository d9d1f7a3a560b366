//! `/projections`: for whoever runs the shop - how far the read models and the process are, and what they could not handle.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use eventsourcing::{
    FailingTimer, ParkedEvent, Position, ProjectionState, ProjectionStatus, RetryOutcome,
    RunnerError,
};
use serde::{Deserialize, Serialize, Serializer};

use super::problem::Problem;
use super::query::{self, Asked};
use super::request::{Id, Posted};
use crate::error::Error;
use crate::shop::Shop;

#[derive(Debug, Serialize)]
pub(super) struct Listed {
    projections: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    position: Position,
    /// None if it has come further than the log, which was restored.
    behind: Option<u64>,
    parked: u64,
    skipped: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failing_timers: Vec<Timer>,
}

/// A timer to which a process could not react. It is tried again by itself, and by `retry`.
#[derive(Debug, Serialize)]
struct Timer {
    key: String,
    #[serde(rename = "timer")]
    name: String,
    due: String,
    error: String,
    attempts: u32,
    retry_at: String,
}

impl From<FailingTimer> for Timer {
    fn from(timer: FailingTimer) -> Self {
        Self {
            key: timer.instance,
            name: timer.timer,
            due: timer.due.to_string(),
            error: timer.error,
            attempts: timer.attempts,
            retry_at: timer.retry_at.to_string(),
        }
    }
}

/// `GET /projections`
pub(super) async fn list(State(shop): State<Shop>) -> Result<Json<Listed>, Problem> {
    let list = shop.read.projections().list().await.map_err(Error::from)?;
    let projections = list.into_iter().map(entry).collect();
    Ok(Json(Listed { projections }))
}

fn entry(status: ProjectionStatus) -> Entry {
    let (state, why) = match status.state {
        ProjectionState::CatchingUp => ("catching-up", None),
        ProjectionState::Live => ("live", None),
        ProjectionState::Waiting(why) => ("waiting", Some(why)),
        ProjectionState::Paused(paused) => ("paused", Some(format!("by {}", paused.actor))),
        ProjectionState::Stopped(reason) => ("stopped", Some(reason.to_string())),
        _ => ("idle", None),
    };
    let read = status.serving.as_ref();
    Entry {
        name: status.name,
        state,
        why: match (why, status.stale) {
            (Some(why), Some(outdated)) => Some(format!("{why}; stale: {outdated}")),
            (why, outdated) => why.or(outdated),
        },
        position: read.map_or(Position::START, |read| read.position),
        behind: read.map_or(Some(status.head.get()), |read| read.behind),
        parked: read.map_or(0, |read| read.parked),
        skipped: read.map_or(0, |read| read.skipped),
        failing_timers: status.failing_timers.into_iter().map(Into::into).collect(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// Only those behind this place: the `next` of the page before.
    from: Option<Place>,
    limit: Option<usize>,
}

/// A place in the list, `<position>:<key>`: it is in the order of the keys, and in each key's order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Place {
    key: String,
    position: Position,
}

impl Place {
    fn of(event: &ParkedEvent) -> Self {
        let (key, position) = (event.key.clone(), event.position);
        Self { key, position }
    }
}

impl TryFrom<String> for Place {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parts = text.split_once(':');
        let place = parts.and_then(|(position, key)| Some((position.parse().ok()?, key)));
        let (position, key) = place.ok_or("`from` is the `next` of the page before")?;
        Ok(Self {
            key: key.into(),
            position: Position::new(position),
        })
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}:{}", self.position, self.key))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Waiting {
    parked: Vec<Held>,
    /// Where the next page begins; nothing if this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Place>,
}

/// One that has no `error` waits behind the one of its key that has.
#[derive(Debug, Serialize)]
struct Held {
    position: Position,
    key: String,
    #[serde(rename = "type")]
    event_type: String,
    parked_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
    /// It is left out once its turn comes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    skipped: bool,
}

/// `GET /projections/{name}/parked?from=..&limit=..`
pub(super) async fn parked(
    State(shop): State<Shop>,
    Id(name): Id<String>,
    Asked(Page { from, limit }): Asked<Page>,
) -> Result<Json<Waiting>, Problem> {
    let limit = query::limit(limit)?;
    let projections = shop.read.projections();
    let page = match from {
        None => projections.parked(&name, None, limit).await,
        Some(Place { key, position }) => {
            projections.parked_after(&name, &key, position, limit).await
        }
    };
    let page = page.map_err(Error::from)?;
    let last = page.last().filter(|_| page.len() == limit);
    Ok(Json(Waiting {
        next: last.map(Place::of),
        parked: page.into_iter().map(shown).collect(),
    }))
}

fn shown(event: ParkedEvent) -> Held {
    let failure = event.failure.as_ref();
    Held {
        position: event.position,
        key: event.key,
        event_type: event.event_type,
        skipped: event.skipped,
        parked_at: event.parked_at.to_string(),
        attempts: failure.map_or(0, |failure| failure.attempts),
        retry_at: failure
            .and_then(|failure| failure.retry_at)
            .map(|time| time.to_string()),
        error: event.failure.map(|failure| failure.error),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    key: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    freed: u64,
    parked: u64,
}

impl From<RetryOutcome> for Outcome {
    fn from(outcome: RetryOutcome) -> Self {
        let RetryOutcome { freed, parked } = outcome;
        Self { freed, parked }
    }
}

/// `POST /projections/{name}/retry`
pub(super) async fn retry(
    State(shop): State<Shop>,
    Id(name): Id<String>,
    Operator(operator): Operator,
    posted: Posted<Retry>,
) -> Result<Json<Outcome>, Problem> {
    let key = posted.body.key.as_deref();
    let outcome = shop.read.projections().retry(&name, key, &operator).await;
    Ok(Json(outcome.map_err(Error::from)?.into()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    position: Position,
    reason: String,
}

/// `POST /projections/{name}/skip`
pub(super) async fn skip(
    State(shop): State<Shop>,
    Id(name): Id<String>,
    Operator(operator): Operator,
    posted: Posted<Skip>,
) -> Result<Json<Outcome>, Problem> {
    let Skip { position, reason } = posted.body;
    let projections = shop.read.projections();
    let mut last: Option<ParkedEvent> = None;
    loop {
        let page = projections.parked(&name, last.as_ref(), 100).await;
        let page = page.map_err(Error::from)?;
        if let Some(event) = page.iter().find(|event| event.position == position) {
            let skipped = projections.skip(&name, event.event_id, &operator, &reason);
            return Ok(Json(skipped.await.map_err(Error::from)?.into()));
        }
        last = page.into_iter().next_back();
        if last.is_none() {
            let detail = format!("projection `{name}` has no parked event at position {position}");
            return Err(not_parked(detail));
        }
    }
}

/// Who does it, which is recorded: the header `Operator`.
pub(super) struct Operator(String);

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let name = parts.headers.get("operator");
        let name = name.and_then(|name| name.to_str().ok()).map(str::trim);
        match name {
            Some(name) if !name.is_empty() => Ok(Self(name.into())),
            _ => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "no-operator",
                "It is not said who does this",
                "Send your name in the header `Operator`; it is recorded with what you do.",
                "the header `Operator` is missing or is no text".into(),
            )),
        }
    }
}

fn not_parked(detail: String) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not-parked",
        "Nothing like that is parked",
        "`GET /projections/{name}/parked` shows what is.",
        detail,
    )
}

impl From<RunnerError> for Problem {
    fn from(error: RunnerError) -> Self {
        let detail = error.to_string();
        match error {
            RunnerError::Unknown { .. } => Self::no_such_thing(detail),
            RunnerError::NotParked { .. } | RunnerError::NothingParked { .. } => not_parked(detail),
            RunnerError::NeverRun { .. } | RunnerError::Unavailable { .. } => Self::busy(detail),
            RunnerError::Record(error) => error.into(),
            RunnerError::Log(error) => error.into(),
            _ => Self::broken(detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use eventsourcing::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failing_timer_as_it_is_shown() {
        let at = |seconds: i32| Timestamp::from_micros(i64::from(seconds) * 1_000_000);
        let timer = Timer::from(FailingTimer {
            instance: "o1".into(),
            timer: "payment".into(),
            due: at(60),
            error: "no payment".into(),
            attempts: 2,
            last_at: at(62),
            retry_at: at(66),
        });
        let expected = json!({
            "key": "o1", "timer": "payment", "due": "1970-01-01T00:01:00Z", "error": "no payment", "attempts": 2,
            "retry_at": "1970-01-01T00:01:06Z",
        });
        assert_eq!(serde_json::to_value(timer).expect("JSON"), expected);
    }
}
