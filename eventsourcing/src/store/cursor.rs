//! [`Cursor`]: where the next page of a query begins.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Direction;
use crate::version::Position;

/// Where the next page of a [`Query`](super::Query) begins, and in which direction.
///
/// It is valid for as long as the log is, in every process, for the filter that it was got with. Its text is `after-17` or
/// `before-17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Cursor {
    direction: Direction,
    position: Position,
}

/// Why a text is not a cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a cursor: take the one that came with the page before")]
pub struct InvalidCursor {
    text: String,
}

impl Cursor {
    pub(super) const fn first(direction: Direction) -> Self {
        let position = match direction {
            Direction::Forward => Position::START,
            Direction::Backward => Position::new(u64::MAX),
        };
        Self {
            direction,
            position,
        }
    }

    pub(super) fn is_first(self) -> bool {
        self == Self::first(self.direction)
    }

    pub(super) fn is_forward(self) -> bool {
        self.direction == Direction::Forward
    }

    pub(super) fn moved(self, position: Position) -> Self {
        Self { position, ..self }
    }

    /// Which way the query goes.
    pub fn direction(self) -> Direction {
        self.direction
    }

    /// The page begins behind this position, or backwards before it.
    pub fn position(self) -> Position {
        self.position
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_forward() { "after" } else { "before" };
        write!(f, "{word}-{}", self.position)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (word, number) = text.split_once('-')?;
            let direction = match word {
                "after" => Direction::Forward,
                "before" => Direction::Backward,
                _ => return None,
            };
            let position = number.parse().ok().map(Position::new)?;
            let cursor = Self {
                direction,
                position,
            };
            // Other texts for the same number are none of ours.
            (cursor.to_string() == text).then_some(cursor)
        };
        parse().ok_or_else(|| InvalidCursor { text: text.into() })
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}

impl TryFrom<String> for Cursor {
    type Error = InvalidCursor;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
