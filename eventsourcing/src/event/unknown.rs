//! Events that a set does not know: what becomes of them, and [`UnknownEvent`], which carries one on unread.

use std::sync::Arc;

use bytes::Bytes;

use crate::envelope::{NewEvent, RecordedEvent};
use crate::format::FormatId;
use crate::tag::Tag;

/// What a set does with a stored name or version that is not in its table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownPolicy {
    /// Reading it is an error: nobody decides on part of the facts.
    #[default]
    Error,
    /// It reads as nothing.
    Skip,
    /// It is captured as an [`UnknownEvent`], with [`Event::capture`](crate::Event::capture).
    Capture,
}

/// An event as it was stored, unread: written again, it is the same to the last bit.
///
/// It is what a variant marked `#[es(unknown)]` holds, in programs that pass events on which they need not understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEvent {
    /// Stored name.
    pub event_type: Arc<str>,
    /// Schema version of the payload.
    pub schema_version: u16,
    /// Oldest schema version whose readers can read the payload too.
    pub readable_by: u16,
    /// Format of the payload.
    pub format: FormatId,
    /// Marks by which it can be found.
    pub tags: Vec<Tag>,
    /// The payload's bytes.
    pub payload: Bytes,
}

impl From<&RecordedEvent> for UnknownEvent {
    fn from(event: &RecordedEvent) -> Self {
        Self {
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            readable_by: event.readable_by,
            format: event.format,
            tags: event.tags.clone(),
            payload: event.payload.clone(),
        }
    }
}

impl From<UnknownEvent> for NewEvent {
    fn from(event: UnknownEvent) -> Self {
        Self {
            event_type: event.event_type,
            schema_version: event.schema_version,
            readable_by: event.readable_by,
            format: event.format,
            tags: event.tags,
            payload: event.payload,
        }
    }
}

/// What a variant marked `unknown` may hold; for generated code.
#[diagnostic::on_unimplemented(
    message = "an `unknown` variant holds `eventsourcing::UnknownEvent`, not `{Self}`",
    label = "expected `eventsourcing::UnknownEvent`"
)]
pub trait HoldsUnknown {
    /// Puts it in.
    fn hold(event: UnknownEvent) -> Self;
    /// Shows it.
    fn held(&self) -> &UnknownEvent;
}

impl HoldsUnknown for UnknownEvent {
    fn hold(event: UnknownEvent) -> Self {
        event
    }

    fn held(&self) -> &UnknownEvent {
        self
    }
}
