//! [`AdversarialFixture`]: the contract suite once more, behind [`Adversarial`].

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Adversarial;
use crate::contract::Fixture;

/// Another fixture's store behind [`Adversarial`]:
/// `contract_tests!(AdversarialFixture<MyFixture>)` in a module of its own.
///
/// Its seeds come from the clause's name, so that each clause meets the same adversary in every run.
#[derive(Debug)]
pub struct AdversarialFixture<F: Fixture> {
    // Before what it wraps, so that it lets go first.
    store: Adversarial<F::Store>,
    inner: F,
}

impl<F: Fixture> AdversarialFixture<F> {
    fn around(inner: F) -> Self {
        let mut hasher = DefaultHasher::new();
        std::thread::current().name().hash(&mut hasher);
        let store = Adversarial::new(inner.store().clone(), hasher.finish());
        Self { store, inner }
    }
}

impl<F: Fixture> Fixture for AdversarialFixture<F> {
    type Store = Adversarial<F::Store>;

    async fn fresh() -> Self {
        Self::around(F::fresh().await)
    }

    fn store(&self) -> &Self::Store {
        &self.store
    }

    async fn open_twice(&self) -> Option<Self::Store> {
        let second = self.inner.open_twice().await?;
        Some(Adversarial::new(second, 2))
    }

    async fn reopen(self) -> Self {
        drop(self.store);
        Self::around(self.inner.reopen().await)
    }

    async fn crash(self) -> Self {
        drop(self.store);
        Self::around(self.inner.crash().await)
    }
}
