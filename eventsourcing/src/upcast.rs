//! Lifting stored old versions to today's types, one step between neighbouring versions at a time.

use std::error::Error;
use std::fmt;

use crate::envelope::RecordedEvent;
use crate::metadata::Metadata;
use crate::stream_id::StreamId;
use crate::time::Timestamp;
use crate::version::{Position, Version};

/// One step from a version's type to the next version's.
///
/// Write `impl From<Old> for New` or `impl TryFrom<Old> for New` and this trait comes with it. Implement it by hand
/// only where the step needs the event's metadata. Steps are pure and synchronous: every replay must give the same.
#[diagnostic::on_unimplemented(
    message = "no upcast from `{Self}` to `{Next}`",
    label = "stored payloads of this version are decoded as `{Self}`, and nothing turns that into `{Next}`",
    note = "write `impl From<{Self}> for {Next}`, `impl TryFrom<{Self}> for {Next}` (its error must implement `std::error::Error`), or `impl eventsourcing::Upcast<{Next}> for {Self}` (when metadata is needed)",
    note = "if fields were only added with defaults, write `_` instead of the type"
)]
pub trait Upcast<Next>: Sized {
    /// Turns this version's payload into the next version's.
    ///
    /// # Errors
    /// Whatever makes this payload impossible to lift; loading its stream then fails with
    /// [`DecodeErrorKind::Upcast`](crate::DecodeErrorKind::Upcast).
    fn upcast(self, cx: &UpcastCx<'_>) -> Result<Next, UpcastError>;
}

#[diagnostic::do_not_recommend]
impl<A, B> Upcast<B> for A
where
    B: TryFrom<A>,
    B::Error: Error + Send + Sync + 'static,
{
    fn upcast(self, _: &UpcastCx<'_>) -> Result<B, UpcastError> {
        B::try_from(self).map_err(UpcastError::new)
    }
}

/// What an upcast may know besides the payload: the stored event around it.
#[derive(Debug, Clone)]
pub struct UpcastCx<'a> {
    recorded: &'a RecordedEvent,
}

impl<'a> UpcastCx<'a> {
    /// The context of a stored event.
    pub const fn new(recorded: &'a RecordedEvent) -> Self {
        Self { recorded }
    }

    /// The stored event itself.
    pub const fn recorded(&self) -> &'a RecordedEvent {
        self.recorded
    }

    /// Its stream.
    pub const fn stream(&self) -> &'a StreamId {
        &self.recorded.stream
    }

    /// Its version in the stream.
    pub const fn version(&self) -> Version {
        self.recorded.version
    }

    /// Its position in the log.
    pub const fn position(&self) -> Position {
        self.recorded.position
    }

    /// When it was recorded.
    pub const fn recorded_at(&self) -> Timestamp {
        self.recorded.recorded_at
    }

    /// What travelled with its commit.
    pub fn metadata(&self) -> &'a Metadata {
        &self.recorded.metadata
    }

    /// A header of its commit.
    pub fn metadata_str(&self, header: &str) -> Option<&'a str> {
        self.recorded
            .metadata
            .headers
            .get(header)
            .map(String::as_str)
    }
}

/// Why an upcast could not be done. Any error converts into it with `?`; a plain text with [`UpcastError::msg`].
pub struct UpcastError(Box<dyn Error + Send + Sync>);

impl UpcastError {
    /// Wraps an error.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    /// An error that is only a text.
    pub fn msg(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    pub(crate) fn into_source(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

/// Works because `UpcastError` is no `Error` itself, as in `anyhow`.
impl<E: Error + Send + Sync + 'static> From<E> for UpcastError {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl fmt::Debug for UpcastError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for UpcastError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
