//! Formats: how a payload becomes bytes.

mod finite;
mod json;

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::json::Json;

/// A payload format (codec). Each stored event carries the [`FormatId`] it was written in.
pub trait Format: Send + Sync + 'static {
    /// The id that is stored with every payload written in this format.
    const ID: FormatId;
    /// Whether fields are stored by name, so that an absent one can take its default. Additive versions
    /// (`v1 = _`) need it.
    const NAMED: bool;

    /// Whether payloads stored in the format `id` hold their fields by name, so that what is not known can be left out.
    fn is_named(&self, id: FormatId) -> bool {
        id == Self::ID && Self::NAMED
    }

    /// Appends `value` to `out`.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the value has no representation in this format.
    fn encode<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError>;

    /// Reads a value from `bytes`, which were written in the format `id`.
    ///
    /// # Errors
    /// [`FormatError::Foreign`] if this format does not read `id`, [`FormatError::Malformed`] if the bytes do not
    /// hold a `T`.
    fn decode<'de, T: Deserialize<'de>>(
        &self,
        id: FormatId,
        bytes: &'de [u8],
    ) -> Result<T, FormatError>;
}

/// Number of a format, stored beside each payload. 1 to 127 belong to this crate, the rest is free for users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormatId(u8);

impl FormatId {
    /// JSON.
    pub const JSON: Self = Self(1);

    /// Wraps a number.
    pub const fn new(id: u8) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for FormatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::JSON => f.write_str("json"),
            Self(other) => write!(f, "format {other}"),
        }
    }
}

/// Why a payload could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The bytes are in a format that this one does not read.
    #[error(
        "the payload is written in {stored}, which this repository's format ({reader}) does not read"
    )]
    Foreign {
        /// Format of the bytes.
        stored: FormatId,
        /// Format that was asked to read them.
        reader: FormatId,
    },
    /// The payload cannot be turned into the older version that is still written.
    #[error("it cannot be written as version {to}: {source}")]
    Downcast {
        /// The older version.
        to: u16,
        /// What the step said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The codec's own error.
    #[error(transparent)]
    Malformed(Box<dyn Error + Send + Sync>),
}
