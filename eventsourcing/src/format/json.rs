//! JSON, the default format.

use serde::{Deserialize, Serialize};

use super::{Format, FormatError, FormatId};

/// JSON by `serde_json`: readable, tolerant of added fields, exact for all integers and all finite floats.
///
/// JSON has no NaN and no infinity: `serde_json` writes both as `null`, which an `f64` field then refuses to read. Keep
/// them out of events.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Format for Json {
    const ID: FormatId = FormatId::JSON;
    const NAMED: bool = true;

    fn encode<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        serde_json::to_writer(out, value).map_err(|error| FormatError::Malformed(error.into()))
    }

    #[inline]
    fn decode<'de, T: Deserialize<'de>>(
        &self,
        id: FormatId,
        bytes: &'de [u8],
    ) -> Result<T, FormatError> {
        if id != Self::ID {
            return Err(FormatError::Foreign {
                stored: id,
                reader: Self::ID,
            });
        }
        serde_json::from_slice(bytes).map_err(|error| FormatError::Malformed(error.into()))
    }
}
