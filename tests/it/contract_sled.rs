//! The store contract on sled, in every durability, and with a log of many small files.

use std::time::Duration;

use eventsourcing_sled::{Durability, SledStore};
use eventsourcing_testkit::contract::Fixture;
use tempfile::TempDir;

/// How a fixture opens its store.
trait Mode: Send + Sync + 'static {
    const DURABILITY: Durability;
    const SEGMENT_BYTES: u64 = 64 << 20;
}

struct Sled<M> {
    // Before the directory, so that it is closed first.
    store: SledStore,
    directory: TempDir,
    mode: std::marker::PhantomData<M>,
}

impl<M: Mode> Sled<M> {
    fn open(directory: TempDir) -> Self {
        let builder = SledStore::builder()
            .durability(M::DURABILITY)
            .segment_bytes(M::SEGMENT_BYTES);
        let store = builder.open(directory.path()).expect("the store opens");
        let mode = std::marker::PhantomData;
        Self {
            store,
            directory,
            mode,
        }
    }
}

impl<M: Mode> Fixture for Sled<M> {
    type Store = SledStore;

    async fn fresh() -> Self {
        Self::open(TempDir::new().expect("a temporary directory"))
    }

    fn store(&self) -> &SledStore {
        &self.store
    }

    async fn reopen(self) -> Self {
        drop(self.store);
        Self::open(self.directory)
    }
}

macro_rules! mount {
    ($($module:ident: $durability:expr, $segment_bytes:expr;)+) => {
        $(mod $module {
            use super::*;

            struct This;

            impl Mode for This {
                const DURABILITY: Durability = $durability;
                const SEGMENT_BYTES: u64 = $segment_bytes;
            }

            eventsourcing_testkit::contract_tests!(Sled<This>);
        })+
    };
}

mount! {
    always: Durability::Always, 64 << 20;
    group: Durability::Group { max_delay: Duration::from_millis(1) }, 64 << 20;
    none: Durability::None, 64 << 20;
    small_files: Durability::None, 4 << 10;
}
