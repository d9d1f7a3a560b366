//! The thread that carries the index from memory to sled, off the path of commits.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::Index;

/// How long the log must have been quiet before the index is flushed for that reason alone.
const QUIET: Duration = Duration::from_millis(300);

/// How long an engine that cannot write is left alone before another attempt to replace it.
const REVIVE_EVERY: Duration = Duration::from_secs(10);

/// How long after a failed flush another one is tried, though nothing is appended: appends may be refused until it succeeds.
const RETRY_EVERY: Duration = Duration::from_secs(5);

/// Wakes the indexer.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent of each other"
)]
struct State {
    /// Something was appended since the indexer last looked.
    grown: bool,
    /// Enough for a flush is in memory.
    full: bool,
    stop: bool,
    stopped: bool,
}

impl Signal {
    /// Says that the log has grown, and whether enough for a flush is in memory.
    pub(crate) fn grown(&self, full: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wake = (full && !state.full) || !state.grown;
        state.grown = true;
        state.full |= full;
        drop(state);
        if wake {
            self.wake.notify_all();
        }
    }

    /// Waits for the next reason to flush, no longer than `retry`; `false` if it is time to end.
    fn next(&self, retry: Option<Duration>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let until = retry.map(|retry| Instant::now() + retry);
        while !state.grown && !state.stop {
            let Some(until) = until else {
                state = self
                    .wake
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.wake.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // Something is there to flush: wait for a pause, or until it is enough.
        while state.grown && !state.full && !state.stop {
            state.grown = false;
            let until = Instant::now() + QUIET;
            while !state.full && !state.stop {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                let waited = self.wake.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        state.grown = false;
        state.full = false;
        !state.stop
    }
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct Indexer {
    signal: Arc<Signal>,
    thread: Option<JoinHandle<()>>,
}

impl Indexer {
    /// `keep` is let go of when the thread has ended, however late that is.
    pub(crate) fn start(
        index: Arc<Index>,
        signal: Arc<Signal>,
        keep: impl Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = signal.clone();
        let thread = Builder::new()
            .name("eventsourcing-index".into())
            .spawn(move || {
                let mut revived = None;
                while shared.next(index.failure().map(|_| RETRY_EVERY)) {
                    flush(&index, &mut revived);
                }
                index.end_rebuilds();
                flush(&index, &mut revived);
                index.engine().close();
                drop(index);
                drop(keep);
                let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.stopped = true;
                drop(state);
                shared.wake.notify_all();
            })?;
        Ok(Self {
            signal,
            thread: Some(thread),
        })
    }

    /// Flushes and closes the index. Waits no longer than `patience`: sled can hang on a full disk.
    pub(crate) fn stop(&mut self, patience: Duration) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        let until = Instant::now() + patience;
        let mut state = self
            .signal
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.stop = true;
        self.signal.wake.notify_all();
        while !state.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::error!(
                    "the index does not close; it will be repaired or rebuilt when the store is opened"
                );
                return;
            }
            let waited = self.signal.wake.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        // It has said that it is done, so this does not wait.
        let _ = thread.join();
    }
}

/// A failed flush is tried again with the next, or after a while; until then memory answers. `revived` is when the engine was last
/// replaced.
fn flush(index: &Index, revived: &mut Option<Instant>) {
    if let Err(error) = index.flush() {
        tracing::warn!(%error, "flushing the index failed; the log is not affected");
    }
    if index.is_broken() && revived.is_none_or(|last| last.elapsed() > REVIVE_EVERY) {
        *revived = Some(Instant::now());
        match index.revive() {
            Ok(()) => tracing::warn!("the index can be written again"),
            Err(error) => tracing::warn!(%error, "the index cannot be written anew yet"),
        }
    }
}
