//! Turns: commands that met a conflict queue up at their aggregate instead of meeting the next one together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

use crate::stream_id::StreamId;

/// The right to write next among those who wait for it; passes on when dropped. It excludes nobody who does not wait.
#[derive(Debug, Default)]
#[must_use = "the turn passes on when this is dropped"]
pub struct Turn {
    // Dropped in this order: the place looks whether anybody else is in the queue.
    _guard: Option<OwnedMutexGuard<()>>,
    _place: Option<Place>,
}

/// The queues that somebody stands in.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<StreamId, Arc<Queue<()>>>>);

impl Turns {
    pub(super) async fn wait(self: &Arc<Self>, stream: StreamId) -> Turn {
        let queue = self.lock().entry(stream.clone()).or_default().clone();
        let turns = self.clone();
        let place = Place { turns, stream };
        Turn {
            _guard: Some(queue.lock_owned().await),
            _place: Some(place),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StreamId, Arc<Queue<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the queue with the last one in it, also one who gives up waiting.
#[derive(Debug)]
struct Place {
    turns: Arc<Turns>,
    stream: StreamId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut queues = self.turns.lock();
        let last = |queue| Arc::strong_count(queue) == 1;
        if queues.get(&self.stream).is_some_and(last) {
            queues.remove(&self.stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn they_pass_on_and_leave_nothing_behind() {
        let turns = Arc::new(Turns::default());
        let stream = StreamId::new("account", "7").expect("an id");
        let first = turns.wait(stream.clone()).await;
        let other = StreamId::new("account", "8").expect("an id");
        drop(turns.wait(other).await);
        let waiting = {
            let turns = turns.clone();
            let stream = stream.clone();
            tokio::spawn(async move { drop(turns.wait(stream).await) })
        };
        tokio::task::yield_now().await;
        let gives_up = tokio::spawn({
            let turns = turns.clone();
            async move { drop(turns.wait(stream).await) }
        });
        tokio::task::yield_now().await;
        gives_up.abort();
        assert!(gives_up.await.expect_err("aborted").is_cancelled());
        assert!(!waiting.is_finished());
        drop(first);
        waiting.await.expect("its turn");
        assert!(turns.lock().is_empty());
    }
}
