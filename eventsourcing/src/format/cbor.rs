//! CBOR, of the feature `cbor`.

use cbor4ii::core::dec::Read;
use cbor4ii::core::utils::{BufWriter, SliceReader};
use cbor4ii::serde::{DecodeError, Deserializer, EncodeError, Serializer};
use serde::{Deserialize, Serialize};

use super::levels::Levels;
use super::nothing::NullIsNothing;
use super::reading::{decode_by, whole};
use super::ruled::Ruled;
use super::{Format, FormatError, FormatId};

/// CBOR by `cbor4ii`: as tolerant of added fields as JSON, more compact, exact for all integers and all floats, NaN
/// included. Of the feature `cbor`.
///
/// Nothing (`()`, `struct Empty;`, the null of a `serde_json::Value`) is null, as in JSON and most CBOR; the empty list that
/// `cbor4ii` writes for it by itself is read as nothing too, where the type says that it is.
///
/// Values may be nested in 127 lists, maps, structs, tuples and variants, as in JSON; encoding a deeper one is an error.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cbor;

impl Format for Cbor {
    const ID: FormatId = FormatId::CBOR;
    const NAMED: bool = true;

    fn reads(&self, id: FormatId) -> Result<(), FormatError> {
        super::reads(id, Self::ID)
    }

    fn encode<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        let mut writer = Serializer::new(BufWriter::new(std::mem::take(out)));
        let written = value.serialize(Levels::<_, false>::new(&mut writer));
        *out = writer.into_inner().into_inner();
        written.map_err(|error| match error {
            EncodeError::Custom(text) => FormatError::malformed(String::from(text)),
            EncodeError::Core(error) => FormatError::malformed(error),
        })
    }

    decode_by!(read);
}

/// Reads one value.
#[inline]
pub(super) fn read<'de, T: Deserialize<'de>, R>(
    bytes: &'de [u8],
    read: impl FnOnce(T) -> R,
    failed: impl FnOnce(FormatError) -> R,
) -> R {
    let mut reader = Deserializer::new(SliceReader::new(bytes));
    match T::deserialize(Ruled::new(NullIsNothing, &mut reader)) {
        Ok(value) => {
            let end = || match reader.into_inner().fill(1) {
                Ok(rest) if rest.as_ref().is_empty() => Ok(()),
                _ => Err(FormatError::trailing()),
            };
            whole(value, end, read, failed)
        }
        Err(error) => failed(unreadable(error)),
    }
}

/// serde's texts as they are: the codec's own `Display` puts them into the words of its source.
#[cold]
fn unreadable<E: std::error::Error + Send + Sync + 'static>(error: DecodeError<E>) -> FormatError {
    match error {
        DecodeError::Custom(text) => FormatError::malformed(String::from(text)),
        DecodeError::Core(error) => FormatError::malformed(error),
    }
}
