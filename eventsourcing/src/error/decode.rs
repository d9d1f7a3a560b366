//! [`DecodeError`]: a stored event that today's code cannot read.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::envelope::RecordedEvent;
use crate::format::{FormatError, FormatId};
use crate::stream_id::StreamId;
use crate::version::{Position, Version};

/// A stored event could not be read: says which one, where it is, and why. Retrying does not help.
#[derive(Debug)]
pub struct DecodeError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    stream: StreamId,
    version: Version,
    position: Position,
    event_type: Arc<str>,
    schema_version: u16,
    kind: DecodeErrorKind,
}

/// Why a stored event could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// No event of the set has this name: a newer program wrote it, or it belongs to another aggregate.
    #[error("no event type of that name is known here; was it written by a newer program?")]
    UnknownType,
    /// The name is known, the version is newer than this program.
    #[error("this program reads it only up to v{supported}; a newer program wrote it")]
    FromTheFuture {
        /// Newest version that can be read.
        supported: u16,
    },
    /// The name is known, the version is not in its table.
    #[error("that version is not in the event's table")]
    UnknownVersion,
    /// The version was declared as never stored.
    #[error("that version was declared as never stored (`!`)")]
    Unsupported,
    /// The type is refused.
    #[error("reading it is refused: {reason}")]
    Refused {
        /// The declared reason.
        reason: &'static str,
    },
    /// The payload is malformed or in a foreign format.
    #[error(transparent)]
    Payload(FormatError),
    /// The version was declared additive (`_`), and the event is stored in a format without names of fields, so nothing
    /// says which of them it lacks.
    #[error(
        "that version was declared additive (`_`), but this event is stored in {stored}, which keeps no names of fields, so it cannot be told which it lacks; keep the struct of that version and name it instead of `_`"
    )]
    NotNamed {
        /// Format of the payload.
        stored: FormatId,
    },
    /// A step between two versions failed.
    #[error("the upcast from v{from} to v{to} failed: {source}")]
    Upcast {
        /// Version of the payload before the step.
        from: u16,
        /// Version it was to become.
        to: u16,
        /// What the step said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Dividing it into today's events failed.
    #[error("splitting it failed: {source}")]
    Split {
        /// What the split said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl DecodeError {
    /// An error about this stored event.
    #[cold]
    pub fn new(event: &RecordedEvent, kind: DecodeErrorKind) -> Self {
        Self(Box::new(Inner {
            stream: event.stream.clone(),
            version: event.version,
            position: event.position,
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            kind,
        }))
    }

    /// Why it could not be read.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.0.kind
    }

    /// Stream of the event.
    pub fn stream(&self) -> &StreamId {
        &self.0.stream
    }

    /// Version of the event in its stream.
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// Position of the event in the log.
    pub fn position(&self) -> Position {
        self.0.position
    }

    /// Stored name of the event.
    pub fn event_type(&self) -> &str {
        &self.0.event_type
    }

    /// Stored schema version of the event.
    pub fn schema_version(&self) -> u16 {
        self.0.schema_version
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            stream,
            version,
            position,
            event_type,
            schema_version,
            kind,
        } = &*self.0;
        write!(
            f,
            "cannot read event `{event_type}` v{schema_version} (stream `{stream}` version {version}, position {position}): {kind}"
        )
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The kind's text is already in this error's; its cause comes next.
        self.0.kind.source()
    }
}
