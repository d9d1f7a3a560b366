//! [`ProjectionStore`]: where read models live, together with the bookkeeping of the projections that write them.

use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;

/// A place of its own for rows: one build of a projection's read model.
///
/// Number 0 holds what is kept about the projection as a whole; rebuilding fills the next generation beside the one that
/// is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation {
    /// The projection.
    pub projection: Arc<str>,
    /// Which one, from 1; 0 is about all of them.
    pub number: u32,
}

impl Generation {
    /// Key of the row in generation 0 that says which generation is read from. The runner writes it.
    pub const SERVING: &'static [u8] = b"\0serving";

    /// The row that says that this generation is read from.
    pub fn serving_row(&self) -> [u8; 4] {
        self.number.to_be_bytes()
    }

    /// The generation that such a row names; `None` if the row is damaged.
    pub fn parse_serving_row(row: &[u8]) -> Option<u32> {
        row.try_into().map(u32::from_be_bytes).ok()
    }

    /// A generation of a projection.
    pub fn new(projection: impl Into<Arc<str>>, number: u32) -> Self {
        Self {
            projection: projection.into(),
            number,
        }
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.projection, self.number)
    }
}

/// A key and its value.
pub type Row = (Bytes, Bytes);

/// Where projections keep their read models and their own bookkeeping (how far they are, what is parked), written in one
/// transaction. `ReadModels` is the one to use; implement it to put read models into a database of your own.
pub trait ProjectionStore: Send + Sync + 'static {
    /// A transaction on one generation.
    type Tx: ProjectionTx;

    /// Takes a generation over, creating it if need be, and returns an epoch higher than any before. Commits of lower epochs
    /// are refused from now on.
    ///
    /// # Errors
    /// See [`ProjectionStoreError`].
    fn claim(
        &self,
        generation: &Generation,
    ) -> impl Future<Output = Result<u64, ProjectionStoreError>> + Send;

    /// Begins a transaction of the owner with this epoch. Dropping the transaction takes everything back.
    ///
    /// Several transactions may be open on one generation. What one reads does not change before it ends, or its commit is
    /// refused with [`ProjectionStoreError::Conflict`].
    ///
    /// # Errors
    /// See [`ProjectionStoreError`].
    fn begin(
        &self,
        generation: &Generation,
        epoch: u64,
    ) -> impl Future<Output = Result<Self::Tx, ProjectionStoreError>> + Send;

    /// Begins a transaction that is only read from, by somebody who need not own the generation. The generation need not exist. Its
    /// commit is refused.
    ///
    /// # Errors
    /// See [`ProjectionStoreError`].
    fn read(
        &self,
        generation: &Generation,
    ) -> impl Future<Output = Result<Self::Tx, ProjectionStoreError>> + Send;

    /// Makes everything in the transaction visible at once. It need not be durable: what is lost in a crash is lost as a
    /// whole, newest first, and done again.
    ///
    /// # Errors
    /// [`ProjectionStoreError::Fenced`] if the generation was taken over, [`ProjectionStoreError::Conflict`] if what was read
    /// has changed, [`ProjectionStoreError::Reopened`] if earlier commits may be lost; nothing was written then. What the
    /// store has refused within the transaction, it refuses here again.
    fn commit(&self, tx: Self::Tx)
    -> impl Future<Output = Result<(), ProjectionStoreError>> + Send;

    /// Removes all rows of a generation, but not its epoch. There may be many: let it hold up nobody who reads another one.
    ///
    /// # Errors
    /// [`ProjectionStoreError::Fenced`] if the generation was taken over.
    fn clear(
        &self,
        generation: &Generation,
        epoch: u64,
    ) -> impl Future<Output = Result<(), ProjectionStoreError>> + Send;
}

/// A transaction on the rows of one generation, which sees its own writes.
///
/// The runner's rows are read and written through these methods; their keys start with a zero byte. How a projection
/// gets at its own rows is up to the type that implements this. Every store takes keys of up to 1,024 bytes and
/// values of up to 16 MiB.
pub trait ProjectionTx: Send + 'static {
    /// The value under `key`.
    ///
    /// # Errors
    /// See [`ProjectionStoreError`].
    fn get(
        &mut self,
        key: &[u8],
    ) -> impl Future<Output = Result<Option<Bytes>, ProjectionStoreError>> + Send;

    /// Up to `limit` rows of a range of keys, in the order of their bytes.
    ///
    /// # Errors
    /// See [`ProjectionStoreError`].
    fn scan(
        &mut self,
        range: (Bound<&[u8]>, Bound<&[u8]>),
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Row>, ProjectionStoreError>> + Send;

    /// Writes a row; `None` removes it.
    ///
    /// # Errors
    /// See [`ProjectionStoreError`].
    fn put(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> impl Future<Output = Result<(), ProjectionStoreError>> + Send;

    /// What the store has refused in this transaction, if anything. A handler that fails after that fails because of it:
    /// its event is not to blame, and is not parked.
    fn failure(&self) -> Option<ProjectionStoreError> {
        None
    }
}

/// Why rows of a projection could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionStoreError {
    /// Another runner has taken over. Stop: its work goes on there.
    #[error(
        "projection {generation} was taken over: this runner has epoch {epoch}, the rows have epoch {actual}"
    )]
    Fenced {
        /// What was to be written.
        generation: Generation,
        /// The writer's epoch.
        epoch: u64,
        /// The epoch of the one that has taken over.
        actual: u64,
    },
    /// What the transaction had read has changed meanwhile. Nothing was written; do it again from the beginning.
    #[error("a transaction on projection {generation} met another one: do it again")]
    Conflict {
        /// What was to be written.
        generation: Generation,
    },
    /// The rows had to be opened anew, so what was committed last may be lost. Claim the generation again, and go on from
    /// the progress that it has then.
    #[error("the rows of projection {generation} were opened anew: claim them again")]
    Reopened {
        /// Whose rows they are.
        generation: Generation,
    },
    /// The projection's own code uses its rows in a way that cannot work. Change the program.
    #[error("projection {generation} uses its rows in a wrong way: {reason}")]
    Misused {
        /// Whose rows they are.
        generation: Generation,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Rows that cannot be read. Rebuild the projection; those of generation 0 take
    /// [`Projections::reset`](super::Projections::reset), or [`Projections::begin_anew`](super::Projections::begin_anew) where it acts on
    /// others.
    #[error(
        "rows of projection {generation} are damaged: {reason}; {}",
        mend(generation)
    )]
    Damaged {
        /// Whose rows they are.
        generation: Generation,
        /// What is wrong.
        reason: String,
    },
    /// The disk is full. Make room; then it can be done again.
    #[error("no room for the rows of projection {generation}: make room, then it goes on")]
    StorageFull {
        /// What was to be written.
        generation: Generation,
    },
    /// The store was closed. Open it again; no retry helps before.
    #[error("the rows of projection {generation} were closed: open them again")]
    Closed {
        /// What was to be read or written.
        generation: Generation,
    },
    /// The store could not answer. Trying again may help.
    #[error("the rows of projection {generation} are not to be had at the moment: {source}")]
    Unavailable {
        /// Whose rows they are.
        generation: Generation,
        /// What the store says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What helps where rows are damaged.
fn mend(generation: &Generation) -> &'static str {
    match generation.number {
        0 => "`reset` the projection, or `begin_anew` what acts on others",
        _ => "rebuild the projection",
    }
}
