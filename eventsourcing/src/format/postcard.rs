//! Postcard, of the feature `postcard`.

use std::cell::Cell;

use postcard::Deserializer;
use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};

use super::bounds::{Bounds, MAX_DEPTH};
use super::reading::{decode_by, whole};
use super::ruled::Ruled;
use super::walk::Walk;
use super::{Format, FormatError, FormatId};

/// What is written must come back.
const READABLE: Walk = Walk { depth: MAX_DEPTH };

/// Postcard by `postcard`: the smallest and fastest, and the strictest. A payload is its fields one after the other,
/// without names, exact for all integers and all floats. Of the feature `postcard`.
///
/// What a payload means is then in its struct alone, so **no field may be added, removed or moved** without a new version
/// that keeps the old struct. [`events_lock!`](crate::events_lock) holds you to it when it is told the format; additive versions (`v1 = _`) do not
/// compile, and an event stored in postcard at such a version is refused
/// ([`DecodeErrorKind::NotNamed`](crate::DecodeErrorKind::NotNamed)), never guessed.
///
/// Some of serde's attributes need names, or bytes that say what they are, and postcard has neither:
///
/// | in a payload | what happens |
/// | --- | --- |
/// | `skip_serializing_if` | encoding is an error whenever a field is left out |
/// | `flatten` | encoding is an error |
/// | `untagged`, `tag`, with or without `content`, `serde_json::Value` | **encoding succeeds, decoding never does** |
/// | `default` | no effect: an absent field is an error |
/// | `skip_serializing` without `skip_deserializing` | **read wrongly**, or an error |
///
/// Derive [`Schema`](macro@crate::Schema) and lock the events: their types are then refused by a test.
///
/// Values may be nested in 256 options, lists, maps and enums, and the elements of a list must take bytes, which those of a
/// `Vec<()>` do not: others are refused when they are written, and never read without end.
///
/// Damaged bytes are an error or another value, as there is little to go by; the store's checksums are what notices.
///
/// ```
/// # use eventsourcing::{Format, Postcard};
/// let mut bytes = Vec::new();
/// Postcard.encode(&("Ada", 73_051_u64), &mut bytes)?;
/// assert_eq!(bytes, b"\x03Ada\xdb\xba\x04");
/// # Ok::<(), eventsourcing::FormatError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Postcard;

impl Format for Postcard {
    const ID: FormatId = FormatId::POSTCARD;
    const NAMED: bool = false;

    fn reads(&self, id: FormatId) -> Result<(), FormatError> {
        super::reads(id, Self::ID)
    }

    fn encode<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        // What lies behind a field that is left out would be read in its place, perhaps without an error.
        READABLE.check(value).map_err(FormatError::malformed)?;
        postcard::serialize_with_flavor(value, Append(out)).map_err(FormatError::malformed)
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
    let mut reader = Deserializer::from_bytes(bytes);
    let exceeded = Cell::new(None);
    let bounds = Bounds::new(bytes, &exceeded);
    match T::deserialize(Ruled::new(bounds, &mut reader)) {
        Ok(value) => {
            let end = || match reader.finalize() {
                Ok([]) => Ok(()),
                _ => Err(FormatError::trailing()),
            };
            whole(value, end, read, failed)
        }
        Err(error) => failed(match exceeded.take() {
            Some(exceeded) => FormatError::malformed(exceeded),
            None => FormatError::malformed(error),
        }),
    }
}

/// Writes behind what is there.
struct Append<'a>(&'a mut Vec<u8>);

impl Flavor for Append<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}
