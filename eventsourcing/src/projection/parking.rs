//! Parking: events that failed, and those of their key that wait behind them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::digest::Seen;
use super::fingerprint::Fingerprint;
use crate::envelope::RecordedEvent;
use crate::ids::EventId;
use crate::stream_id::StreamId;
use crate::time::Timestamp;
use crate::version::Position;

/// An event that failed, or waits behind one that did. Its payload stays in the log; a retry reads it there, through today's
/// upcasters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedEvent {
    /// What it is about, as [`Projection::key`](super::Projection::key) says.
    pub key: String,
    /// Where it is in the log.
    pub position: Position,
    /// Its id.
    pub event_id: EventId,
    /// Its stream.
    pub stream: StreamId,
    /// Its stored name.
    pub event_type: String,
    /// Its stored schema version.
    pub schema_version: u16,
    /// The code for which it was parked.
    pub fingerprint: Fingerprint,
    /// When it was parked.
    pub parked_at: Timestamp,
    /// How it failed; `None` if it waits behind another event of its key.
    pub failure: Option<ParkedFailure>,
    /// Whether somebody has decided to leave it out, once what it waits behind is out of the way. It is not in the row: the
    /// decision is in the log.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
}

/// How an event failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedFailure {
    /// What was said last; cut after 1,000 bytes.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it failed first.
    pub first_at: Timestamp,
    /// When it failed last.
    pub last_at: Timestamp,
    /// When it is tried again; `None` if somebody has to decide.
    pub retry_at: Option<Timestamp>,
}

impl ParkedEvent {
    /// An event that waits behind another.
    pub(super) fn behind(
        key: &str,
        event: &RecordedEvent,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Self {
        Self {
            key: key.to_owned(),
            position: event.position,
            event_id: event.event_id(),
            stream: event.stream.clone(),
            event_type: event.event_type.to_string(),
            schema_version: event.schema_version,
            fingerprint,
            parked_at: now,
            failure: None,
            skipped: false,
        }
    }

    pub(super) fn seen(&self) -> Seen {
        Seen {
            position: self.position,
            event_id: self.event_id,
        }
    }

    /// It has failed, once more.
    pub(super) fn fail(&mut self, error: String, now: Timestamp, retry_at: Option<Timestamp>) {
        let error = cut(error);
        let earlier = self.failure.take();
        self.failure = Some(ParkedFailure {
            error,
            attempts: earlier.as_ref().map_or(0, |failure| failure.attempts) + 1,
            first_at: earlier.map_or(now, |failure| failure.first_at),
            last_at: now,
            retry_at,
        });
    }
}

/// The first 1,000 bytes of what was said.
pub(crate) fn cut(mut error: String) -> String {
    let end = (0..=1_000).rev().find(|end| error.is_char_boundary(*end));
    error.truncate(end.unwrap_or_default());
    error
}

/// The row of a key whose events wait.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Blocked {
    pub(super) key: String,
    /// Where its first event is, or one before it.
    #[serde(default = "start")]
    pub(super) from: Position,
    /// When that is tried again.
    pub(super) retry_at: Option<Timestamp>,
}

fn start() -> Position {
    Position::START
}

/// The keys of a partition whose events wait, as its rows say.
#[derive(Debug, Default)]
pub(super) struct Parking {
    keys: HashMap<Arc<str>, (Position, Option<Timestamp>)>,
    due: BTreeSet<(Timestamp, Arc<str>)>,
    from: BTreeSet<(Position, Arc<str>)>,
}

impl Parking {
    pub(super) fn blocks(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// The events of a key wait, the first of which is at `from` or behind.
    pub(super) fn block(&mut self, key: &str, from: Position, retry_at: Option<Timestamp>) {
        self.free(key);
        let key: Arc<str> = key.into();
        if let Some(retry_at) = retry_at {
            self.due.insert((retry_at, key.clone()));
        }
        self.from.insert((from, key.clone()));
        self.keys.insert(key, (from, retry_at));
    }

    pub(super) fn free(&mut self, key: &str) {
        let Some((key, (from, retry_at))) = self.keys.remove_entry(key) else {
            return;
        };
        self.from.remove(&(from, key.clone()));
        if let Some(retry_at) = retry_at {
            self.due.remove(&(retry_at, key));
        }
    }

    /// The key that is to be tried next, and when.
    pub(super) fn next_due(&self) -> Option<(Timestamp, &Arc<str>)> {
        self.due.first().map(|(time, key)| (*time, key))
    }

    /// Before this position nothing waits; `None` if nothing does at all.
    pub(super) fn first(&self) -> Option<Position> {
        self.from.first().map(|(from, _)| *from)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.keys.keys()
    }
}
