//! What is remembered of streams between reads.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use crate::stream_id::StreamId;
use crate::version::Version;

/// How many streams are remembered: a scan of the log meets them in turn.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// A context, and the version up to which it is complete.
#[derive(Debug, Clone, Default)]
pub(super) struct Reached<C> {
    pub(super) version: Version,
    pub(super) context: C,
}

/// The contexts of recently read streams.
#[derive(Debug)]
pub(super) struct Contexts<C>(Mutex<LruCache<StreamId, Reached<C>>>);

impl<C: Clone + Default> Contexts<C> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }

    /// The latest known context in front of `version`; the stream's beginning if there is none.
    pub(super) fn before(&self, stream: &StreamId, version: Version) -> Reached<C> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = |reached: &&Reached<C>| reached.version < version;
        known
            .get(stream)
            .filter(usable)
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn keep(&self, stream: StreamId, reached: Reached<C>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.put(stream, reached);
    }
}
