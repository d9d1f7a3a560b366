//! Reading one value, which must be all there is, and going on with it.
//!
//! What comes next is handed in, because a result in between would be a place in memory that every payload is moved through.

use super::FormatError;

/// Whether registers hold a `T`, so that it moves for nothing.
pub(super) const fn is_small<T>() -> bool {
    size_of::<T>() <= 2 * size_of::<usize>()
}

/// Goes on with `value`, unless there is more than it.
#[inline]
pub(super) fn whole<T, R>(
    value: T,
    end: impl FnOnce() -> Result<(), FormatError>,
    read: impl FnOnce(T) -> R,
    failed: impl FnOnce(FormatError) -> R,
) -> R {
    // What is not small is moved once, by `read`, before the end is looked for: what is moved behind a condition is moved
    // twice.
    if const { is_small::<T>() } {
        return match end() {
            Ok(()) => read(value),
            Err(error) => failed(error),
        };
    }
    let read = read(value);
    match end() {
        Ok(()) => read,
        Err(error) => {
            // Dropped elsewhere, so that no call is handed its place.
            drop(Box::new(read));
            failed(error)
        }
    }
}

/// The methods of `Format` that decode, by the function that reads this format's own payloads.
macro_rules! decode_by {
    ($read:path) => {
        #[inline]
        fn decode<'de, T: Deserialize<'de>>(
            &self,
            id: FormatId,
            bytes: &'de [u8],
        ) -> Result<T, FormatError> {
            if id == Self::ID {
                $read(bytes, Ok, Err)
            } else {
                crate::apart::apart(move || super::decode_other::<Self, T, _>(id, bytes, Ok, Err))
            }
        }

        #[inline]
        fn decode_then<'de, T: Deserialize<'de>, R>(
            &self,
            id: FormatId,
            payload: &'de bytes::Bytes,
            read: impl FnOnce(T) -> R,
            failed: impl FnOnce(FormatError) -> R,
        ) -> R {
            if id == Self::ID {
                $read(payload, read, failed)
            } else {
                // `move`: what is borrowed would be written to memory for every payload.
                crate::apart::apart(move || {
                    super::decode_other::<Self, T, R>(id, payload, read, failed)
                })
            }
        }
    };
}
pub(super) use decode_by;
