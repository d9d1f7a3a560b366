//! Snapshots, checkpoints and leases: only slower.

use std::time::Duration;

use async_trait::async_trait;
use eventsourcing::{
    Checkpoint, CheckpointError, CheckpointStore, Lease, LeaseStore, ReadError, Snapshot,
    SnapshotStore, StreamId,
};

use super::Adversarial;

#[async_trait]
impl<S: SnapshotStore> SnapshotStore for Adversarial<S> {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError> {
        self.shared.give_way().await;
        self.inner.load_snapshot(stream).await
    }

    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
        self.shared.give_way().await;
        self.inner.save_snapshot(snapshot).await
    }

    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
        self.shared.give_way().await;
        self.inner.delete_snapshot(stream).await
    }
}

#[async_trait]
impl<S: CheckpointStore> CheckpointStore for Adversarial<S> {
    async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError> {
        self.shared.give_way().await;
        self.inner.load_checkpoint(name).await
    }

    async fn store_checkpoint(
        &self,
        name: &str,
        expected: Option<Checkpoint>,
        new: Checkpoint,
    ) -> Result<(), CheckpointError> {
        self.shared.give_way().await;
        let stored = self.inner.store_checkpoint(name, expected, new).await;
        self.shared.give_way().await;
        stored
    }
}

#[async_trait]
impl<S: LeaseStore> LeaseStore for Adversarial<S> {
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, ReadError> {
        self.shared.give_way().await;
        self.inner.acquire_lease(name, holder, ttl).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError> {
        self.shared.give_way().await;
        self.inner.release_lease(lease).await
    }
}
