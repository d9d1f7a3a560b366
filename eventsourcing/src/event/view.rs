//! [`EventView`]: the few events that a reader wants, typed.

use super::decode::unknown_kind;
use super::{Decoded, Event, Skipped};
use crate::envelope::RecordedEvent;
use crate::error::DecodeError;
use crate::format::Format;

/// Part of one or more event sets, as a read model wants to see it: an enum with `#[derive(EventView)]`.
///
/// Stored names are written in the event sets only. [`EventView::names`] takes them from there, former names and the
/// sources of splits included, so a filter made of them misses nothing.
///
/// Every event set is a view of itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view of events",
    label = "missing `#[derive(eventsourcing::EventView)]`",
    note = "a view is an enum with some of the variants of an event set: derive `eventsourcing::EventView` for it and name the set with `#[es(of = SomeEvent)]`"
)]
pub trait EventView<'de>: Sized {
    /// The stored names that may be read as part of this view.
    fn names() -> Vec<&'static str>;

    /// Decodes a stored event if it is part of the view; [`RecordedEvent::view`] is the way to call it.
    ///
    /// # Errors
    /// As [`RecordedEvent::view`].
    fn decode_view<F: Format>(
        event: &'de RecordedEvent,
        format: &F,
    ) -> Result<Decoded<Self>, DecodeError>;
}

impl<E: Event> EventView<'_> for E {
    fn names() -> Vec<&'static str> {
        let mut names: Vec<_> = E::STORED.iter().map(|stored| stored.name).collect();
        names.dedup();
        names
    }

    #[inline]
    fn decode_view<F: Format>(
        event: &RecordedEvent,
        format: &F,
    ) -> Result<Decoded<Self>, DecodeError> {
        event.decode(format)
    }
}

impl RecordedEvent {
    /// Decodes the event as part of a view and lifts it to today's types; [`Skipped::NotInView`](crate::Skipped::NotInView) if it is
    /// not part of it.
    ///
    /// # Errors
    /// [`DecodeError`] if it is part of the view and cannot be read: it is in a newer version than this program knows,
    /// its payload is malformed, or an upcast failed. What is not part of the view is no error, whatever it is.
    #[inline]
    pub fn view<'de, V: EventView<'de>>(
        &'de self,
        format: &impl Format,
    ) -> Result<Decoded<V>, DecodeError> {
        V::decode_view(self, format)
    }
}

/// Names of the events that a view's variants are made of, for generated code.
#[must_use]
pub fn view_names<E: Event>(variants: &[&str]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for stored in E::STORED {
        let wanted = stored
            .read_as()
            .any(|index| variants.contains(&E::TYPES[index].variant));
        if wanted && !names.contains(&stored.name) {
            names.push(stored.name);
        }
    }
    names
}

/// Decodes an event of the set `E`; `None` if it is none of those variants.
///
/// # Errors
/// As [`RecordedEvent::decode`], for events of those variants.
#[inline]
pub fn view_of<E: Event, F: Format>(
    event: &RecordedEvent,
    format: &F,
    variants: &[&str],
) -> Result<Option<Decoded<E>>, DecodeError> {
    match event.decode(format) {
        Ok(decoded) if is_unread(&decoded) => {
            // The set may pass over what it does not know; a view that wants it must not miss it.
            let error = DecodeError::new(
                event,
                unknown_kind::<E>(&event.event_type, event.schema_version),
            );
            refused::<E, _>(event, variants, error)
        }
        Ok(decoded) => Ok(Some(decoded)),
        Err(error) => refused::<E, _>(event, variants, error),
    }
}

fn is_unread<E: Event>(decoded: &Decoded<E>) -> bool {
    match decoded {
        Decoded::One(event) => event.captured().is_some(),
        Decoded::Skipped(why) => *why == Skipped::Unknown,
        Decoded::Many(_) => false,
    }
}

/// Whether trouble with an event concerns those variants.
#[cold]
fn refused<E: Event, T>(
    event: &RecordedEvent,
    variants: &[&str],
    error: DecodeError,
) -> Result<Option<T>, DecodeError> {
    if view_names::<E>(variants).contains(&&*event.event_type) {
        Err(error)
    } else {
        Ok(None)
    }
}

/// The events of a set that a view has, as the view's; `None` if there are none.
#[inline]
pub fn pick<E, V>(decoded: Decoded<E>, pick: impl Fn(E) -> Option<V>) -> Option<Decoded<V>> {
    match decoded {
        Decoded::One(event) => pick(event).map(Decoded::One),
        Decoded::Many(events) => {
            let mut events: Vec<V> = events.into_iter().filter_map(pick).collect();
            match events.len() {
                0 => None,
                1 => events.pop().map(Decoded::One),
                _ => Some(Decoded::Many(events)),
            }
        }
        Decoded::Skipped(_) => None,
    }
}

/// What a view may show of a payload: the payload itself, or anything with `From` of it.
#[diagnostic::on_unimplemented(
    message = "the view shows `{Self}` as `{T}`, and nothing makes one from the other",
    label = "expected `{Self}`, or a type with `impl From<{Self}>`"
)]
pub trait ShowAs<T> {
    /// Turns the payload into what is shown.
    fn show(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T, P: Into<T>> ShowAs<T> for P {
    fn show(self) -> T {
        self.into()
    }
}

/// Whether the event is stored as the current version of a variant, so that it may be borrowed.
#[inline]
#[must_use]
pub fn is_current<E: Event>(event: &RecordedEvent, variant: &str) -> bool {
    E::TYPES.iter().any(|ty| {
        ty.variant == variant
            && ty.version == event.schema_version
            && (ty.name == &*event.event_type || ty.aliases.contains(&&*event.event_type))
    })
}

/// Whether a set has a variant that is an event of its own, checked when the program is compiled.
#[must_use]
pub const fn has_variant(types: &[super::EventType], variant: &str) -> bool {
    // A set with mistakes has no types; they have been reported.
    if types.is_empty() {
        return true;
    }
    let mut row = 0;
    while row < types.len() {
        if super::nested::same(types[row].variant.as_bytes(), variant.as_bytes()) {
            return true;
        }
        row += 1;
    }
    false
}
