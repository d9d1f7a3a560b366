//! [`Table`]: all checkpoints and leases of a store, by name.

use std::collections::BTreeMap;

use eventsourcing::{Checkpoint, Lease};

use super::record::Entry;

/// All checkpoints and leases of a store, by name. Leases stay when they have ended, so that epochs do not repeat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    checkpoints: BTreeMap<String, Checkpoint>,
    leases: BTreeMap<String, Lease>,
}

impl Table {
    pub(crate) fn checkpoint(&self, name: &str) -> Option<Checkpoint> {
        self.checkpoints.get(name).copied()
    }

    pub(crate) fn lease(&self, name: &str) -> Option<&Lease> {
        self.leases.get(name)
    }

    pub(crate) fn checkpoints(&self) -> impl Iterator<Item = (String, Checkpoint)> {
        let checkpoints = self.checkpoints.iter();
        checkpoints.map(|(name, checkpoint)| (name.clone(), *checkpoint))
    }

    /// Adds an entry, or replaces the one of its name.
    pub(crate) fn put(&mut self, entry: Entry) {
        match entry {
            Entry::Checkpoint(name, checkpoint) => {
                self.checkpoints.insert(name, checkpoint);
            }
            Entry::Lease(lease) => {
                self.leases.insert(lease.name.clone(), lease);
            }
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let checkpoints = self.checkpoints();
        let checkpoints = checkpoints.map(|(name, checkpoint)| Entry::Checkpoint(name, checkpoint));
        checkpoints.chain(self.leases.values().cloned().map(Entry::Lease))
    }
}

impl FromIterator<(String, Checkpoint)> for Table {
    fn from_iter<I: IntoIterator<Item = (String, Checkpoint)>>(checkpoints: I) -> Self {
        Self {
            checkpoints: checkpoints.into_iter().collect(),
            leases: BTreeMap::new(),
        }
    }
}
