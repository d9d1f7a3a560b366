//! `MessagePack`, of the feature `msgpack`.

use std::io::ErrorKind;

use rmp_serde::decode::Error;
use rmp_serde::{Deserializer, Serializer};
use serde::{Deserialize, Serialize};

use super::levels::{Levels, MAX_LEVELS};
use super::reading::{decode_by, whole};
use super::{Format, FormatError, FormatId};

/// `MessagePack` by `rmp-serde`, with the names of fields: as tolerant of added fields as JSON, more compact, exact for all
/// integers and all floats, NaN included. Of the feature `msgpack`.
///
/// Nothing (`()`, `struct Empty;`, the null of a `serde_json::Value`) is nil, as it is null in JSON; the empty list that
/// `rmp-serde` writes for `struct Empty;` by itself is read as that too.
///
/// Values may be nested in 127 lists, maps, structs, tuples and variants, as in JSON; encoding a deeper one is an error.
#[derive(Debug, Clone, Copy, Default)]
pub struct MsgPack;

impl Format for MsgPack {
    const ID: FormatId = FormatId::MSGPACK;
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
            .serialize(Levels::<_, false>::new(
                &mut Serializer::new(out).with_struct_map(),
            ))
            .map_err(FormatError::malformed)
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
    let mut reader = Deserializer::from_read_ref(bytes);
    reader.set_max_depth(MAX_LEVELS + 1);
    match T::deserialize(&mut reader) {
        Ok(value) => {
            // A reader that lends what it reads does not tell how far it has come. Behind the end there is not even the
            // first byte of another value; a `bool` reads no further than that byte.
            let end = || match bool::deserialize(&mut reader) {
                Err(Error::InvalidMarkerRead(error))
                    if error.kind() == ErrorKind::UnexpectedEof =>
                {
                    Ok(())
                }
                _ => Err(FormatError::trailing()),
            };
            whole(value, end, read, failed)
        }
        Err(error) => failed(FormatError::malformed(error)),
    }
}
