//! The one decode path: every reader of stored events comes through [`RecordedEvent::decode`].

use crate::apart::apart;
use crate::envelope::RecordedEvent;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::event::{Event, EventType, Slot, UnknownPolicy};
use crate::format::Format;
use crate::upcast::UpcastCx;

/// What one stored event became: usually one current event, none if retired, several if split.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Decoded<E> {
    /// One event.
    One(E),
    /// The parts of a split event, in order. They share the stored event's version and position.
    Many(Vec<E>),
    /// Nothing, on purpose.
    Skipped(Skipped),
}

/// Why a stored event reads as nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skipped {
    /// Its type was retired, for this reason.
    Retired(&'static str),
    /// A [`StreamTransform`](crate::StreamTransform) has read it as part of another event.
    Absorbed,
    /// The set does not know its name or version, and skips what it does not know.
    Unknown,
    /// It is not part of the [`EventView`](crate::EventView) it was read as.
    NotInView,
}

/// What an absorbed event reads as. No stored name can be like it.
pub(crate) const ABSORBED: &str = "(absorbed)";

impl<E> Decoded<E> {
    /// Calls `each` with every event, in order.
    #[inline]
    pub fn for_each(self, mut each: impl FnMut(E)) {
        match self {
            Self::One(event) => each(event),
            Self::Many(events) => events.into_iter().for_each(each),
            Self::Skipped(_) => {}
        }
    }

    /// The events as a list.
    pub fn into_vec(self) -> Vec<E> {
        match self {
            Self::One(event) => vec![event],
            Self::Many(events) => events,
            Self::Skipped(_) => Vec::new(),
        }
    }
}

impl RecordedEvent {
    /// Decodes the payload and lifts it to today's types.
    ///
    /// # Errors
    /// [`DecodeError`] names stream, position, type and version: the name or version is unknown here (a newer
    /// program wrote it: update this one), the payload is malformed, or an upcast failed. Retrying does not help.
    #[inline]
    pub fn decode<E: Event>(&self, format: &impl Format) -> Result<Decoded<E>, DecodeError> {
        let cx = UpcastCx::new(self);
        // `decode` is called in one place, so that it can be compiled into that.
        let slot = match E::slot(&self.event_type, self.schema_version) {
            Some(slot) => slot,
            None => match u16::try_from(newer::<E, _>(self, format)) {
                Ok(index) => Slot::new(index),
                Err(_) => return apart(|| unknown(self)),
            },
        };
        E::decode(slot, format, &cx)
    }
}

/// The index of the slot in which what a newer program wrote is decoded as today's version, if it says that those who know
/// that may do so; [`NOWHERE`] otherwise. An option from a call would keep the compiler from leading every name straight
/// to where it is decoded.
#[cold]
fn newer<E: Event, F: Format>(event: &RecordedEvent, format: &F) -> u32 {
    let name = &event.event_type;
    let slot = readable_as::<E>(name, event.schema_version, event.readable_by)
        .and_then(|current| E::slot(name, current))
        .filter(|_| format.is_named(event.format));
    slot.map_or(NOWHERE, |slot| slot.index().into())
}

/// Beyond all indices of slots.
const NOWHERE: u32 = u32::MAX;

#[cold]
fn unknown<E: Event>(event: &RecordedEvent) -> Result<Decoded<E>, DecodeError> {
    if *event.event_type == *ABSORBED {
        return Ok(Decoded::Skipped(Skipped::Absorbed));
    }
    let kind = || unknown_kind::<E>(&event.event_type, event.schema_version);
    match E::UNKNOWN {
        UnknownPolicy::Error => Err(DecodeError::new(event, kind())),
        UnknownPolicy::Skip => Ok(Decoded::Skipped(Skipped::Unknown)),
        UnknownPolicy::Capture => match E::capture(event.into()) {
            Some(captured) => Ok(Decoded::One(captured)),
            None => Err(DecodeError::new(event, kind())),
        },
    }
}

/// What is unknown about a stored name and version that have no slot.
pub(crate) fn unknown_kind<E: Event>(name: &str, version: u16) -> DecodeErrorKind {
    let of_name = E::STORED.iter().filter(|stored| stored.name == name);
    let newest = of_name.map(|stored| stored.version).max();
    match newest {
        Some(supported) if version > supported => DecodeErrorKind::FromTheFuture { supported },
        Some(_) => DecodeErrorKind::UnknownVersion,
        None => DecodeErrorKind::UnknownType,
    }
}

/// The current version of a name or former name, if what is newer may be read as that.
pub(crate) fn readable_as<E: Event>(name: &str, version: u16, readable_by: u16) -> Option<u16> {
    let named = |ty: &&EventType| ty.name == name || ty.aliases.contains(&name);
    let current = E::TYPES.iter().find(named)?.version;
    (readable_by..version).contains(&current).then_some(current)
}
