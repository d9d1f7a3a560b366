//! [`View`]: read models as everybody reads them.

use std::sync::Arc;

use bytes::Bytes;

use super::error::{Failure, ReadModelError};
use super::index::Index;
use super::key::{ByteRange, Key, KeyRange};
use super::models::ReadModels;
use super::read::{self, Page, Source};
use super::slot::Slot;
use super::table::{ReadModel, RowValue};
use crate::projection::Generation;
use crate::store::Direction;

/// How often a read begins again because the generation was replaced.
const TRIES: usize = 8;

/// The read models of one projection, outside of it.
///
/// Each call reads the generation that is served at that moment, so a view can be kept. A scan stays in the generation in
/// which it began, and does not mix two. Scans hold a page of rows in memory: up to 512 of them, or fewer so that they come to about a MiB.
///
/// What is consistent is one row: it is as one commit of the projection has left it. A scan is not a picture of one moment, not even
/// within a page: each row that is there all the while comes once, and as it is when the scan comes to it; what
/// comes or goes meanwhile is seen or not. So two rows of a scan, or of two calls, may be of different moments. Values that have to agree
/// belong into one row. (What a projection reads in its [`RowTx`](crate::RowTx) is of one moment, or its commit is refused.)
///
/// ```
/// # use eventsourcing::{Generation, ProjectionStore, ProjectionTx, ReadModel, ReadModels};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// const BALANCES: ReadModel<String, i64> = ReadModel::new("balances");
///
/// let models = ReadModels::in_memory();
/// # // What a runner does.
/// # let (all, first) = (Generation::new("balances", 0), Generation::new("balances", 1));
/// # let epoch = models.claim(&first).await?;
/// # let mut tx = models.begin(&first, epoch).await?;
/// # tx.put(&BALANCES, &"ada".to_owned(), &1_500)?;
/// # models.commit(tx).await?;
/// # let epoch = models.claim(&all).await?;
/// # let mut tx = models.begin(&all, epoch).await?;
/// # ProjectionTx::put(&mut tx, Generation::SERVING, Some(&first.serving_row())).await?;
/// # models.commit(tx).await?;
/// // A projection named `balances` is running.
/// let view = models.view("balances")?;
/// assert_eq!(view.get(&BALANCES, &"ada".to_owned())?, Some(1_500));
/// for row in view.range(&BALANCES, "a".to_owned()..)? {
///     let (owner, cents) = row?;
///     println!("{owner} has {cents}");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct View {
    models: ReadModels,
    projection: Arc<str>,
}

impl View {
    pub(super) fn new(models: ReadModels, projection: Arc<str>) -> Self {
        Self { models, projection }
    }

    /// The generation that is served at the moment.
    ///
    /// # Errors
    /// [`ReadModelError::NotServed`] if there is none.
    pub fn generation(&self) -> Result<Generation, ReadModelError> {
        match self.models.serving(&self.projection)? {
            Some(number) => Ok(Generation::new(self.projection.clone(), number)),
            None => Err(ReadModelError::NotServed {
                projection: self.projection.to_string(),
                others: self.models.others(&self.projection),
            }),
        }
    }

    /// The row under this key.
    ///
    /// # Errors
    /// [`ReadModelError::NotServed`], or [`ReadModelError::Store`] if it cannot be read.
    pub fn get<K: Key, V: RowValue>(
        &self,
        table: &ReadModel<K, V>,
        key: &K,
    ) -> Result<Option<V>, ReadModelError> {
        self.again(|pinned| read::get(pinned, table, key))
    }

    /// The rows of a range of keys, in their order.
    ///
    /// # Errors
    /// As [`View::get`]; a row is [`ReadModelError::Replaced`] if the generation was removed during the scan.
    pub fn range<K: Key, V: RowValue, R: KeyRange<K>>(
        &self,
        table: &ReadModel<K, V>,
        keys: R,
    ) -> Result<impl Iterator<Item = Result<(K, V), ReadModelError>> + use<K, V, R>, ReadModelError>
    {
        let keys = table.keys(keys);
        self.again(|pinned| read::range(pinned.clone(), table, keys.clone(), Direction::Forward))
    }

    /// The rows of a range of keys, the last one first.
    ///
    /// # Errors
    /// As [`View::range`].
    pub fn range_rev<K: Key, V: RowValue, R: KeyRange<K>>(
        &self,
        table: &ReadModel<K, V>,
        keys: R,
    ) -> Result<impl Iterator<Item = Result<(K, V), ReadModelError>> + use<K, V, R>, ReadModelError>
    {
        let keys = table.keys(keys);
        self.again(|pinned| read::range(pinned.clone(), table, keys.clone(), Direction::Backward))
    }

    /// The rows with an indexed value in a range, in the order of the values. A row comes once for each such value.
    ///
    /// Each row that comes has the value under which it comes. One whose value changes while the scan goes on has another place:
    /// it may come twice if it moves ahead of the scan, and not at all if it moves behind it. Where that matters, go through the
    /// table with [`View::range`], in which rows do not move.
    ///
    /// # Errors
    /// As [`View::range`]; also if the table is not declared to have this index.
    pub fn by_index<K: Key, V: RowValue, I: Key, R: KeyRange<I>>(
        &self,
        table: &ReadModel<K, V>,
        index: &Index<K, V, I>,
        values: R,
    ) -> Result<
        impl Iterator<Item = Result<(K, V), ReadModelError>> + use<K, V, I, R>,
        ReadModelError,
    > {
        let values = table.indexed_keys(index, values);
        self.again(|pinned| {
            read::by_index(
                pinned.clone(),
                table,
                index,
                values.clone(),
                Direction::Forward,
            )
        })
    }

    /// The same, from the greatest value down.
    ///
    /// # Errors
    /// As [`View::by_index`].
    pub fn by_index_rev<K: Key, V: RowValue, I: Key, R: KeyRange<I>>(
        &self,
        table: &ReadModel<K, V>,
        index: &Index<K, V, I>,
        values: R,
    ) -> Result<
        impl Iterator<Item = Result<(K, V), ReadModelError>> + use<K, V, I, R>,
        ReadModelError,
    > {
        let values = table.indexed_keys(index, values);
        self.again(|pinned| {
            read::by_index(
                pinned.clone(),
                table,
                index,
                values.clone(),
                Direction::Backward,
            )
        })
    }

    /// How many rows there are in a range of keys. Goes through all of them.
    ///
    /// # Errors
    /// As [`View::get`].
    pub fn count<K: Key, V: RowValue>(
        &self,
        table: &ReadModel<K, V>,
        keys: impl KeyRange<K>,
    ) -> Result<u64, ReadModelError> {
        let keys = table.keys(keys);
        self.again(|pinned| read::count(pinned, table, keys.clone()))
    }

    /// Reads in the generation that is served; again in the next one if it is removed meanwhile.
    fn again<T>(
        &self,
        mut read: impl FnMut(&mut Pinned) -> Result<T, ReadModelError>,
    ) -> Result<T, ReadModelError> {
        let mut tries = 1;
        loop {
            match read(&mut self.pin()?) {
                Err(ReadModelError::Replaced { .. }) if tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }

    fn pin(&self) -> Result<Pinned, ReadModelError> {
        loop {
            let generation = self.generation()?;
            let slot = self.models.slot(&generation);
            let clears = slot.clears();
            // It is removed only once another one is served: if it still is, its rows were there when the count was taken.
            if self.generation()? == generation {
                return Ok(Pinned {
                    models: self.models.clone(),
                    slot,
                    clears,
                    generation,
                });
            }
        }
    }
}

/// One generation, as long as its rows are not removed.
#[derive(Debug, Clone)]
struct Pinned {
    models: ReadModels,
    slot: Arc<Slot>,
    clears: u64,
    generation: Generation,
}

impl Pinned {
    /// What was read counts if nothing was removed meanwhile.
    fn if_there<T>(&self, read: T) -> Result<T, ReadModelError> {
        if self.slot.clears() == self.clears {
            return Ok(read);
        }
        Err(ReadModelError::Replaced {
            generation: self.generation.clone(),
        })
    }
}

impl Source for Pinned {
    fn slot(&self) -> &Slot {
        &self.slot
    }

    fn row(&mut self, key: &[u8]) -> Result<Option<Bytes>, ReadModelError> {
        let row = self.models.rows().get(&self.generation, key);
        self.if_there(row)?.map_err(|error| self.fail(error.into()))
    }

    fn page(
        &mut self,
        range: &ByteRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, ReadModelError> {
        let store = self.models.rows();
        let rows = store.scan(&self.generation, range.as_range(), direction, limit);
        let rows = self
            .if_there(rows)?
            .map_err(|error| self.fail(error.into()))?;
        Ok(Page::new(rows, range, direction, limit))
    }

    fn fail(&mut self, failure: Failure) -> ReadModelError {
        failure.of(&self.generation).into()
    }
}
