//! [`Tag`]: a searchable mark on an event, the handle of append conditions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A short text on an event by which it can be found and guarded, like `username:ada`.
///
/// 1 to [`Tag::MAX_BYTES`] bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Tag(Arc<str>);

/// Why a text is not a tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a tag: a tag has 1 to {} bytes and no control characters",
    Tag::MAX_BYTES
)]
pub struct InvalidTag {
    text: String,
}

impl Tag {
    /// Longest tag in bytes.
    pub const MAX_BYTES: usize = 200;

    /// Checks and wraps a text.
    ///
    /// # Errors
    /// [`InvalidTag`] if it is empty, too long or holds a control character.
    pub fn new(text: &str) -> Result<Self, InvalidTag> {
        if text.is_empty() || text.len() > Self::MAX_BYTES || text.chars().any(char::is_control) {
            return Err(InvalidTag { text: text.into() });
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Tag {
    type Err = InvalidTag;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl TryFrom<String> for Tag {
    type Error = InvalidTag;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0.as_ref().into()
    }
}
