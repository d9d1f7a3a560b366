//! What generated code may name besides public traits. Not API: it changes without notice.

pub use serde;
pub use std::convert::Into;
pub use std::string::String;
pub use std::vec;
pub use std::vec::Vec;

pub use crate::apart::apart;
pub use crate::event::nested::{
    Nesting, Tables, first_slot, join_stored, join_types, no_name_is_shared, stored_of,
    types_before, types_of, wrap,
};
pub use crate::schema::Shape;
pub use crate::schema::describe::{Choices, Describe, Fields};
pub use crate::schema::lock::{Check, LockedSet, Payloads, SchemaIn};

pub use crate::event::unknown::HoldsUnknown;
pub use crate::event::view::{ShowAs, has_variant, is_current, pick, view_names, view_of};

use crate::downcast::Downcast;
use crate::envelope::RecordedEvent;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::event::{Decoded, Event, Skipped, Slot, Split, UnknownEvent, Unlisted};
use crate::format::{Format, FormatError};
use crate::tag::{InvalidTag, Tag};
use crate::upcast::{Upcast, UpcastCx, UpcastError};

/// Reads the payload as `T`.
///
/// # Errors
/// [`DecodeErrorKind::Payload`].
#[inline]
pub fn read<'a, T, F>(format: &F, cx: &UpcastCx<'a>) -> Result<T, DecodeError>
where
    T: serde::Deserialize<'a>,
    F: Format,
{
    let event = cx.recorded();
    format.decode_then(event.format, &event.payload, Ok, |error| {
        Err(unreadable(event, error))
    })
}

/// Reads the payload of today's version, of type `T`, and wraps it into its variant.
///
/// # Errors
/// Those of [`read`].
#[inline]
pub fn current<'a, T, E, F>(
    format: &F,
    cx: &UpcastCx<'a>,
    wrap: impl FnOnce(T) -> E,
) -> Result<Decoded<E>, DecodeError>
where
    T: serde::Deserialize<'a>,
    F: Format,
{
    let event = cx.recorded();
    format.decode_then(
        event.format,
        &event.payload,
        |value| Ok(Decoded::One(wrap(value))),
        |error| Err(unreadable(event, error)),
    )
}

#[cold]
fn unreadable(event: &RecordedEvent, error: FormatError) -> DecodeError {
    DecodeError::new(event, DecodeErrorKind::Payload(error))
}

/// Checks that an event of a version that was declared additive (`_`) is stored with the names of its fields. The
/// repository's own format is checked by the compiler; the event may have been stored in another one.
///
/// # Errors
/// [`DecodeErrorKind::NotNamed`].
#[inline]
pub fn named<F: Format>(format: &F, cx: &UpcastCx<'_>) -> Result<(), DecodeError> {
    let event = cx.recorded();
    let stored = event.format;
    if format.is_named(stored) {
        return Ok(());
    }
    Err(DecodeError::new(
        event,
        DecodeErrorKind::NotNamed { stored },
    ))
}

/// Lifts `value`, of version `from`, to the next version.
///
/// # Errors
/// [`DecodeErrorKind::Upcast`].
#[inline]
pub fn step<A, B>(value: A, cx: &UpcastCx<'_>, from: u16) -> Result<B, DecodeError>
where
    A: Upcast<B>,
{
    value
        .upcast(cx)
        .map_err(|error| upcast_failed(cx, from, error))
}

/// Lifts `value`, of version `from`, with the user's function.
///
/// # Errors
/// [`DecodeErrorKind::Upcast`].
#[inline]
pub fn via<A, B, M, S>(step: S, value: A, cx: &UpcastCx<'_>, from: u16) -> Result<B, DecodeError>
where
    S: ViaFn<A, B, M>,
{
    step.call(value, cx)
        .map_err(|error| upcast_failed(cx, from, error))
}

/// Turns `value` into the version before, `to`.
///
/// # Errors
/// [`FormatError::Downcast`].
pub fn downcast<A, B>(value: &A, to: u16) -> Result<B, FormatError>
where
    A: Downcast<B>,
{
    value.downcast().map_err(|error| FormatError::Downcast {
        to,
        source: error.into_source(),
    })
}

/// Writes what was captured as it is.
pub fn encode_unknown(event: &UnknownEvent, out: &mut Vec<u8>) {
    out.extend_from_slice(&event.payload);
}

#[cold]
fn upcast_failed(cx: &UpcastCx<'_>, from: u16, error: UpcastError) -> DecodeError {
    DecodeError::new(
        cx.recorded(),
        DecodeErrorKind::Upcast {
            from,
            to: from + 1,
            source: error.into_source(),
        },
    )
}

/// A function that can stand in `via = ..`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an upcast function from `{A}` to `{B}`",
    label = "expected `fn({A}) -> {B}` or `fn({A}, &UpcastCx) -> Result<{B}, _>`"
)]
pub trait ViaFn<A, B, Marker> {
    /// Calls it.
    ///
    /// # Errors
    /// Whatever it returns.
    fn call(self, value: A, cx: &UpcastCx<'_>) -> Result<B, UpcastError>;
}

/// Marks `fn(A) -> B`.
#[derive(Debug)]
pub enum Plain {}
/// Marks `fn(A, &UpcastCx) -> Result<B, E>`.
#[derive(Debug)]
pub enum WithCx {}

impl<A, B, F: FnOnce(A) -> B> ViaFn<A, B, Plain> for F {
    fn call(self, value: A, _: &UpcastCx<'_>) -> Result<B, UpcastError> {
        Ok(self(value))
    }
}

impl<A, B, E, F> ViaFn<A, B, (WithCx, E)> for F
where
    E: Into<UpcastError>,
    F: FnOnce(A, &UpcastCx<'_>) -> Result<B, E>,
{
    fn call(self, value: A, cx: &UpcastCx<'_>) -> Result<B, UpcastError> {
        self(value, cx).map_err(Into::into)
    }
}

/// Divides `value` into events, whose types must be among `into` (indices into [`Event::TYPES`]).
///
/// # Errors
/// [`DecodeErrorKind::Split`].
pub fn split<E, T>(value: T, cx: &UpcastCx<'_>, into: &[usize]) -> Result<Decoded<E>, DecodeError>
where
    E: Event,
    T: Split<E>,
{
    let events = value.split(cx).map_err(|error| {
        DecodeError::new(
            cx.recorded(),
            DecodeErrorKind::Split {
                source: error.into_source(),
            },
        )
    })?;
    let events: Vec<E> = events.into_iter().collect();
    match events
        .iter()
        .find(|event| !into.contains(&event.type_index()))
    {
        Some(event) => {
            let (name, variant) = match (event.captured(), E::TYPES.get(event.type_index())) {
                (Some(unknown), _) => (&*unknown.event_type, ""),
                (None, Some(ty)) => (ty.name, ty.variant),
                (None, None) => ("an event without a type", ""),
            };
            let source = Box::new(Unlisted {
                name: name.into(),
                variant,
            });
            Err(DecodeError::new(
                cx.recorded(),
                DecodeErrorKind::Split { source },
            ))
        }
        None => Ok(Decoded::Many(events)),
    }
}

/// The tags that the user's function gives an event.
///
/// # Errors
/// Whatever it returns.
pub fn tags<E>(
    event: &E,
    function: impl FnOnce(&E) -> Result<Vec<Tag>, InvalidTag>,
) -> Result<Vec<Tag>, InvalidTag> {
    function(event)
}

/// A retired event: nothing.
///
/// # Errors
/// Never; the signature is that of its siblings.
#[inline]
pub fn retired<E>(reason: &'static str) -> Result<Decoded<E>, DecodeError> {
    Ok(Decoded::Skipped(Skipped::Retired(reason)))
}

/// A refused event.
///
/// # Errors
/// Always.
#[inline]
pub fn refused<E>(cx: &UpcastCx<'_>, reason: &'static str) -> Result<Decoded<E>, DecodeError> {
    Err(DecodeError::new(
        cx.recorded(),
        DecodeErrorKind::Refused { reason },
    ))
}

/// A version declared as never stored.
///
/// # Errors
/// Always.
#[inline]
pub fn unsupported<E>(cx: &UpcastCx<'_>) -> Result<Decoded<E>, DecodeError> {
    Err(DecodeError::new(
        cx.recorded(),
        DecodeErrorKind::Unsupported,
    ))
}

/// A slot that the set never hands out.
///
/// # Errors
/// Always.
#[inline]
pub fn bad_slot<E>(_: Slot, cx: &UpcastCx<'_>) -> Result<Decoded<E>, DecodeError> {
    Err(DecodeError::new(
        cx.recorded(),
        DecodeErrorKind::UnknownVersion,
    ))
}

/// Where a type is missing, a derive writes `<[(); error] as Missing>::Type`: an array whose length is the error about it.
/// rustc takes the whole for broken and says nothing more about what depends on it.
pub trait Missing {
    /// The type that is missing.
    type Type;
}

impl<const N: usize> Missing for [(); N] {
    type Type = ();
}

/// A state that has a beginning; every `Default` type is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no initial state",
    label = "`{Self}` does not implement `Default`",
    note = "derive or implement `Default` for it, or name a function with `#[es(initial = path)]`"
)]
pub trait InitialState {
    /// The state before the first event.
    fn initial() -> Self;
}

#[diagnostic::do_not_recommend]
impl<S: Default> InitialState for S {
    fn initial() -> Self {
        Self::default()
    }
}

/// The state before the first event.
#[inline]
pub fn initial<S: InitialState>() -> S {
    S::initial()
}
