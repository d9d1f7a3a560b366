//! [`Partition`]: which keys a driver takes.

use crate::fnv::Fnv;

/// One of several parts of a projection's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Partition {
    pub(super) index: u32,
    pub(super) of: u32,
}

impl Partition {
    /// All parts, if there are so many.
    pub(super) fn all(of: u32) -> impl Iterator<Item = Self> {
        (0..of).map(move |index| Self { index, of })
    }

    /// Whether this part has the key. Never change it: rows depend on it.
    pub(super) fn has(self, key: &str) -> bool {
        if self.of == 1 {
            return true;
        }
        Fnv::new().bytes(key.as_bytes()).finish() % u64::from(self.of) == u64::from(self.index)
    }
}
