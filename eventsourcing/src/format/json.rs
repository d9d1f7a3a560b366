//! JSON, the default format.

use serde::{Deserialize, Serialize};
use serde_json::Serializer;

use super::levels::Levels;
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

    #[inline]
    fn decode<'de, T: Deserialize<'de>>(
        &self,
        id: FormatId,
        bytes: &'de [u8],
    ) -> Result<T, FormatError> {
        if id == Self::ID {
            decode(bytes)
        } else {
            super::decode_other::<Self, T>(id, bytes)
        }
    }
}

/// Reads one value, which must be all there is.
#[inline]
pub(super) fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, FormatError> {
    serde_json::from_slice(bytes).map_err(FormatError::malformed)
}
