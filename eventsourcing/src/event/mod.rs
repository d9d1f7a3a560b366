//! [`Event`]: the set of event types of one aggregate, and how each is stored.

mod apply;
mod decode;
mod encode;
pub(crate) mod nested;
mod split;
mod table;
pub(crate) mod unknown;
pub(crate) mod view;

pub use self::apply::{Apply, Evolve};
pub(crate) use self::decode::{ABSORBED, readable_as, unknown_kind};
pub use self::decode::{Decoded, Skipped};
pub use self::split::Split;
pub(crate) use self::split::Unlisted;
pub use self::table::{EventType, Fate, Slot, StoredType};
pub use self::unknown::{UnknownEvent, UnknownPolicy};
pub use self::view::EventView;

use crate::error::DecodeError;
use crate::format::{Format, FormatError};
use crate::tag::{InvalidTag, Tag};
use crate::upcast::UpcastCx;

/// A set of event types, usually an enum with `#[derive(Event)]`: the one place that says how each event is stored.
///
/// Users call [`RecordedEvent::decode`](crate::RecordedEvent::decode) and [`NewEvent::encode`](crate::NewEvent::encode);
/// the methods here are what the derive fills in.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event set",
    label = "missing `#[derive(eventsourcing::Event)]`",
    note = "an event set is an enum with one variant per event type; derive `eventsourcing::Event` for it"
)]
pub trait Event: Sized {
    /// Current event types, in variant order; those of nested sets come last.
    const TYPES: &'static [EventType];
    /// Every name and version that can be read, with what becomes of it.
    const STORED: &'static [StoredType];

    /// What becomes of a stored name or version that the table does not have.
    const UNKNOWN: UnknownPolicy = UnknownPolicy::Error;

    /// Index of this event's type in [`Event::TYPES`]; their number if it is [captured](Event::captured).
    fn type_index(&self) -> usize;

    /// Where a stored name and version is decoded; `None` if this set does not know them. Indices are below the number
    /// of rows in [`Event::STORED`].
    fn slot(name: &str, version: u16) -> Option<Slot>;

    /// Marks by which the event can be found and guarded, beside its stream and type; none unless the derive's
    /// `tags = ..` names a function.
    ///
    /// # Errors
    /// [`InvalidTag`] if a mark is no tag; the event is then not written.
    fn tags(&self) -> Result<Vec<Tag>, InvalidTag> {
        Ok(Vec::new())
    }

    /// Takes up an event that the table does not have; `None` unless [`Event::UNKNOWN`] says that it does.
    fn capture(_: UnknownEvent) -> Option<Self> {
        None
    }

    /// The event that was taken up unread, if this is one.
    fn captured(&self) -> Option<&UnknownEvent> {
        None
    }

    /// Appends the payload's bytes to `out`.
    ///
    /// # Errors
    /// [`FormatError`] if the payload cannot be written in this format.
    fn encode<F: Format>(&self, format: &F, out: &mut Vec<u8>) -> Result<(), FormatError>;

    /// Decodes the event in `cx`, whose name and version belong to `slot`, and lifts it to today's types.
    ///
    /// # Errors
    /// [`DecodeError`] if the payload is malformed or an upcast fails.
    fn decode<F: Format>(
        slot: Slot,
        format: &F,
        cx: &UpcastCx<'_>,
    ) -> Result<Decoded<Self>, DecodeError>;
}
