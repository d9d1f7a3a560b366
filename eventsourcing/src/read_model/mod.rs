//! Read models: typed tables in which projections keep what is to be looked up.
//!
//! From the bottom: [`RowStore`] keeps rows of bytes ([`MemoryRows`], or sled), [`ReadModels`] adds
//! transactions, [`RowTx`] and [`View`] read and write typed tables ([`ReadModel`], [`Index`]) in them.

mod blocking;
mod error;
mod index;
mod key;
mod layout;
mod memory;
mod models;
mod read;
mod reads;
mod rows;
mod slot;
mod table;
mod tx;
mod view;

pub use self::error::ReadModelError;
pub use self::index::{Index, IndexOf};
pub use self::key::{Key, KeyRange, PrefixOf, Under, under};
pub use self::memory::MemoryRows;
pub use self::models::ReadModels;
pub use self::rows::{Changes, RowError, RowStore};
pub use self::table::{ReadModel, RowValue};
pub use self::tx::RowTx;
pub use self::view::View;
