//! Recently used states, as baselines for loading.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::{EventSourced, Root};
use crate::aggregate::Aggregate;
use crate::format::Format;
use crate::ids::EventId;
use crate::stream_id::StreamId;
use crate::version::Version;

/// A state to start reading from, and the event that identifies the history it belongs to.
pub(super) struct Baseline<A> {
    pub(super) state: A,
    pub(super) version: Version,
    pub(super) last_event: EventId,
}

pub(super) struct Cache<A> {
    states: Mutex<LruCache<StreamId, Baseline<A>>>,
    clone: fn(&A) -> A,
}

impl<A: Clone> Cache<A> {
    pub(super) fn new(capacity: NonZeroUsize) -> Self {
        Self {
            states: Mutex::new(LruCache::new(capacity)),
            clone: A::clone,
        }
    }
}

impl<A> Cache<A> {
    fn lock(&self) -> MutexGuard<'_, LruCache<StreamId, Baseline<A>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, stream: &StreamId) -> Option<Baseline<A>> {
        let mut states = self.lock();
        let kept = states.get(stream)?;
        Some(Baseline {
            state: (self.clone)(&kept.state),
            version: kept.version,
            last_event: kept.last_event,
        })
    }
}

impl<A: Aggregate, S, F: Format> EventSourced<A, S, F> {
    /// Keeps the state of a root without pending events.
    pub(super) fn keep(&self, root: &Root<A>) {
        if let (Some(cache), Some(last_event)) = (&self.cache, root.last_event) {
            // A slow load must not replace what a faster save has kept meanwhile.
            let is_news = |kept: &Baseline<A>| {
                kept.version < root.base
                    || kept.version == root.base && kept.last_event != last_event
            };
            if cache.lock().peek(&root.stream).is_none_or(is_news) {
                let baseline = Baseline {
                    state: (cache.clone)(&root.state),
                    version: root.base,
                    last_event,
                };
                let mut states = cache.lock();
                if states.peek(&root.stream).is_none_or(is_news) {
                    states.put(root.stream.clone(), baseline);
                }
            }
        }
    }

    pub(super) fn forget(&self, stream: &StreamId) {
        if let Some(cache) = &self.cache {
            cache.lock().pop(stream);
        }
    }
}
