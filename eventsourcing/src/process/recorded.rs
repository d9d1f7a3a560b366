//! [`Reacted`]: a decision as it is recorded, in the stream `es.process-<name>-<instance>`.

use std::fmt;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::reaction::TimerChange;
use crate::envelope::{NewEvent, RecordedEvent};
use crate::format::FormatId;
use crate::ids::{CommitId, EventId};
use crate::projection::HandlerError;
use crate::stream_id::{InvalidStreamId, StreamId};
use crate::time::Timestamp;
use crate::version::Position;

/// Category of the streams that decisions are recorded in.
pub(super) const CATEGORY: &str = "es.process";
/// Stored name of a decision.
pub(super) const REACTED: &str = "es.process.reacted";
const VERSION: u16 = 1;

/// What was reacted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    /// An event, or one of the parts that a split makes of it.
    Event { event_id: EventId, part: u32 },
    /// A timer, set by the decision with this id.
    Timer { name: String, set_by: CommitId },
    /// A command of the decision with this id was refused.
    Refusal {
        of: CommitId,
        command: u32,
        reason: String,
    },
}

impl Source {
    /// The id of the commit in which an instance of a process reacts to this: the same, always.
    pub(super) fn commit_id(&self, process: &str, instance: &str) -> CommitId {
        CommitId::from_key(&format!("es.process\n{process}\n{instance}\n{self}"))
    }
}

/// Part of commit ids: never change it.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event { event_id, part } => write!(f, "event {event_id} {part}"),
            Self::Timer { name, set_by } => write!(f, "timer {set_by} {name}"),
            Self::Refusal { of, command, .. } => write!(f, "refusal {of} {command}"),
        }
    }
}

/// How far an instance has come in the log: the last event, and which of its parts, that it has reacted to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Reach {
    pub(super) position: Position,
    pub(super) part: u32,
}

impl Reach {
    /// Everything before a position, if that is anything.
    pub(super) fn before(position: Position) -> Option<Self> {
        let position = position.get().checked_sub(1)?;
        Some(Self::all_of(Position::new(position)))
    }

    /// The event at a position, with all its parts, or whatever is there.
    pub(super) fn all_of(position: Position) -> Self {
        let part = u32::MAX;
        Self { position, part }
    }
}

/// A decision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Reacted<C> {
    /// The instance, where the stream's name does not hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) instance: Option<String>,
    pub(super) source: Source,
    /// The process's time, by which it is decided.
    pub(super) at: Timestamp,
    /// Events up to here have been reacted to, or led to nothing.
    pub(super) reach: Reach,
    /// What is asked for, in order.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(super) commands: Vec<C>,
    /// What becomes of timers, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) timers: Vec<TimerChange>,
    /// Whether the instance has come to its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) finished: bool,
}

/// The stream in which an instance's decisions are recorded: `<name>-<instance>`. Names hold no `-`, so no two share one. What
/// would be too long is `<name>.<digest>`, which holds no `-` at all. Never change it.
pub(super) fn stream(process: &str, instance: &str) -> Result<StreamId, InvalidStreamId> {
    match StreamId::new(CATEGORY, &format!("{process}-{instance}")) {
        Err(InvalidStreamId::TooLong { .. }) => {
            let digest = CommitId::from_key(&format!("es.process\n{process}\n{instance}"));
            let digest = digest.as_uuid().simple();
            StreamId::new(CATEGORY, &format!("{process}.{digest}"))
        }
        whole => whole,
    }
}

/// The instance in the name of its stream; `None` where that holds a digest.
pub(super) fn in_name(stream: &StreamId) -> Option<&str> {
    stream.id().split_once('-').map(|(_, instance)| instance)
}

pub(super) fn encode<C: Serialize>(reacted: &Reacted<C>) -> Result<NewEvent, HandlerError> {
    let payload = serde_json::to_vec(reacted).map_err(|error| {
        HandlerError::Failed(format!("its commands cannot be written as JSON: {error}"))
    })?;
    Ok(NewEvent {
        event_type: REACTED.into(),
        schema_version: VERSION,
        readable_by: VERSION,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: payload.into(),
    })
}

/// A decision, and the instance that it is of; `None` if it is not one of this process.
pub(super) fn of_process(
    event: &RecordedEvent,
    process: &str,
) -> Result<Option<(String, Reacted<IgnoredAny>)>, HandlerError> {
    let id = event.stream.id();
    let parts = id.split_once('-').or_else(|| id.rsplit_once('.'));
    if parts.is_none_or(|(name, _)| name != process) {
        return Ok(None);
    }
    let mut reacted = decode(event)?;
    let said = reacted.instance.take();
    let instance = in_name(&event.stream).map(str::to_owned).or(said);
    // Others may write there, too.
    let instance =
        instance.filter(|instance| reacted.source.commit_id(process, instance) == event.commit_id);
    Ok(instance.map(|instance| (instance, reacted)))
}

pub(super) fn is_reaction(event: &RecordedEvent, stream: &StreamId) -> bool {
    event.stream == *stream && *event.event_type == *REACTED
}

pub(super) fn decode<'de, C: Deserialize<'de>>(
    event: &'de RecordedEvent,
) -> Result<Reacted<C>, HandlerError> {
    let place = || format!("event {} of stream `{}`", event.version, event.stream);
    if event.readable_by > VERSION {
        return Err(HandlerError::Failed(format!(
            "{} is a `{REACTED}` of version {}, written by a newer program: use that one",
            place(),
            event.schema_version
        )));
    }
    serde_json::from_slice(&event.payload).map_err(|error| {
        HandlerError::Failed(format!(
            "what was decided in {} cannot be read: {error}; commands that were asked for stay readable as long as they may \
             have to be repeated, so give the type back its former variant or `#[serde(alias)]`",
            place()
        ))
    })
}
