//! Where an event stands: [`Version`] in its stream, [`Position`] in the log.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Number of events in a stream: the first event has version 1, an empty stream version 0.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(u64);

/// Place in the store's one global log, strictly increasing in commit order; the first event is past [`Position::START`].
///
/// Positions order events. They are not promised to be dense, so a missing number says nothing.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(u64);

impl Version {
    /// The version of a stream without events.
    pub const EMPTY: Self = Self(0);
    /// The version of a stream's first event.
    pub const FIRST: Self = Self(1);

    /// Wraps a number of events.
    pub const fn new(events: u64) -> Self {
        Self(events)
    }

    /// The number of events.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The version after `events` more events.
    ///
    /// # Panics
    /// If the sum exceeds `u64`, which no stream can reach.
    #[must_use]
    pub const fn plus(self, events: u64) -> Self {
        Self(
            self.0
                .checked_add(events)
                .expect("a stream version fits into u64"),
        )
    }

    /// The version of the following event.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }
}

impl Position {
    /// Before the first event: reading after it reads everything.
    pub const START: Self = Self(0);

    /// Wraps a raw position.
    pub const fn new(position: u64) -> Self {
        Self(position)
    }

    /// The raw number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u64> for Version {
    fn from(events: u64) -> Self {
        Self(events)
    }
}

impl From<u64> for Position {
    fn from(position: u64) -> Self {
        Self(position)
    }
}

/// What an append expects of a stream; checked atomically with the append.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ExpectedVersion {
    /// Whatever is there; never conflicts.
    #[default]
    Any,
    /// The stream has no events yet.
    NoStream,
    /// The stream has at least one event.
    Exists,
    /// The stream has exactly this version. `Exact(Version::EMPTY)` is [`ExpectedVersion::NoStream`].
    Exact(Version),
}

impl ExpectedVersion {
    /// Whether a stream at `actual` meets the expectation.
    pub fn accepts(self, actual: Version) -> bool {
        match self {
            Self::Any => true,
            Self::NoStream => actual == Version::EMPTY,
            Self::Exists => actual > Version::EMPTY,
            Self::Exact(version) => actual == version,
        }
    }
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any version"),
            Self::NoStream => f.write_str("no stream"),
            Self::Exists => f.write_str("an existing stream"),
            Self::Exact(version) => write!(f, "version {version}"),
        }
    }
}
