//! Futures dropped at every await point, stores closed and dropped while they are busy, readers that panic.

mod bank;
mod panics;
mod pausing;
mod repository;
mod shutdown;
mod sidecar;
mod store;

use std::sync::Arc;

use eventsourcing::{CheckpointStore, EventStore, LeaseStore, SnapshotStore};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::history::{History, Recorded};
use tempfile::TempDir;

use self::pausing::Pausing;

/// Everything that a store can be.
trait Full: EventStore + SnapshotStore + CheckpointStore + LeaseStore + Clone {}
impl<S: EventStore + SnapshotStore + CheckpointStore + LeaseStore + Clone> Full for S {}

/// A store whose calls are recorded and may be dropped before and after they are carried out, and in the middle where it
/// waits itself.
type Subject<S> = Recorded<Pausing<S>>;

fn subject<S: EventStore>(store: S) -> Subject<S> {
    Recorded::new(Pausing::new(store), &History::new())
}

fn sled() -> (SledStore, Arc<TempDir>) {
    let dir = Arc::new(tempfile::tempdir().expect("a directory"));
    let store = SledStore::builder().segment_bytes(4 << 10);
    (store.open(dir.path()).expect("a store"), dir)
}

/// Runs a body on each store.
macro_rules! on_each_store {
    ($body:ident) => {
        on_each_store!($body, crate::support::block_on)
    };
    ($body:ident, $block_on:path) => {{
        let memory = eventsourcing::MemoryStore::new();
        $block_on($body(crate::cancel::subject(memory)));
        let (store, _dir) = crate::cancel::sled();
        $block_on($body(crate::cancel::subject(store)));
    }};
}
use on_each_store;

/// The history so far has no violation; returns the number of events.
async fn check<S: EventStore>(subject: &Subject<S>) -> usize {
    let checked = subject.history().check(subject.inner()).await;
    checked
        .unwrap_or_else(|violation| panic!("{violation}"))
        .events
}
