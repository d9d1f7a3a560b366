//! The embedded durable store of [`eventsourcing`]: an append-only commit log, indexed by sled.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("bank.db");
//! use eventsourcing::{EventStore, Position};
//! use eventsourcing_sled::SledStore;
//!
//! let store = SledStore::open(path)?;
//! assert_eq!(store.head().await?, Position::START);
//! # Ok(())
//! # }
//! ```
//!
//! - The log is the truth: plain files of checksummed frames, one frame a commit, one sync for all commits that wait at
//!   the same time. An acknowledged commit survives a power cut.
//! - Checkpoints and leases, which nothing in the log says, have a file of their own beside it, as durable as the log.
//! - sled holds only what can be made again: streams, types, tags, times, commit ids, snapshots. When it is lost, stale or
//!   damaged, it is moved aside and rebuilt, with a warning and a note in [`SledStore::stats`].
//! - [`SledStore::read_models`] keeps what projections make of the events, in a sled database of its own.
//! - One process at a time has a store open.
//!
//! `FORMAT.md` beside this crate describes every byte on disk.

mod checkpoints;
mod config;
mod database;
mod directory;
mod error;
mod format;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod index;
mod lock;
mod log;
mod manifest;
mod read_model;
mod repair;
mod store;
mod text;

pub use crate::config::{Builder, Durability};
pub use crate::error::OpenError;
pub use crate::read_model::SledRows;
pub use crate::repair::Repair;
pub use crate::store::{BackupError, BackupReport, Fault, SledStore, Stats, VerifyReport};
