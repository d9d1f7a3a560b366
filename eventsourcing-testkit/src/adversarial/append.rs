//! Appends that are asked for twice or dropped half-way, and still answered truly.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use eventsourcing::{AppendError, Commit, CommitId, Committed, EventStore, EventStoreExt};
use tokio::sync::OnceCell;

use super::Adversarial;

/// What is known of each commit id, so that exactly one caller is told that it has written the commit.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<CommitId, Arc<Attempts>>>);

#[derive(Debug, Default)]
struct Attempts {
    /// Whether it had been written before the first attempt.
    before: OnceCell<bool>,
    /// Somebody was told that it is new.
    told: AtomicBool,
    /// Somebody asked and did not wait for the answer.
    abandoned: AtomicBool,
}

impl Known {
    fn attempts(&self, id: CommitId) -> Arc<Attempts> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(id).or_default().clone()
    }
}

impl Attempts {
    /// The inner store's `duplicate` is also set for what an earlier attempt of this very call has written.
    fn is_duplicate(&self, for_the_store: bool) -> bool {
        let before = for_the_store
            && (self.before.get() == Some(&true) || self.abandoned.load(Ordering::SeqCst));
        before || self.told.swap(true, Ordering::SeqCst)
    }
}

/// Notes that nobody waited for the answer.
struct Unanswered<'a>(Option<&'a Attempts>);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(attempts) = self.0 {
            attempts.abandoned.store(true, Ordering::SeqCst);
        }
    }
}

impl<S: EventStore> Adversarial<S> {
    pub(super) async fn append_somehow(&self, commit: Commit) -> Result<Committed, AppendError> {
        let attempts = self.shared.known.attempts(commit.commit_id);
        let mut unanswered = Unanswered(Some(&attempts));
        let look = || async {
            let found = self.inner.find_commit(commit.commit_id).await;
            matches!(found, Ok(Some(_)))
        };
        attempts.before.get_or_init(look).await;
        self.shared.give_way().await;
        let answer = match self.shared.roll(4) {
            0 => self.dropped_first(commit).await,
            1 => self.asked_twice(commit).await,
            _ => self.inner.append(commit).await,
        };
        self.shared.give_way().await;
        unanswered.0 = None;
        answer.map(|committed| Committed {
            duplicate: attempts.is_duplicate(committed.duplicate),
            ..committed
        })
    }

    async fn dropped_first(&self, commit: Commit) -> Result<Committed, AppendError> {
        let mut first = self.inner.append(commit.clone());
        for _ in 0..self.shared.roll(4) {
            if is_ready(&mut first).await {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(first);
        self.shared.give_way().await;
        let commit_id = commit.commit_id;
        match self.inner.append(commit).await {
            // The store says so of the second attempt; the first may have been written.
            Err(AppendError::Unavailable { reason, .. }) => {
                Err(AppendError::OutcomeUnknown { commit_id, reason })
            }
            answer => answer,
        }
    }

    async fn asked_twice(&self, commit: Commit) -> Result<Committed, AppendError> {
        let first = self.inner.append(commit.clone()).await;
        self.shared.give_way().await;
        let again = self.inner.append(commit).await;
        let Ok(first) = first else {
            // What was refused may be taken now.
            return again;
        };
        match again {
            Ok(again) if again.duplicate && again.receipt == first.receipt => Ok(first),
            // It has been closed meanwhile.
            Err(AppendError::Unavailable { .. } | AppendError::Poisoned { .. }) => Ok(first),
            other => {
                panic!("the same commit again is answered by {other:?}, at first by {first:?}")
            }
        }
    }
}

async fn is_ready<T>(future: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>) -> bool {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready())).await
}
