//! Event sourcing for Rust.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod aggregate;
mod aggregate_id;
mod command;
mod commit;
mod envelope;
mod error;
mod event;
mod events;
mod filter;
mod format;
mod ids;
mod memory;
mod metadata;
mod repository;
mod store;
mod stream_id;
mod tag;
mod time;
mod upcast;
mod version;

pub use crate::aggregate::{Aggregate, WrongStream, aggregate_id, stream_id};
pub use crate::aggregate_id::AggregateId;
pub use crate::command::{Command, Context, Handle};
pub use crate::commit::{AppendCondition, Commit, Committed, Receipt, StreamAppend};
pub use crate::envelope::{NewEvent, RecordedEvent};
pub use crate::error::{AppendError, DecodeError, DecodeErrorKind, ReadError};
pub use crate::event::{Apply, Decoded, Event, EventType, Evolve, Fate, Skipped, Slot, StoredType};
pub use crate::events::Events;
pub use crate::filter::Filter;
pub use crate::format::{Format, FormatError, FormatId, Json};
pub use crate::ids::{CausationId, CommitId, CorrelationId, EventId};
pub use crate::memory::MemoryStore;
pub use crate::metadata::Metadata;
pub use crate::repository::{
    AsOf, EventSourced, ExecuteError, ExecuteOptions, LoadError, Outcome, Repository,
    RepositoryExt, Root, SaveError, Saved, UnitOfWork,
};
pub use crate::store::{
    Capabilities, Checkpoint, CheckpointError, CheckpointStore, Direction, Durability, EventStore,
    EventStoreExt, FoundCommit, HeadPublisher, HeadWatch, Lease, LeaseStore, LogPage, Snapshot,
    SnapshotStore, StreamHead, StreamPage, StreamRange,
};
pub use crate::stream_id::{InvalidStreamId, StreamId};
pub use crate::tag::{InvalidTag, Tag};
pub use crate::time::{Clock, ParseTimestampError, SystemClock, Timestamp};
pub use crate::upcast::{Split, Upcast, UpcastCx, UpcastError};
pub use crate::version::{ExpectedVersion, Position, Version};

#[cfg(feature = "derive")]
pub use eventsourcing_derive::{Aggregate, AggregateId, Command, Event};
