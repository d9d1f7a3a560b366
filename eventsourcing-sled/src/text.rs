//! Texts for people and programs whose last line is a checksum of all others.

use std::fmt::Write;

/// How the last line begins.
const KEY: &str = "checksum ";

/// Whether a text is as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seal {
    /// It has its checksum.
    Sound,
    /// It has another one.
    Wrong,
    /// It has none.
    Missing,
}

/// Appends the checksum of a text to it.
pub(crate) fn seal(mut text: String) -> String {
    let checksum = crc32c::crc32c(text.as_bytes());
    // Writing to a string does not fail.
    let _ = writeln!(text, "{KEY}{checksum:08x}");
    text
}

/// Looks at the checksum of a text.
pub(crate) fn seal_of(text: &str) -> Seal {
    match text.rfind(KEY) {
        None => Seal::Missing,
        Some(at) if seal(text[..at].to_owned()) == text => Seal::Sound,
        Some(_) => Seal::Wrong,
    }
}
