//! [`StreamId`]: the name of one aggregate instance's stream.

use std::cmp::Ordering;
use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Category and id of a stream, written `category-id`: `account-42`.
///
/// The category is the aggregate's name; the id is everything behind the first `-` and may hold any characters but
/// control characters (`.`, `*`, `>`, spaces and unicode are fine). The whole text is at most
/// [`StreamId::MAX_BYTES`] bytes. Cloning is cheap.
///
/// ```
/// use eventsourcing::StreamId;
/// let id = StreamId::new("account", "42-b")?;
/// assert_eq!((id.category(), id.id(), id.as_str()), ("account", "42-b", "account-42-b"));
/// # Ok::<(), eventsourcing::InvalidStreamId>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StreamId {
    text: Arc<str>,
    category_len: u8,
}

/// Why a text is not a stream id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidStreamId {
    /// The category is empty or holds something else than `a-z`, `0-9`, `.` and `_`.
    #[error(
        "`{category}` is not a category: use lower-case letters, digits, `.` and `_`, as in `account`"
    )]
    Category {
        /// The rejected category.
        category: String,
    },
    /// The id is empty.
    #[error("the id in category `{category}` is empty")]
    EmptyId {
        /// The category it was meant for.
        category: String,
    },
    /// The id holds a control character.
    #[error("the id {id:?} holds the control character {character:?}")]
    ControlCharacter {
        /// The rejected id.
        id: String,
        /// The first control character in it.
        character: char,
    },
    /// Category and id together are too long.
    #[error(
        "the stream id is {bytes} bytes long; the limit is {}",
        StreamId::MAX_BYTES
    )]
    TooLong {
        /// Its length in bytes, the `-` included.
        bytes: usize,
    },
    /// There is no `-` between category and id.
    #[error("`{text}` is not a stream id: expected `category-id`, as in `account-42`")]
    NoSeparator {
        /// The rejected text.
        text: String,
    },
}

impl StreamId {
    /// Longest stream id in bytes, category, `-` and id together.
    pub const MAX_BYTES: usize = 200;

    /// Joins a category and an id.
    ///
    /// # Errors
    /// [`InvalidStreamId`] names the part that is wrong; retrying does not help.
    pub fn new(category: &str, id: &str) -> Result<Self, InvalidStreamId> {
        check_category(category)?;
        if id.is_empty() {
            return Err(InvalidStreamId::EmptyId {
                category: category.into(),
            });
        }
        // Nearly every id is printable ASCII, which is quickly seen.
        let printable = id.bytes().all(|b| (b' '..=b'~').contains(&b));
        if !printable && let Some(character) = id.chars().find(|c| c.is_control()) {
            return Err(InvalidStreamId::ControlCharacter {
                id: id.into(),
                character,
            });
        }
        let bytes = category.len() + 1 + id.len();
        let mut text = Text::default();
        let joined = [category, "-", id]
            .iter()
            .try_for_each(|part| text.write_str(part));
        match (u8::try_from(category.len()), joined) {
            (Ok(category_len), Ok(())) => {
                let text = Arc::from(text.as_str());
                Ok(Self { text, category_len })
            }
            _ => Err(InvalidStreamId::TooLong { bytes }),
        }
    }

    /// As [`StreamId::new`], of whatever the id looks like when displayed.
    pub(crate) fn of(category: &str, id: &impl fmt::Display) -> Result<Self, InvalidStreamId> {
        let mut text = Text::default();
        match write!(text, "{id}") {
            Ok(()) => Self::new(category, text.as_str()),
            Err(fmt::Error) => Self::new(category, &id.to_string()), // too long: the error says how long
        }
    }

    /// The whole text, `category-id`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the first `-`.
    pub fn category(&self) -> &str {
        &self.text[..usize::from(self.category_len)]
    }

    /// The part behind the first `-`.
    pub fn id(&self) -> &str {
        &self.text[usize::from(self.category_len) + 1..]
    }
}

/// Text of at most [`StreamId::MAX_BYTES`] bytes on the stack: an id is made for every load.
struct Text {
    bytes: [u8; StreamId::MAX_BYTES],
    len: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self {
            bytes: [0; StreamId::MAX_BYTES],
            len: 0,
        }
    }
}

impl Text {
    fn as_str(&self) -> &str {
        // Only whole texts go in, so it is one.
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Checks that a text may be a category.
///
/// # Errors
/// [`InvalidStreamId::Category`] if not.
pub(crate) fn check_category(category: &str) -> Result<(), InvalidStreamId> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_';
    if category.is_empty() || !category.bytes().all(allowed) {
        return Err(InvalidStreamId::Category {
            category: category.into(),
        });
    }
    Ok(())
}

impl FromStr for StreamId {
    type Err = InvalidStreamId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (category, id) = text
            .split_once('-')
            .ok_or_else(|| InvalidStreamId::NoSeparator { text: text.into() })?;
        Self::new(category, id)
    }
}

impl TryFrom<String> for StreamId {
    type Error = InvalidStreamId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<StreamId> for String {
    fn from(id: StreamId) -> Self {
        id.text.as_ref().into()
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({:?})", self.text)
    }
}

impl PartialEq for StreamId {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for StreamId {}

impl Hash for StreamId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl PartialOrd for StreamId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StreamId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

/// Lets maps keyed by stream id be searched with a borrowed text.
impl std::borrow::Borrow<str> for StreamId {
    fn borrow(&self) -> &str {
        &self.text
    }
}
