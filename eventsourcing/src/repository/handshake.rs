//! The handshake before traffic: does this program read everything that the store holds?

use std::fmt;

use super::EventSourced;
use crate::aggregate::Aggregate;
use crate::error::{DecodeErrorKind, ReadError};
use crate::event::{Event, Fate, UnknownPolicy, readable_as, unknown_kind};
use crate::format::Format;
use crate::store::{EventStore, HeldType};

/// An event type that a store holds and a program cannot read.
#[derive(Debug)]
pub struct UnreadableType {
    /// The type.
    pub held: HeldType,
    /// Why it cannot be read.
    pub why: DecodeErrorKind,
}

impl fmt::Display for UnreadableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HeldType {
            category,
            name,
            schema_version,
            first,
            ..
        } = &self.held;
        let why = &self.why;
        write!(
            f,
            "`{name}` v{schema_version} (category `{category}`, first at position {first}): {why}"
        )
    }
}

/// Why a repository should not take traffic.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The store holds event types that this program cannot read: aggregates that have such events would not load.
    #[error("this program cannot read {} of the event types in the store{}", .0.len(), listed(.0))]
    Unreadable(Vec<UnreadableType>),
    /// The store could not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
}

fn listed(unreadable: &[UnreadableType]) -> String {
    let mut lines = String::new();
    for one in unreadable {
        lines.push_str("\n  ");
        lines.push_str(&one.to_string());
    }
    lines
}

impl HeldType {
    /// Says why the event set `E` cannot read events of this type in this format; `None` if it can, as far as that can be
    /// told without reading one.
    pub fn unreadable_by<E: Event>(&self, format: &impl Format) -> Option<DecodeErrorKind> {
        let (name, version) = (&*self.name, self.schema_version);
        let mut of_name = E::STORED.iter().filter(|stored| stored.name == name);
        let stored = of_name.find(|stored| stored.version == version);
        if stored.is_some_and(|stored| stored.additive) && !format.is_named(self.format) {
            return Some(DecodeErrorKind::NotNamed {
                stored: self.format,
            });
        }
        match stored.map(|stored| stored.fate) {
            Some(Fate::Current(_) | Fate::Upcast(_) | Fate::Split(_)) => {}
            // Its payloads are not looked at.
            Some(Fate::Retired(_)) => return None,
            Some(Fate::Refused(reason)) => return Some(DecodeErrorKind::Refused { reason }),
            Some(Fate::Unsupported) => return Some(DecodeErrorKind::Unsupported),
            None if readable_as::<E>(name, version, self.readable_by).is_some()
                && format.is_named(self.format) => {}
            None => {
                let unknown = || unknown_kind::<E>(name, version);
                return (E::UNKNOWN == UnknownPolicy::Error).then(unknown);
            }
        }
        format
            .reads(self.format)
            .err()
            .map(DecodeErrorKind::Payload)
    }
}

impl<A: Aggregate, S: EventStore, F: Format> EventSourced<A, S, F> {
    /// Checks that this program can read every event type that the store holds for this aggregate. Call it before the
    /// first command: a program that was rolled back, or one that was not updated yet, then says so at its start instead
    /// of in the middle of its work.
    ///
    /// # Errors
    /// [`CheckError::Unreadable`] names each such type, where it occurs first, and why it cannot be read; update the
    /// program. [`CheckError::Read`] if the store cannot answer.
    pub async fn check(&self) -> Result<(), CheckError> {
        let held = self.store.event_types().await?;
        let unreadable: Vec<UnreadableType> = held
            .into_iter()
            .filter(|held| *held.category == *A::NAME)
            .filter_map(|held| {
                let why = held.unreadable_by::<A::Event>(&*self.format)?;
                Some(UnreadableType { held, why })
            })
            .collect();
        if unreadable.is_empty() {
            Ok(())
        } else {
            Err(CheckError::Unreadable(unreadable))
        }
    }
}
