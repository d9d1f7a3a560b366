//! Pages: what reads return and how they are asked for.

use std::ops::ControlFlow;

use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::version::{Position, Version};

/// Which way a stream is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Oldest first.
    #[default]
    Forward,
    /// Newest first.
    Backward,
}

/// Which part of a stream to read.
///
/// ```
/// use eventsourcing::{StreamRange, Version};
/// let tail = StreamRange::from(Version::new(101)).limit(50);
/// let last = StreamRange::backward().limit(1);
/// # let _ = (tail, last);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamRange {
    /// First version wanted; backward reading ends there.
    pub from: Version,
    /// Last version wanted; backward reading starts there.
    pub to: Version,
    /// Which way.
    pub direction: Direction,
    /// Most events in one page; at least 1.
    pub limit: usize,
}

impl StreamRange {
    /// Most events in a page unless [`StreamRange::limit`] says otherwise.
    pub const DEFAULT_LIMIT: usize = 1000;

    /// A page ends with the event that brings its payloads to so many bytes, whatever the limit.
    pub const PAGE_BYTES: usize = 1 << 20;

    /// The whole stream, oldest first.
    pub const fn all() -> Self {
        Self {
            from: Version::FIRST,
            to: Version::new(u64::MAX),
            direction: Direction::Forward,
            limit: Self::DEFAULT_LIMIT,
        }
    }

    /// From `version` (inclusive) on.
    pub const fn from(version: Version) -> Self {
        Self {
            from: version,
            ..Self::all()
        }
    }

    /// The whole stream, newest first.
    pub const fn backward() -> Self {
        Self {
            direction: Direction::Backward,
            ..Self::all()
        }
    }

    /// Ends at `version` (inclusive).
    pub const fn to(self, version: Version) -> Self {
        Self {
            to: version,
            ..self
        }
    }

    /// Most events in one page.
    pub const fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Checks the range; every store calls it first.
    ///
    /// # Errors
    /// [`ReadError::InvalidInput`] if the limit is 0.
    pub fn validate(&self) -> Result<(), ReadError> {
        check_limit(self.limit)
    }

    /// What is left of this range after the page whose last event has version `last`, in a stream that ends at
    /// `head`; `None` if nothing is.
    pub fn rest_after(self, last: Version, head: Version) -> Option<Self> {
        match self.direction {
            Direction::Forward if last < self.to && last < head => Some(Self {
                from: last.next(),
                ..self
            }),
            Direction::Backward if last > self.from && last > Version::FIRST => Some(Self {
                to: Version::new(last.get() - 1),
                ..self
            }),
            _ => None,
        }
    }
}

/// Checks the limit of a page.
///
/// # Errors
/// [`ReadError::InvalidInput`] if it is 0.
fn check_limit(limit: usize) -> Result<(), ReadError> {
    if limit == 0 {
        return Err(ReadError::InvalidInput {
            reason: "the limit of a page is at least 1".into(),
        });
    }
    Ok(())
}

/// Part of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPage {
    /// The events, in the direction asked for.
    pub events: Vec<RecordedEvent>,
    /// Version of the stream when it was read; [`Version::EMPTY`] if it has no events.
    pub head: Version,
    /// How to read on; `None` at the end of the range.
    pub next: Option<StreamRange>,
}

/// What is said about a stream after part of it was visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamRest {
    /// Version of the stream when it was read; [`Version::EMPTY`] if it has no events.
    pub head: Version,
    /// How to read on behind the visited page; `None` at the end of the range.
    pub next: Option<StreamRange>,
}

/// Is shown events one by one; breaks when it has seen enough.
pub type Visitor<'a> = dyn FnMut(&RecordedEvent) -> ControlFlow<()> + Send + 'a;

/// Part of the log, as [`EventStore::read_all`](crate::EventStore::read_all) and, backwards,
/// [`EventStore::read_back`](crate::EventStore::read_back) return it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The matching events, in log order; newest first if read backwards.
    pub events: Vec<RecordedEvent>,
    /// How far the log was examined: read on after it. Equal to [`LogPage::head`] at the end. Backwards: read on before it;
    /// [`Position::START`] at the beginning.
    pub next: Position,
    /// Where the log ended when it was read.
    pub head: Position,
}

impl LogPage {
    /// Checks a request for a page of the log; every store calls it first.
    ///
    /// # Errors
    /// [`ReadError::InvalidInput`] if the limit is 0, [`ReadError::PositionBeyondHead`] if `after` lies beyond `head`.
    pub fn validate(after: Position, head: Position, limit: usize) -> Result<(), ReadError> {
        check_limit(limit)?;
        if after > head {
            return Err(ReadError::PositionBeyondHead { after, head });
        }
        Ok(())
    }
}

/// Where a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHead {
    /// Version of its last event.
    pub version: Version,
    /// Position of its last event.
    pub position: Position,
}
