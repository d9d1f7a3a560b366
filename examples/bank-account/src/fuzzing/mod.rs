//! Bodies of the fuzz targets in `fuzz/`. The tests run the same bodies.
//!
//! A target is its name, its body, and the memory it may hold: bytes in any case, and bytes per byte of input.

mod event;
mod statement;
#[cfg(test)]
mod tests;

/// What the fuzzer and the tests run.
pub type Target = (&'static str, fn(&[u8]), u64, u64);

/// A stored event of any name, version, format and payload, through everything that `derive(Event)` writes.
pub const EVENT: Target = ("event", event::body, 256 << 10, 256);
/// A statement to import, plain or compressed. A line of 64 KiB may have as many columns, though none is a row then.
pub const STATEMENT: Target = ("statement", statement::body, 4 << 20, 64);
