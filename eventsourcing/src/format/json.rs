//! JSON, the default format.

use serde::{Deserialize, Serialize};

use super::walk::Walk;
use super::{Format, FormatError, FormatId};

const FINITE: Walk = Walk {
    finite: true,
    whole: false,
    depth: usize::MAX,
};

/// JSON by `serde_json`: readable, tolerant of added fields, exact for all integers and all finite floats.
///
/// JSON has no NaN and no infinity; encoding one is an error.
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
        let start = out.len();
        serde_json::to_writer(&mut *out, value).map_err(FormatError::malformed)?;
        // `serde_json` writes NaN and infinity as `null`, which a float then refuses to read: the stream could never be
        // loaded again. A payload without any `null` cannot hold one, so the usual one is not walked twice.
        if out[start..].windows(4).any(|text| text == b"null") {
            FINITE.check(value).map_err(FormatError::malformed)?;
        }
        Ok(())
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
