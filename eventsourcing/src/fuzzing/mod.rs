//! Bodies of the fuzz targets in `fuzz/`. The tests run the same bodies.
//!
//! A target is its name, its body, and the memory it may hold: bytes in any case, and bytes per byte of input. A body
//! panics if a parser does, or if what it reads is not written to the same again.

mod metadata;
#[cfg(test)]
mod tests;
mod texts;

/// What the fuzzer and the tests run.
pub type Target = (&'static str, fn(&[u8]), u64, u64);

/// Everything that is read from a text: stream ids, tags, times, aggregate ids.
pub const TEXTS: Target = ("texts", texts::body, 256 << 10, 64);
/// Metadata, as JSON.
pub const METADATA: Target = ("metadata", metadata::body, 256 << 10, 256);
