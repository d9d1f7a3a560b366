//! [`RowStore`]: the engine below read models, as little as it needs to be.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::projection::{Generation, Row};
use crate::store::Direction;

/// What is written in one go: the new value of each key, or `None` to remove its row.
pub type Changes = BTreeMap<Bytes, Option<Bytes>>;

/// Rows of bytes, ordered by key, for each generation of its own. Implement it to keep
/// [`ReadModels`](crate::ReadModels) in another engine; the order of commits, conflicts and epochs is seen to above.
///
/// Calls block, for no longer than a disk takes; [`RowStore::drop_generation`] and large changes are made on threads that are there
/// for it, and may take longer. Keys are up to 1,024 bytes and begin with a byte below 255; values are
/// up to 16 MiB.
pub trait RowStore: fmt::Debug + Send + Sync + 'static {
    /// The value under `key`.
    ///
    /// # Errors
    /// See [`RowError`].
    fn get(&self, generation: &Generation, key: &[u8]) -> Result<Option<Bytes>, RowError>;

    /// Up to `limit` rows of a range, from its beginning on, or backward from its end. All that are there are returned
    /// if they are fewer; but it ends with the row with which keys and values come to
    /// [`ReadModels::PAGE_BYTES`](crate::ReadModels::PAGE_BYTES), so that a page is bounded whatever the limit. Whoever
    /// wants more asks again behind it.
    ///
    /// # Errors
    /// See [`RowError`].
    fn scan(
        &self,
        generation: &Generation,
        range: Range<&[u8]>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, RowError>;

    /// Writes all changes, or none. Whoever reads one row sees it as before or after. What is lost in a crash is lost as a
    /// whole, newest first. `reopened` is what [`RowStore::reopened`] has said before anything was read that the changes
    /// rest on.
    ///
    /// # Errors
    /// [`RowError::Reopened`] if it says something else by now. See [`RowError`].
    fn apply(
        &self,
        generation: &Generation,
        changes: &Changes,
        reopened: u64,
    ) -> Result<(), RowError>;

    /// Removes a generation with all its rows. Whoever reads sees all of them, or none.
    ///
    /// # Errors
    /// See [`RowError`].
    fn drop_generation(&self, generation: &Generation) -> Result<(), RowError>;

    /// The generations that have rows, in order; it may name some that have none.
    ///
    /// # Errors
    /// See [`RowError`].
    fn generations(&self) -> Result<Vec<Generation>, RowError>;

    /// How often it had to be opened anew while it was in use, so that changes which had been written may be lost.
    fn reopened(&self) -> u64 {
        0
    }
}

impl<R: RowStore + ?Sized> RowStore for Arc<R> {
    fn get(&self, generation: &Generation, key: &[u8]) -> Result<Option<Bytes>, RowError> {
        (**self).get(generation, key)
    }

    fn scan(
        &self,
        generation: &Generation,
        range: Range<&[u8]>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, RowError> {
        (**self).scan(generation, range, direction, limit)
    }

    fn apply(
        &self,
        generation: &Generation,
        changes: &Changes,
        reopened: u64,
    ) -> Result<(), RowError> {
        (**self).apply(generation, changes, reopened)
    }

    fn drop_generation(&self, generation: &Generation) -> Result<(), RowError> {
        (**self).drop_generation(generation)
    }

    fn generations(&self) -> Result<Vec<Generation>, RowError> {
        (**self).generations()
    }

    fn reopened(&self) -> u64 {
        (**self).reopened()
    }
}

/// Why an engine could not read or write rows.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// There is no room; nothing was written. Try again once there is.
    #[error("there is no room for the rows")]
    Full,
    /// The rows were opened anew, and may lack what was written last; nothing was written.
    #[error("the rows were opened anew")]
    Reopened,
    /// What is stored cannot be read.
    #[error("rows are damaged: {reason}")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// They were closed.
    #[error("the rows were closed: open them again")]
    Closed,
    /// The engine does not answer. Trying again may help.
    #[error("the rows are not to be had at the moment: {source}")]
    Unavailable {
        /// What it says.
        source: Arc<dyn Error + Send + Sync>,
    },
}
