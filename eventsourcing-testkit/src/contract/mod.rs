//! What every store keeps, one plain async function per clause.
//!
//! [`contract_tests!`](crate::contract_tests) mounts all of them on a store; see [how](crate::stores). Nothing is skipped:
//! where [`Capabilities`](eventsourcing::Capabilities) deny something, the denial is asserted.
//!
//! | of the contract of [`EventStore`] | clauses |
//! | --- | --- |
//! | 1. all or nothing, in order, also when dropped | `append::{several_streams, one_conflict_refuses_all_streams}`, `visibility::no_partial_commits`, `concurrency::dropped_appends_never_tear`, `shutdown` |
//! | 2. one winner per version, `Any` never conflicts, nothing beyond the head | `append::expected_versions`, `concurrency` |
//! | 3. versions 1..n, positions in commit order, prefixes visible | `visibility::{tail_readers_miss_nothing, filtered_readers_miss_nothing, large_and_small_commits}`, `read::long_streams`; every clause that reads the whole log |
//! | 4. durable and readable when acknowledged, invisible before | `visibility::read_your_writes`, `lifecycle`, `shutdown`, `capability::durability` |
//! | 5. the same commit again | `idempotency`, `lifecycle::commit_ids_survive`, `capability::idempotency_window` |
//! | 6. identical bytes, odd ids | `append::{payloads_come_back_identical, surroundings_come_back_identical, odd_stream_ids}` |
//! | 7. filters, and `next` that advances | `filter`, `read::log_pages` |
//! | 8. append conditions | `condition` |
//! | errors that say what to do | `limits`, `read::beyond_the_head`, `shutdown::closing_answers_every_append` |
//! | capabilities that are true | `capability`, `limits` |
//! | snapshots, checkpoints, leases | the groups of their names, `lifecycle` |
//! | all of it at once | `model` |

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
pub mod subscription;
mod support;
pub mod visibility;
pub mod watch;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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

/// Runs one clause on a runtime of its own and ends it if it hangs. A failure is told with the rule that the store broke.
///
/// # Panics
/// If the clause does, or hangs.
#[doc(hidden)]
pub fn run(name: &str, rule: &str, clause: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build()
        .expect("a runtime can be built");
    let limited = || runtime.block_on(async { tokio::time::timeout(LIMIT, clause).await });
    let outcome = catch_unwind(AssertUnwindSafe(limited));
    // A broken store may hang in its tasks and destructors too; the failure must still be told.
    runtime.shutdown_background();
    let happened = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(_)) => format!("it hangs: no end after {LIMIT:?}"),
        Err(panic) => match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => match panic.downcast::<&str>() {
                Ok(text) => (*text).to_owned(),
                Err(panic) => resume_unwind(panic),
            },
        },
    };
    panic!("clause `{name}` fails. The rule: {rule}\nWhat happened: {happened}");
}
