//! Formats: how a payload becomes bytes.

#[cfg(feature = "postcard")]
mod bounds;
#[cfg(feature = "cbor")]
mod cbor;
mod json;
mod levels;
#[cfg(feature = "msgpack")]
mod msgpack;
#[cfg(feature = "cbor")]
mod nothing;
#[cfg(feature = "postcard")]
mod postcard;
mod reading;
#[cfg(any(feature = "cbor", feature = "postcard"))]
mod ruled;
#[cfg(feature = "postcard")]
mod walk;

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

#[cfg(feature = "cbor")]
pub use self::cbor::Cbor;
pub use self::json::Json;
#[cfg(feature = "msgpack")]
pub use self::msgpack::MsgPack;
#[cfg(feature = "postcard")]
pub use self::postcard::Postcard;

/// A payload format (codec). Each stored event carries the [`FormatId`] it was written in.
///
/// | format | feature | number | fields | NaN, infinity | an opened account | a deposit |
/// | --- | --- | --- | --- | --- | --- | --- |
/// | [`Json`] | always there, the default | 1 | named | refused | 87 bytes | 15 bytes |
/// | `Cbor` | `cbor` | 2 | named | exact | 75 bytes | 12 bytes |
/// | `MsgPack` | `msgpack` | 3 | named | exact | 75 bytes | 12 bytes |
/// | `Postcard` | `postcard` | 4 | by their place | exact | 46 bytes | 3 bytes |
///
/// The account is `{"owner":"Augusta Ada King, Countess of Lovelace","currency":"EUR","limit_cents":50000}`, the deposit
/// `{"cents":73051}`. JSON is read by people and by everything; CBOR and `MessagePack` are for payloads with bytes, NaN or
/// many numbers; postcard is for large volumes of events whose structs are changed with care.
///
/// What is written can be read again: NaN where there is none, and values nested deeper than a format reads (127 levels,
/// postcard 256) are refused by [`encode`](Self::encode).
///
/// JSON, CBOR and `MessagePack` have one null for nothing (`()`, `struct Empty;`, `serde_json::Value::Null`) and for an
/// option's `None`: `Some(())` and `Some(None)` are read as `None`. Postcard knows them apart.
///
/// A repository writes one format and reads all whose features are on, so its format may change at any time: old events
/// keep theirs, and a stream of several formats reads as one.
pub trait Format: Send + Sync + 'static {
    /// The id that is stored with every payload written in this format.
    const ID: FormatId;
    /// Whether fields are stored by name, so that an absent one can take its default. Additive versions
    /// (`v1 = _`) need it.
    const NAMED: bool;

    /// Whether payloads stored in the format `id` hold their fields by name, so that what is not known can be left out
    /// and what is absent can take its default.
    ///
    /// Provided for this format and those of this crate; one that reads others besides says it here.
    fn is_named(&self, id: FormatId) -> bool {
        if id == Self::ID {
            Self::NAMED
        } else {
            matches!(id, FormatId::JSON | FormatId::CBOR | FormatId::MSGPACK)
        }
    }

    /// Whether payloads in the format `id` can be read.
    ///
    /// # Errors
    /// [`FormatError::Foreign`] if not; [`FormatError::Disabled`] if they could with a feature of this crate.
    fn reads(&self, id: FormatId) -> Result<(), FormatError> {
        if id == Self::ID {
            return Ok(());
        }
        let (stored, reader) = (id, Self::ID);
        Err(FormatError::Foreign { stored, reader })
    }

    /// Appends `value` to `out`.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] if the value has no representation in this format, or is nested too deep to be read
    /// again. Trying again does not help.
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

    /// [`decode`](Self::decode), and what comes next. Not API: a result in between would be a place in memory that every
    /// payload is moved through. `payload` is no slice, so that its address and length are loaded where they are used.
    #[doc(hidden)]
    #[inline]
    fn decode_then<'de, T: Deserialize<'de>, R>(
        &self,
        id: FormatId,
        payload: &'de Bytes,
        read: impl FnOnce(T) -> R,
        failed: impl FnOnce(FormatError) -> R,
    ) -> R {
        match self.decode(id, payload) {
            Ok(value) => read(value),
            Err(error) => failed(error),
        }
    }
}

/// Number of a format, stored beside each payload. 1 to 127 belong to this crate, the rest is free for users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormatId(u8);

impl FormatId {
    /// JSON.
    pub const JSON: Self = Self(1);
    /// CBOR.
    pub const CBOR: Self = Self(2);
    /// `MessagePack` with names of fields.
    pub const MSGPACK: Self = Self(3);
    /// Postcard, without names of fields.
    pub const POSTCARD: Self = Self(4);

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
            Self::CBOR => f.write_str("cbor"),
            Self::MSGPACK => f.write_str("msgpack"),
            Self::POSTCARD => f.write_str("postcard"),
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
    /// The bytes are in a format that this program was built without.
    #[error(
        "the payload is written in {stored}; enable the feature `{stored}` of the crate `eventsourcing` to read it"
    )]
    Disabled {
        /// Format of the bytes, named like its feature.
        stored: FormatId,
    },
    /// The codec's own error.
    #[error(transparent)]
    Malformed(Box<dyn Error + Send + Sync>),
}

impl FormatError {
    /// Out of the way of what succeeds.
    #[cold]
    fn malformed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Malformed(error.into())
    }

    #[cfg(any(feature = "cbor", feature = "msgpack", feature = "postcard"))]
    #[cold]
    fn trailing() -> Self {
        Self::Malformed("something follows the value".into())
    }
}

/// Reads a payload in another of this crate's formats than `F`, the reader's own.
///
/// The reader's own is left out: with one caller less, its codec is compiled into the reader.
fn decode_other<'de, F: Format, T: Deserialize<'de>, R>(
    stored: FormatId,
    payload: &'de (impl AsRef<[u8]> + ?Sized),
    read: impl FnOnce(T) -> R,
    failed: impl FnOnce(FormatError) -> R,
) -> R {
    let bytes = payload.as_ref();
    match stored {
        FormatId::JSON if const { F::ID.0 != FormatId::JSON.0 } => json::read(bytes, read, failed),
        #[cfg(feature = "cbor")]
        FormatId::CBOR if const { F::ID.0 != FormatId::CBOR.0 } => cbor::read(bytes, read, failed),
        #[cfg(feature = "msgpack")]
        FormatId::MSGPACK if const { F::ID.0 != FormatId::MSGPACK.0 } => {
            msgpack::read(bytes, read, failed)
        }
        #[cfg(feature = "postcard")]
        FormatId::POSTCARD if const { F::ID.0 != FormatId::POSTCARD.0 } => {
            postcard::read(bytes, read, failed)
        }
        _ => failed(unread(stored, F::ID)),
    }
}

/// Whether one of this crate's formats reads payloads in the format `stored`.
fn reads(stored: FormatId, reader: FormatId) -> Result<(), FormatError> {
    match stored {
        FormatId::JSON => Ok(()),
        FormatId::CBOR if cfg!(feature = "cbor") => Ok(()),
        FormatId::MSGPACK if cfg!(feature = "msgpack") => Ok(()),
        FormatId::POSTCARD if cfg!(feature = "postcard") => Ok(()),
        _ => Err(unread(stored, reader)),
    }
}

/// Why a format that is not built in is not read.
#[cold]
fn unread(stored: FormatId, reader: FormatId) -> FormatError {
    match stored {
        FormatId::CBOR | FormatId::MSGPACK | FormatId::POSTCARD => FormatError::Disabled { stored },
        _ => FormatError::Foreign { stored, reader },
    }
}
