//! What every store keeps, one plain async function per clause.
//!
//! [`contract_tests!`](crate::contract_tests) mounts all of them on a store; see the [crate's page](crate). The
//! clauses are those of [`EventStore`] and its sibling traits. Nothing is skipped: where
//! [`Capabilities`](eventsourcing::Capabilities) deny something, the denial is asserted.

#![expect(
    clippy::missing_panics_doc,
    reason = "a clause panics if the store breaks it; that is what it is for"
)]

pub mod append;
pub mod capability;
pub mod checkpoint;
pub mod concurrency;
pub mod condition;
pub mod filter;
pub mod idempotency;
pub mod lease;
pub mod lifecycle;
pub mod limits;
pub mod model;
mod mount;
pub mod read;
mod restart;
pub mod shutdown;
pub mod snapshot;
mod support;
pub mod visibility;
pub mod watch;

use std::future::Future;
use std::time::Duration;

use eventsourcing::{CheckpointStore, EventStore, LeaseStore, SnapshotStore};

/// Most time for one clause. Generous: it is there to end a hang.
const LIMIT: Duration = Duration::from_secs(120);
/// Most time for one wait inside a clause, shorter so that it is named before the clause ends.
const WAIT: Duration = Duration::from_secs(30);

/// A store under test.
pub trait Fixture: Sized + Send + Sync + 'static {
    /// The store, with everything a store may offer. Clones are handles to the same store.
    type Store: EventStore + SnapshotStore + CheckpointStore + LeaseStore + Clone;

    /// A new, empty store of its own: clauses run side by side.
    fn fresh() -> impl Future<Output = Self> + Send;

    /// A handle to the store.
    fn store(&self) -> &Self::Store;

    /// Opens the same store once more beside this handle, as another process would; `None` if it is refused, as it
    /// must be unless [`Capabilities::multi_process`](eventsourcing::Capabilities::multi_process) says otherwise.
    fn open_twice(&self) -> impl Future<Output = Option<Self::Store>> + Send;

    /// Closes the store properly and opens it again, as a new process would. Clones of the old handle may still be
    /// around, with appends under way. What is durable in memory only comes back empty.
    fn reopen(self) -> impl Future<Output = Self> + Send;

    /// Opens the store as it is after its process has died at this moment: nothing is flushed, finished or closed
    /// first. Clones of the old handle may still be around; nobody uses them any more. What is durable in memory only
    /// comes back empty.
    fn crash(self) -> impl Future<Output = Self> + Send;
}

/// Runs one clause on a runtime of its own and ends it if it hangs.
///
/// # Panics
/// If the clause does, or hangs.
#[doc(hidden)]
pub fn run(name: &str, clause: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build()
        .expect("a runtime can be built");
    let outcome = runtime.block_on(async { tokio::time::timeout(LIMIT, clause).await });
    // A hanging store may hang in its destructors too; the failure must still be told.
    runtime.shutdown_background();
    assert!(
        outcome.is_ok(),
        "clause `{name}` hangs: no end after {LIMIT:?}"
    );
}
