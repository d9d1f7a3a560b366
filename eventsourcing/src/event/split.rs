//! [`Split`]: one stored event that stands for several today.

use std::fmt;

use super::Event;
use crate::upcast::{UpcastCx, UpcastError};

/// Turns an event that was later divided into the events it stands for today.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not split into events of `{E}`",
    label = "missing `impl eventsourcing::Split<{E}> for {Self}`",
    note = "implement `eventsourcing::Split<{E}>` for the stored payload type: its `split` returns the events it stands for today"
)]
pub trait Split<E: Event>: Sized {
    /// What the split gives: an array, `Option`, `Vec` or any other iterable of events.
    type Output: IntoIterator<Item = E>;

    /// Divides the stored payload, in the order in which the events are to be applied.
    ///
    /// # Errors
    /// Whatever makes this payload impossible to divide.
    fn split(self, cx: &UpcastCx<'_>) -> Result<Self::Output, UpcastError>;
}

/// A split gave an event that its `into(..)` does not list.
#[derive(Debug)]
pub(crate) struct Unlisted {
    /// Stored name of the event.
    pub(crate) name: String,
    /// The variant to list; empty where there is none of the set's own.
    pub(crate) variant: &'static str,
}

impl fmt::Display for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, variant } = self;
        if variant.is_empty() {
            write!(f, "it gave `{name}`, which is not listed in `into(..)`")
        } else {
            write!(
                f,
                "it gave `{variant}` (`{name}`), which is not listed in `into(..)`"
            )
        }
    }
}

impl std::error::Error for Unlisted {}
