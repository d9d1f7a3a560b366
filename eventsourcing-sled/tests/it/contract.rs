//! The contract of all stores.

use std::sync::Arc;

use eventsourcing_sled::{Builder, SledStore};
use eventsourcing_testkit::contract::Fixture;
use tempfile::TempDir;

struct Sled {
    store: SledStore,
    dir: Arc<TempDir>,
}

fn settings() -> Builder {
    // Small segments, so that the contract is also kept where one ends and the next begins.
    SledStore::builder().segment_bytes(4 << 10)
}

impl Fixture for Sled {
    type Store = SledStore;

    async fn fresh() -> Self {
        let dir = Arc::new(tempfile::tempdir().expect("a temporary directory"));
        let store = settings().open(dir.path()).expect("a new store");
        Self { store, dir }
    }

    fn store(&self) -> &SledStore {
        &self.store
    }

    async fn reopen(self) -> Self {
        let Self { store, dir } = self;
        drop(store);
        let store = settings().open(dir.path()).expect("the store again");
        Self { store, dir }
    }
}

eventsourcing_testkit::contract_tests!(Sled);
