//! [`Caveat`]: what a reader has to know about a read model that does not have everything.

use std::fmt;

use eventsourcing::{Position, ProjectionState, ProjectionStatus, StopReason};
use serde::Serialize;

/// What is missing from a read model, and what to do about it.
#[derive(Debug, Serialize)]
pub(crate) struct Caveat {
    incomplete: String,
    position: Position,
    head: Position,
    parked: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stale: Option<String>,
}

impl Caveat {
    /// `None` if there is nothing to say: all of the log is in it.
    pub(crate) fn of(status: &ProjectionStatus, stopped: Option<StopReason>) -> Option<Self> {
        let read = status.serving.as_ref();
        let paused_by = match &status.state {
            ProjectionState::Paused(paused) => Some(paused.actor.clone()),
            _ => None,
        };
        let position = read.map_or(Position::START, |read| read.position);
        let parked = read.map_or(0, |read| read.parked);
        let complete = parked == 0 && position >= status.head && status.stale.is_none();
        (!complete || stopped.is_some()).then(|| Self {
            incomplete: status.name.clone(),
            position,
            head: status.head,
            parked,
            paused_by,
            stopped: stopped.map(|reason| reason.to_string()),
            stale: status.stale.clone(),
        })
    }
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.incomplete;
        let mut lines = Vec::new();
        if let Some(actor) = &self.paused_by {
            lines.push(format!(
                "paused by {actor} at position {} of {}; `projections resume {name}` lets it go on",
                self.position, self.head
            ));
        } else if let Some(reason) = &self.stopped {
            lines.push(format!("stopped: {reason}"));
        } else if self.position < self.head {
            lines.push(format!("at position {} of {}", self.position, self.head));
        }
        if let Some(why) = &self.stale {
            lines.push(format!("as of an older build: {why}"));
        }
        if self.parked > 0 {
            let events = if self.parked == 1 { "event" } else { "events" };
            lines.push(format!(
                "without {} parked {events}; `parked list {name}` shows them",
                self.parked
            ));
        }
        write!(f, "incomplete: {name} is {}", lines.join("; it is "))
    }
}
