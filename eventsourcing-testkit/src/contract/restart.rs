//! The two ways in which a store's process ends, and what the store says that it keeps.

use eventsourcing::{Durability, EventStore};

use super::Fixture;

/// How the store's process ends before the store is opened again.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// Properly.
    Closed,
    /// As after `kill -9`.
    Crashed,
}

impl End {
    pub(super) const BOTH: [Self; 2] = [Self::Closed, Self::Crashed];

    pub(super) async fn restart<F: Fixture>(self, fixture: F) -> F {
        match self {
            Self::Closed => fixture.reopen().await,
            Self::Crashed => fixture.crash().await,
        }
    }
}

/// Whether what was acknowledged is there after the process has ended, in either way.
pub(super) fn survives<F: Fixture>(fixture: &F) -> bool {
    fixture.store().capabilities().durability != Durability::Memory
}
