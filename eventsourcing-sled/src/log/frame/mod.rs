//! Frames: how one commit lies in the log.
//!
//! A frame is a header of [`HEADER_LEN`] bytes, the versions its streams had before the commit, the commit's metadata,
//! then per stream its name and events, and zeros up to a multiple of 8. Numbers in the header are little-endian, all
//! others are LEB128 varints. `FORMAT.md` has the table.
//!
//! Whoever appends encodes everything but the header and the versions, see [`Draft`]; the writer fills these in.

mod body;
mod draft;
mod header;
#[cfg(test)]
mod tests;

pub(crate) use self::body::{Body, RawEvent, RawType};
pub(crate) use self::draft::{Draft, Place};
pub(crate) use self::header::{Damage, HEADER_LEN, Header, MAGIC};

/// Frames start and end at multiples of this.
pub(crate) const ALIGN: usize = 8;

/// Flag: the metadata holds a correlation id.
const HAS_CORRELATION: u16 = 1;
/// Flag: the metadata holds a causation id.
const HAS_CAUSATION: u16 = 2;
/// Flag: the metadata holds an actor.
const HAS_ACTOR: u16 = 4;
/// Flag: the metadata holds headers.
const HAS_HEADERS: u16 = 8;
/// All flags this version knows.
const KNOWN_FLAGS: u16 = HAS_CORRELATION | HAS_CAUSATION | HAS_ACTOR | HAS_HEADERS;
