//! [`Fingerprint`]: by which code and which events a generation was built.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fnv::Fnv;
use crate::store::Filter;

/// What a generation's rows depend on: the declared version of the code, the events it wants, and how they are divided.
///
/// Rows of one fingerprint are never continued under another; they are built anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    version: u32,
    hash: u64,
}

impl Fingerprint {
    pub(super) fn new(version: u32, filter: &Filter, names: &[&str], partitions: u32) -> Self {
        let filter = serde_json::to_string(filter).expect("filters are JSON: texts and numbers");
        let mut hash = Fnv::new().bytes(&version.to_le_bytes());
        hash = word(hash.bytes(&partitions.to_le_bytes()), &filter);
        // By name: their order means nothing.
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        let hash = names.into_iter().fold(hash, word).finish();
        Self { version, hash }
    }

    /// Of rows that any code goes on with.
    pub(crate) fn lasting() -> Self {
        Self {
            version: 0,
            hash: 0,
        }
    }

    /// The declared version.
    pub fn version(&self) -> u32 {
        self.version
    }
}

/// A text and its length, so that two texts are never taken for others.
fn word(hash: Fnv, text: &str) -> Fnv {
    hash.bytes(&(text.len() as u64).to_le_bytes())
        .bytes(text.as_bytes())
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}-{:016x}", self.version, self.hash)
    }
}
