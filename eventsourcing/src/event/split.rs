//! [`Split`]: one stored event that stands for several today.

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
