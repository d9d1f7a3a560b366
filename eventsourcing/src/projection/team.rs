//! [`Team`]: futures that run side by side, as tasks or within the one that waits for them.

use futures_util::StreamExt;
use futures_util::future::{self, BoxFuture};
use futures_util::stream::FuturesUnordered;
use tokio::task::JoinSet;

/// Those who run end with it: tasks are aborted.
pub(super) enum Team<T> {
    Tasks(JoinSet<T>),
    Here(FuturesUnordered<BoxFuture<'static, T>>),
}

impl<T: Send + 'static> Team<T> {
    pub(super) fn new(tasks: bool) -> Self {
        if tasks {
            Self::Tasks(JoinSet::new())
        } else {
            Self::Here(FuturesUnordered::new())
        }
    }

    pub(super) fn add(&mut self, future: BoxFuture<'static, T>) {
        match self {
            Self::Tasks(tasks) => drop(tasks.spawn(future)),
            Self::Here(futures) => futures.push(future),
        }
    }

    /// The next one to end; `None` if all have.
    pub(super) async fn next(&mut self) -> Option<T> {
        match self {
            Self::Tasks(tasks) => match tasks.join_next().await? {
                Ok(value) => Some(value),
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The runtime is shutting down, and this will not be polled again.
                    Err(_) => future::pending().await,
                },
            },
            Self::Here(futures) => futures.next().await,
        }
    }
}
