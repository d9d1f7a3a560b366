//! JSON, the default format.

use serde::{Deserialize, Serialize};
use serde_json::{Deserializer, Serializer};

use super::levels::Levels;
use super::reading::{decode_by, is_small, whole};
use super::{Format, FormatError, FormatId};

/// JSON by `serde_json`: readable, tolerant of added fields, exact for all integers and all finite floats.
///
/// JSON has no NaN and no infinity, and values are read that are nested in at most 127 lists, maps, structs, tuples and
/// variants; encoding others is an error.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Format for Json {
    const ID: FormatId = FormatId::JSON;
    const NAMED: bool = true;

    fn reads(&self, id: FormatId) -> Result<(), FormatError> {
        super::reads(id, Self::ID)
    }

    fn encode<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        value
            .serialize(Levels::<_, true>::new(&mut Serializer::new(out)))
            .map_err(FormatError::malformed)
    }

    decode_by!(read);
}

/// Reads one value, as `serde_json::from_slice` does.
#[inline]
pub(super) fn read<'de, T: Deserialize<'de>, R>(
    bytes: &'de [u8],
    read: impl FnOnce(T) -> R,
    failed: impl FnOnce(FormatError) -> R,
) -> R {
    if const { is_small::<T>() } {
        return match from_slice(bytes) {
            Ok(value) => read(value),
            Err(error) => failed(FormatError::malformed(error)),
        };
    }
    let mut reader = Deserializer::from_slice(bytes);
    match T::deserialize(&mut reader) {
        Ok(value) => {
            let end = || reader.end().map_err(FormatError::malformed);
            whole(value, end, read, failed)
        }
        Err(error) => failed(FormatError::malformed(error)),
    }
}

/// `serde_json`'s, compiled into where it is called.
#[inline]
fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> serde_json::Result<T> {
    let mut reader = Deserializer::from_slice(bytes);
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}
