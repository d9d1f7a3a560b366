//! Bodies of the fuzz targets in `fuzz/`, for decoders that are nobody else's business. The tests run the same bodies.
//!
//! A target is its name, its body, and the memory it may hold: bytes in any case, and bytes per byte of input. A body
//! panics if a decoder does, or if what it decodes does not encode to the same again.

mod directory;
mod frame;
mod index;
mod rows;
mod segment;
#[cfg(test)]
mod tests;

/// What the fuzzer and the tests run.
pub type Target = (&'static str, fn(&[u8]), u64, u64);

/// One frame, as it is and with a right checksum: header, metadata, events. An event takes three bytes at least, and
/// some hundred in memory; several copies are made.
pub const FRAME: Target = ("frame", frame::body, 256 << 10, 512);
/// The last segment of a log: recovery, reading, indexing.
pub const SEGMENT: Target = ("segment", segment::body, 256 << 10, 256);
/// Rows of the index, and the texts beside it.
pub const ROWS: Target = ("rows", rows::body, 256 << 10, 64);
/// Looking things up in an index of any rows, and adding to it. sled keeps what it has read.
pub const INDEX: Target = ("index", index::body, 256 << 10, 4096);
