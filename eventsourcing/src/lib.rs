//! Event sourcing for Rust: model a domain as plain types and pure functions, keep what happened, and keep it readable.
//!
//! You write payload structs, one enum that says how each event is stored, a state with one transition per event, and
//! commands that the state may refuse. The derives tie them together; the compiler reports a missing transition,
//! handler or upcast at your own token. A repository loads, decides and saves, with optimistic concurrency, over any
//! [`EventStore`]: [`MemoryStore`] here, `SledStore` in `eventsourcing-sled`.
//!
//! # Quick start
//!
//! ```
//! # use eventsourcing::{
//! #     Aggregate, AggregateId, Apply, Command, Context, Event, EventSourced, Events, Handle, Repository, RepositoryExt, events,
//! # };
//! # use eventsourcing_sled::SledStore;
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
//! # pub enum Currency { Eur, Usd }
//! # #[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
//! # pub struct AccountId(String);
//! # #[derive(Debug, PartialEq, thiserror::Error)]
//! # pub enum AccountError { #[error("insufficient funds")] InsufficientFunds }
//! #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! pub struct Opened { pub owner: String, pub currency: Currency }
//! #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! pub struct Deposited { pub cents: u64 }
//! #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! pub struct Withdrawn { pub cents: u64 }
//!
//! #[derive(Debug, Clone, PartialEq, Event)]
//! pub enum AccountEvent {
//!     #[es(name = "account.opened", version = 2, from(v1 = v1::Opened))]
//!     Opened(Opened),
//!     #[es(name = "account.deposited", was = "account.money-added")]
//!     Deposited(Deposited),
//!     #[es(name = "account.withdrawn")]
//!     Withdrawn(Withdrawn),
//! }
//!
//! pub mod v1 {                       // frozen: how events looked when they were written
//! #   use serde::Deserialize;
//!     #[derive(Deserialize)]
//!     pub struct Opened { pub owner: String }
//! }
//! impl From<v1::Opened> for Opened {
//!     fn from(old: v1::Opened) -> Self { Opened { owner: old.owner, currency: Currency::Eur } }
//! }
//!
//! #[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
//! #[es(name = "account", id = AccountId, event = AccountEvent, error = AccountError)]
//! pub struct Account { open: bool, balance: u64 }
//!
//! impl Apply<Opened>    for Account { fn apply(&mut self, _: Opened)    { self.open = true } }
//! impl Apply<Deposited> for Account { fn apply(&mut self, e: Deposited) { self.balance += e.cents } }
//! impl Apply<Withdrawn> for Account { fn apply(&mut self, e: Withdrawn) { self.balance -= e.cents } }
//!
//! #[derive(Debug, Clone, Command)]
//! #[es(aggregate = Account)]
//! pub struct Withdraw { #[es(id)] pub account: AccountId, pub cents: u64 }
//!
//! impl Handle<Withdraw> for Account {
//!     fn handle(&self, cmd: Withdraw, _: &Context) -> Result<Events<AccountEvent>, AccountError> {
//!         if cmd.cents > self.balance { return Err(AccountError::InsufficientFunds) }
//!         Ok(events![Withdrawn { cents: cmd.cents }])
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # std::env::set_current_dir(&directory)?;
//! # let account = AccountId::from("42".to_owned());
//! # {
//! #     let accounts = EventSourced::<Account, _>::new(SledStore::open("bank.db")?);
//! #     let mut root = accounts.load(&account).await?;
//! #     root.record(Opened { owner: "Ada".into(), currency: Currency::Eur });
//! #     root.record(Deposited { cents: 2_000 });
//! #     accounts.save(&mut root).await?;
//! # }
//! let store = SledStore::open("bank.db")?;                       // or MemoryStore::new()
//! let accounts = EventSourced::<Account, _>::new(store).snapshot_every(100);
//! # let withdraw_from = account.clone();
//! # let outcome = {
//! #     let account = account.clone();
//! let outcome = accounts.execute(Withdraw { account, cents: 500 }).await?;   // events, version, receipt
//! #     outcome
//! # };
//! let account = accounts.load(&account).await?;                              // state(), version()
//! # assert_eq!(outcome.events, [AccountEvent::Withdrawn(Withdrawn { cents: 500 })]);
//! # assert_eq!((account.state().balance, account.version().get()), (1_500, 3));
//! # let refused = accounts.execute(Withdraw { account: withdraw_from, cents: 5_000 }).await;
//! # assert_eq!(refused.unwrap_err().rejection(), Some(&AccountError::InsufficientFunds));
//! # Ok(()) }
//! ```
//!
//! # Where to read on
//!
//! - Modelling: [`Event`], [`Apply`], [`Aggregate`], [`Command`], [`Handle`], [`Context`], [`events!`].
//! - Changing an event: the attribute keys in the documentation of the derive [`macro@Event`]; [`Upcast`], [`Split`];
//!   [`StreamTransform`] for what an event cannot tell by itself; [`Downcast`] and [`UnknownEvent`] between programs of
//!   different age.
//! - Locking events: [`events_lock!`] and [`schema`].
//! - Running commands: [`EventSourced`], [`RepositoryExt::execute_with`], [`Root`], [`UnitOfWork`];
//!   [`EventSourced::check`] before the first one.
//! - Reading: [`Repository::load_at`], [`EventStore::read_all`] with a [`Filter`], [`EventView`] for the few events a reader
//!   wants. [`EventStoreExt`]: streams, [queries](Query) in both directions, typed scans, causes and effects.
//! - Following the log: [`Subscription`]; acting on it: [`ProcessManager`]; sending it on: [`Bus`].
//! - Read models: [`Projection`] and [`ReadModel`] tables in [`ReadModels`], read through a [`View`]; run by a
//!   [`ProjectionRunner`] as [`ProjectionOptions`] say, waited for and looked after through [`Projections`].
//! - Writing a store: the contract on [`EventStore`], [`MemoryStore`] as the reference.
//!
//! # Features
//!
//! - `derive` (default): the derives.
//! - `cbor`, `msgpack`, `postcard`: payloads in these formats, beside JSON; see [`Format`]. They change no default.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod aggregate;
mod aggregate_id;
mod apart;
mod backoff;
mod command;
mod downcast;
mod envelope;
mod error;
mod event;
mod events;
mod fnv;
mod format;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod ids;
mod memory;
mod metadata;
mod process;
mod projection;
mod publisher;
mod read_model;
mod repository;
pub mod schema;
mod store;
mod stream_id;
mod subscription;
mod tag;
mod time;
mod transform;
mod upcast;
mod version;

pub use crate::aggregate::{Aggregate, WrongStream, aggregate_id, stream_id};
pub use crate::aggregate_id::{AggregateId, ParseId};
pub use crate::backoff::Backoff;
pub use crate::command::{Command, Context, Handle};
pub use crate::downcast::Downcast;
pub use crate::envelope::{NewEvent, RecordedEvent};
pub use crate::error::{AppendError, DecodeError, DecodeErrorKind, ReadError};
pub use crate::event::{
    Apply, Decoded, Event, EventType, EventView, Evolve, Fate, Skipped, Slot, Split, StoredType,
    UnknownEvent, UnknownPolicy,
};
pub use crate::events::Events;
#[cfg(feature = "cbor")]
pub use crate::format::Cbor;
#[cfg(feature = "msgpack")]
pub use crate::format::MsgPack;
#[cfg(feature = "postcard")]
pub use crate::format::Postcard;
pub use crate::format::{Format, FormatError, FormatId, Json};
pub use crate::ids::{CausationId, CommitId, CorrelationId, EventId};
pub use crate::memory::MemoryStore;
pub use crate::metadata::Metadata;
pub use crate::process::{
    Correlation, Dispatch, DispatchError, ProcessContext, ProcessManager, Reaction, TimerChange,
};
pub use crate::projection::{
    Begin, BegunAnew, Coverage, CutOver, Difference, DifferenceKind, Digest, EventSkipped,
    FailingTimer, Fingerprint, Generation, GenerationStatus, OperatorEvent, ParkedEvent,
    ParkedFailure, Paused, Projection, ProjectionOptions, ProjectionRunner, ProjectionState,
    ProjectionStatus, ProjectionStore, ProjectionStoreError, ProjectionTx, Projections, Retried,
    RetryOutcome, Row, RunnerError, Seen, StopReason, WaitError, Waited,
};
pub use crate::publisher::{Bus, BusSubscriber, InProcessBus, PublishError};
pub use crate::read_model::{
    Changes, Index, IndexOf, Key, KeyRange, MemoryRows, PrefixOf, ReadModel, ReadModelError,
    ReadModels, RowError, RowStore, RowTx, RowValue, Under, View, under,
};
pub use crate::repository::{
    AsOf, CheckError, EventSourced, ExecuteError, ExecuteOptions, LoadError, Outcome, Repository,
    RepositoryExt, Root, SaveError, Saved, Turn, UnitOfWork, UnreadableType,
};
pub use crate::schema::Schema;
pub use crate::store::{
    AppendCondition, Capabilities, Checkpoint, CheckpointError, CheckpointStore, Commit, Committed,
    Cursor, Direction, Durability, EventStore, EventStoreExt, EventStream, Filter, FoundCommit,
    HeadPublisher, HeadWatch, HeldType, HeldTypes, InvalidCursor, Lease, LeaseStore, LogPage,
    Query, QueryPage, Receipt, ScanError, ScanStream, Snapshot, SnapshotStore, StreamAppend,
    StreamHead, StreamPage, StreamRange, StreamRest, Visitor,
};
pub use crate::stream_id::{InvalidStreamId, StreamId};
pub use crate::subscription::{Batch, StartAt, Subscription, SubscriptionError};
pub use crate::tag::{InvalidTag, Tag};
pub use crate::time::{Clock, ParseTimestampError, SystemClock, Timestamp};
pub use crate::transform::{Rewrite, StreamTransform, TransformedStore};
pub use crate::upcast::{Upcast, UpcastCx, UpcastError};
pub use crate::version::{ExpectedVersion, Position, Version};

#[cfg(feature = "derive")]
pub use eventsourcing_derive::{Aggregate, AggregateId, Command, Event, EventView, Schema};
