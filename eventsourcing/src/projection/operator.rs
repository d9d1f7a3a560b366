//! [`OperatorEvent`]: what somebody did about a projection, as events in the log.

use serde::{Deserialize, Serialize};

use super::digest::Seen;
use crate::envelope::NewEvent;
use crate::error::{AppendError, DecodeError, DecodeErrorKind};
use crate::event::{Decoded, Event, EventType, Fate, Slot, StoredType};
use crate::format::{Format, FormatError, Json};
use crate::metadata::Metadata;
use crate::store::{Commit, EventStore};
use crate::stream_id::{InvalidStreamId, StreamId};
use crate::upcast::UpcastCx;
use crate::version::{ExpectedVersion, Position};

/// What somebody did about a projection. It stands in the stream `projection-<name>`; who it was is in
/// [`Metadata::actor`](crate::Metadata).
///
/// Skipped events are read from there, so that a rebuild leaves out the same. So is where it began, if that was
/// [`Begin::Now`](super::Begin) or somebody has said it later, and whether it is paused: that holds even if its rows are lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OperatorEvent {
    /// It was paused.
    Paused,
    /// It goes on.
    Resumed,
    /// It began anew with nothing.
    Reset,
    /// It is built anew beside what is read.
    RebuildStarted,
    /// What was built anew is read.
    CutOver,
    /// What was read before is read again.
    RolledBack,
    /// What was read before was given up.
    FormerDropped,
    /// Parked events were tried again: those of a key, or all.
    Retried(Retried),
    /// An event is left out for good.
    Skipped(EventSkipped),
    /// It was first run, and begins behind this event. The runner writes this down by itself.
    Begun,
    /// What it has done and noted was given up, and it goes on behind a position.
    BegunAnew(BegunAnew),
}

/// Parked events were tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// The key; `None` for all.
    pub key: Option<String>,
}

/// What was done and noted was given up, and it goes on behind a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BegunAnew {
    /// Behind which position.
    pub after: Position,
}

/// An event is left out for good, in rebuilds too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSkipped {
    /// Which event.
    #[serde(flatten)]
    pub event: Seen,
    /// Why.
    pub reason: String,
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

impl Event for OperatorEvent {
    const TYPES: &'static [EventType] = &[
        EventType::new("es.projection.paused", 1, &[]),
        EventType::new("es.projection.resumed", 1, &[]),
        EventType::new("es.projection.reset", 1, &[]),
        EventType::new("es.projection.rebuild-started", 1, &[]),
        EventType::new("es.projection.cut-over", 1, &[]),
        EventType::new("es.projection.rolled-back", 1, &[]),
        EventType::new("es.projection.former-dropped", 1, &[]),
        EventType::new("es.projection.retried", 1, &[]),
        EventType::new("es.projection.skipped", 1, &[]),
        EventType::new("es.projection.begun", 1, &[]),
        EventType::new("es.projection.begun-anew", 1, &[]),
    ];
    const STORED: &'static [StoredType] = &[
        StoredType::new("es.projection.paused", 1, Fate::Current(0)),
        StoredType::new("es.projection.resumed", 1, Fate::Current(1)),
        StoredType::new("es.projection.reset", 1, Fate::Current(2)),
        StoredType::new("es.projection.rebuild-started", 1, Fate::Current(3)),
        StoredType::new("es.projection.cut-over", 1, Fate::Current(4)),
        StoredType::new("es.projection.rolled-back", 1, Fate::Current(5)),
        StoredType::new("es.projection.former-dropped", 1, Fate::Current(6)),
        StoredType::new("es.projection.retried", 1, Fate::Current(7)),
        StoredType::new("es.projection.skipped", 1, Fate::Current(8)),
        StoredType::new("es.projection.begun", 1, Fate::Current(9)),
        StoredType::new("es.projection.begun-anew", 1, Fate::Current(10)),
    ];

    fn type_index(&self) -> usize {
        match self {
            Self::Paused => 0,
            Self::Resumed => 1,
            Self::Reset => 2,
            Self::RebuildStarted => 3,
            Self::CutOver => 4,
            Self::RolledBack => 5,
            Self::FormerDropped => 6,
            Self::Retried(_) => 7,
            Self::Skipped(_) => 8,
            Self::Begun => 9,
            Self::BegunAnew(_) => 10,
        }
    }

    fn slot(name: &str, version: u16) -> Option<Slot> {
        let wanted = |stored: &StoredType| stored.name == name && stored.version == version;
        let index = Self::STORED.iter().position(wanted)?;
        u16::try_from(index).ok().map(Slot::new)
    }

    fn encode<F: Format>(&self, format: &F, out: &mut Vec<u8>) -> Result<(), FormatError> {
        match self {
            Self::Retried(event) => format.encode(event, out),
            Self::Skipped(event) => format.encode(event, out),
            Self::BegunAnew(event) => format.encode(event, out),
            _ => format.encode(&Nothing {}, out),
        }
    }

    fn decode<F: Format>(
        slot: Slot,
        format: &F,
        cx: &UpcastCx<'_>,
    ) -> Result<Decoded<Self>, DecodeError> {
        fn read<T: for<'de> Deserialize<'de>>(
            format: &impl Format,
            cx: &UpcastCx<'_>,
        ) -> Result<T, DecodeError> {
            let event = cx.recorded();
            format
                .decode(event.format, &event.payload)
                .map_err(|error| DecodeError::new(event, DecodeErrorKind::Payload(error)))
        }
        Ok(Decoded::One(match slot.index() {
            0 => Self::Paused,
            1 => Self::Resumed,
            2 => Self::Reset,
            3 => Self::RebuildStarted,
            4 => Self::CutOver,
            5 => Self::RolledBack,
            6 => Self::FormerDropped,
            7 => Self::Retried(read(format, cx)?),
            8 => Self::Skipped(read(format, cx)?),
            9 => Self::Begun,
            _ => Self::BegunAnew(read(format, cx)?),
        }))
    }
}

/// The stream of a projection.
pub(super) fn stream(projection: &str) -> Result<StreamId, InvalidStreamId> {
    StreamId::new("projection", projection)
}

/// Writes down what somebody did.
pub(super) async fn record(
    log: &dyn EventStore,
    stream: &StreamId,
    event: &OperatorEvent,
    actor: &str,
) -> Result<(), AppendError> {
    let event = NewEvent::encode(event, &Json).expect("texts and numbers are JSON");
    let commit = Commit::new()
        .append(stream.clone(), ExpectedVersion::Any, vec![event])
        .with_metadata(Metadata::new().with_actor(actor));
    // Once more with the same id tells what became of it.
    match log.append(commit.clone()).await {
        Err(AppendError::OutcomeUnknown { .. }) => log.append(commit).await,
        outcome => outcome,
    }
    .map(drop)
}
