//! What events look like where they are stored, and what may be changed about it.
//!
//! [`Schema`] tells the [`Shape`] of a payload, a [`Lock`] keeps the shapes that were released, and
//! [`compare`](compare()) says what a difference does to stored events. [`events_lock!`](crate::events_lock) ties them together in a test of
//! your crate.

pub(crate) mod compare;
pub(crate) mod describe;
mod events_lock;
mod fingerprint;
mod impls;
pub(crate) mod lock;
pub(crate) mod parse;
mod rules;
mod sample;
mod shape;
pub(crate) mod write;

pub use self::compare::{Change, compare};
pub use self::describe::{Choices, Describe, Fields, shape_of};
pub use self::fingerprint::{Fingerprint, WireClass};
pub use self::lock::{
    Check, Entry, Finding, Golden, Lock, LockError, LockedVersion, Reading, Report, Reserved, State,
};
pub use self::parse::ParseError;
pub use self::rules::{Effect, Reads, Rule};
pub use self::shape::{Constraint, Enum, Field, Repr, Scalar, Shape, Struct, Variant};

/// A type whose stored form is known: what serde writes of it and reads it from.
///
/// Derive it. For a field of a foreign type, say what it is stored like with `#[es(schema = String)]` or name it with
/// `#[es(opaque = "iban/1")]`. Events need it only where a crate locks its events with
/// [`events_lock!`](crate::events_lock).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema",
    label = "missing `#[derive(eventsourcing::Schema)]` on `{Self}`",
    note = "derive `eventsourcing::Schema` for it; for a type of another crate write `#[es(schema = String)]` (or another type that is stored alike) or `#[es(opaque = \"name/1\")]` on the field"
)]
pub trait Schema {
    /// Whether a field of this type may be absent: of an `Option`, and what stands for one.
    const OPTIONAL: bool = false;

    /// The shape; [`shape_of`] calls it.
    fn describe(cx: &mut Describe) -> Shape;
}
