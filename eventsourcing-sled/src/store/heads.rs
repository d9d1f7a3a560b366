//! The versions of streams as the writer sees them: including what is staged but not written yet.

use crate::error::LookupError;
use crate::index::{ListKey, ListMap};

use super::shared::Shared;

/// Most streams remembered.
const CAPACITY: usize = 100_000;

/// A cache of stream versions, owned by the writer.
#[derive(Debug, Default)]
pub(super) struct Heads(ListMap<u64>);

impl Heads {
    /// The version of a stream; 0 if there is no such stream.
    pub(super) fn version(&self, shared: &Shared, key: &ListKey) -> Result<u64, LookupError> {
        match self.0.get(key) {
            Some(version) => Ok(*version),
            None => shared.lookup(|| {
                Ok(shared
                    .index
                    .stream_head(key)?
                    .map_or(0, |(version, _)| version))
            }),
        }
    }

    /// Notes a version. Must be followed by writing it, or by [`Heads::clear`].
    pub(super) fn set(&mut self, key: &ListKey, version: u64) {
        if let Some(known) = self.0.get_mut(key) {
            *known = version;
        } else {
            self.0.insert(key.clone(), version);
        }
    }

    /// Forgets everything if there is too much. Only between groups: what is staged is nowhere else.
    pub(super) fn trim(&mut self) {
        if self.0.len() > CAPACITY {
            self.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
