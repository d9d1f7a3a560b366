//! `Arc` and `Box` of a store are stores; `Arc<dyn EventStore>` is one too.

#![deny(clippy::missing_trait_methods)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{
    Capabilities, Checkpoint, CheckpointError, CheckpointStore, Commit, Committed, EventStore,
    Filter, HeadWatch, HeldType, Lease, LeaseStore, LogPage, Snapshot, SnapshotStore, StreamHead,
    StreamPage, StreamRange, StreamRest, Visitor,
};
use crate::error::{AppendError, ReadError};
use crate::stream_id::StreamId;
use crate::version::Position;

macro_rules! forward {
    ($pointer:ident) => {
        #[async_trait]
        impl<S: EventStore + ?Sized> EventStore for $pointer<S> {
            fn capabilities(&self) -> &Capabilities {
                (**self).capabilities()
            }
            async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
                (**self).append(commit).await
            }
            async fn read_stream(
                &self,
                stream: &StreamId,
                range: StreamRange,
            ) -> Result<StreamPage, ReadError> {
                (**self).read_stream(stream, range).await
            }
            async fn visit_stream(
                &self,
                stream: &StreamId,
                range: StreamRange,
                each: &mut Visitor<'_>,
            ) -> Result<StreamRest, ReadError> {
                (**self).visit_stream(stream, range, each).await
            }
            async fn read_all(
                &self,
                after: Position,
                filter: &Filter,
                limit: usize,
            ) -> Result<LogPage, ReadError> {
                (**self).read_all(after, filter, limit).await
            }
            async fn read_back(
                &self,
                before: Position,
                filter: &Filter,
                limit: usize,
            ) -> Result<LogPage, ReadError> {
                (**self).read_back(before, filter, limit).await
            }
            async fn event_types(&self) -> Result<Vec<HeldType>, ReadError> {
                (**self).event_types().await
            }
            async fn stream_head(
                &self,
                stream: &StreamId,
            ) -> Result<Option<StreamHead>, ReadError> {
                (**self).stream_head(stream).await
            }
            async fn head(&self) -> Result<Position, ReadError> {
                (**self).head().await
            }
            fn watch(&self) -> HeadWatch {
                (**self).watch()
            }
        }

        #[async_trait]
        impl<S: SnapshotStore + ?Sized> SnapshotStore for $pointer<S> {
            async fn load_snapshot(
                &self,
                stream: &StreamId,
            ) -> Result<Option<Snapshot>, ReadError> {
                (**self).load_snapshot(stream).await
            }
            async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
                (**self).save_snapshot(snapshot).await
            }
            async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
                (**self).delete_snapshot(stream).await
            }
        }

        #[async_trait]
        impl<S: CheckpointStore + ?Sized> CheckpointStore for $pointer<S> {
            async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError> {
                (**self).load_checkpoint(name).await
            }
            async fn store_checkpoint(
                &self,
                name: &str,
                expected: Option<Checkpoint>,
                new: Checkpoint,
            ) -> Result<(), CheckpointError> {
                (**self).store_checkpoint(name, expected, new).await
            }
        }

        #[async_trait]
        impl<S: LeaseStore + ?Sized> LeaseStore for $pointer<S> {
            async fn acquire_lease(
                &self,
                name: &str,
                holder: &str,
                ttl: Duration,
            ) -> Result<Option<Lease>, ReadError> {
                (**self).acquire_lease(name, holder, ttl).await
            }
            async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError> {
                (**self).release_lease(lease).await
            }
        }
    };
}

forward!(Arc);
forward!(Box);
