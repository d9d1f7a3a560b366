//! What a store keeps beside its log: snapshots, checkpoints and leases.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::MemoryStore;
use super::log::Log;
use crate::error::ReadError;
use crate::store::{
    Checkpoint, CheckpointError, CheckpointStore, Lease, LeaseStore, Snapshot, SnapshotStore,
};
use crate::stream_id::StreamId;

#[derive(Debug, Default)]
pub(super) struct Sidecar {
    snapshots: Mutex<HashMap<StreamId, Snapshot>>,
    checkpoints: Mutex<HashMap<String, Checkpoint>>,
    leases: Mutex<HashMap<String, Lease>>,
}

/// Each map is changed by single inserts and removes, so a panic elsewhere cannot leave it torn.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl SnapshotStore for MemoryStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError> {
        Ok(lock(&self.shared.sidecar.snapshots).get(stream).cloned())
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
        lock(&self.shared.sidecar.snapshots).insert(snapshot.stream.clone(), snapshot);
        Ok(())
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
        lock(&self.shared.sidecar.snapshots).remove(stream);
        Ok(())
    }
}

#[async_trait]
impl CheckpointStore for MemoryStore {
    async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError> {
        Ok(lock(&self.shared.sidecar.checkpoints).get(name).copied())
    }

    async fn store_checkpoint(
        &self,
        name: &str,
        expected: Option<Checkpoint>,
        new: Checkpoint,
    ) -> Result<(), CheckpointError> {
        let head = self.read(Log::head);
        let mut checkpoints = lock(&self.shared.sidecar.checkpoints);
        CheckpointError::check(name, checkpoints.get(name).copied(), expected, new, head)?;
        checkpoints.insert(name.into(), new);
        Ok(())
    }
}

#[async_trait]
impl LeaseStore for MemoryStore {
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, ReadError> {
        let mut leases = lock(&self.shared.sidecar.leases);
        let lease = Lease::grant(leases.get(name), name, holder, self.shared.clock.now(), ttl);
        if let Some(lease) = &lease {
            leases.insert(name.into(), lease.clone());
        }
        Ok(lease)
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError> {
        let mut leases = lock(&self.shared.sidecar.leases);
        if let Some(stored) = leases.get_mut(&lease.name) {
            stored.release(lease, self.shared.clock.now());
        }
        Ok(())
    }
}
