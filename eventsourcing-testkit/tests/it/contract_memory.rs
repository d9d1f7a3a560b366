//! The contract on the reference store, and behind an adversary.

use eventsourcing::MemoryStore;
use eventsourcing_testkit::contract::Fixture;

pub(crate) struct Memory(MemoryStore);

impl Fixture for Memory {
    type Store = MemoryStore;

    async fn fresh() -> Self {
        Self(MemoryStore::new())
    }

    fn store(&self) -> &MemoryStore {
        &self.0
    }

    async fn open_twice(&self) -> Option<MemoryStore> {
        None // no other process can see it
    }

    async fn reopen(self) -> Self {
        Self::fresh().await
    }

    async fn crash(self) -> Self {
        Self::fresh().await
    }
}

eventsourcing_testkit::contract_tests!(Memory);

mod adversarial {
    use eventsourcing_testkit::adversarial::AdversarialFixture;

    use super::Memory;

    eventsourcing_testkit::contract_tests!(AdversarialFixture<Memory>);
}
