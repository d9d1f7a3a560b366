//! Hints that come late, and several at once.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError, Weak};

use eventsourcing::{HeadPublisher, HeadWatch, Position};

use super::Shared;

/// Most times that a hint gives way to other tasks before it is passed on.
const LATE: u64 = 40;

/// Gone once the inner store has been closed.
#[derive(Debug)]
pub(super) struct Hints(Mutex<Option<HeadPublisher>>);

impl Hints {
    pub(super) fn new(head: Position) -> Self {
        Self(Mutex::new(Some(HeadPublisher::new(head))))
    }

    pub(super) fn watch(&self) -> HeadWatch {
        self.with(|publisher| match publisher {
            Some(publisher) => publisher.watch(),
            // Its publisher is gone already, so this one ends at once.
            None => HeadPublisher::new(Position::START).watch(),
        })
    }

    fn with<T>(&self, run: impl FnOnce(&mut Option<HeadPublisher>) -> T) -> T {
        run(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Passes on what comes after `passed`, for as long as both stores are there.
pub(super) async fn relay(mut inner: HeadWatch, mut passed: Position, shared: Weak<Shared>) {
    while inner.beyond(passed).await.is_some() {
        let Some(wait) = shared.upgrade().map(|shared| shared.roll(LATE)) else {
            return;
        };
        for _ in 0..wait {
            tokio::task::yield_now().await;
        }
        // What has come meanwhile is passed on with it.
        passed = inner.head();
        let Some(shared) = shared.upgrade() else {
            return;
        };
        if shared.losing_hints.load(Ordering::SeqCst) {
            continue;
        }
        shared.hints.with(|publisher| {
            if let Some(publisher) = publisher {
                publisher.publish(passed);
            }
        });
    }
    if let Some(shared) = shared.upgrade() {
        shared.hints.with(|publisher| *publisher = None);
    }
}
