//! [`RowTx`]: what one transaction of a projection reads and writes.

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OwnedMutexGuard;

use super::error::{Failure, ReadModelError};
use super::index::Index;
use super::key::{ByteRange, Key, KeyRange};
use super::layout::{self, MAX_KEY, MAX_VALUE};
use super::models::ReadModels;
use super::read::{self, Page, Source};
use super::reads::Reads;
use super::rows::{Changes, RowError};
use super::slot::{Slot, State};
use super::table::{ReadModel, RowValue, Types};
use crate::projection::{Generation, ProjectionStoreError, ProjectionTx, Row};
use crate::store::Direction;

/// So many changes are committed where blocking holds nobody up.
const LARGE: usize = 100;

/// A transaction on the rows of one generation, in which a projection's handler reads and writes its read models. It
/// sees its own writes; nobody else does before it is committed, and then all of them at once, together with the
/// projection's progress. Dropping it takes everything back.
///
/// It keeps what it reads and writes in memory until then.
#[derive(Debug)]
pub struct RowTx {
    models: ReadModels,
    slot: Arc<Slot>,
    generation: Generation,
    begun: Begun,
    reads: Reads,
    changes: Changes,
    /// Tables that are known to be stored as they are used.
    checked: Vec<(&'static str, Types)>,
    failure: Option<Failure>,
}

/// How things stood when a transaction began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    pub(super) epoch: u64,
    /// How often the engine had been opened anew.
    pub(super) reopened: u64,
    /// Commits to the generation.
    pub(super) commits: u64,
}

impl RowTx {
    pub(super) fn new(
        models: ReadModels,
        slot: Arc<Slot>,
        generation: Generation,
        begun: Begun,
    ) -> Self {
        Self {
            models,
            slot,
            generation,
            begun,
            reads: Reads::default(),
            changes: Changes::new(),
            checked: Vec::new(),
            failure: None,
        }
    }

    /// The row under this key.
    ///
    /// # Errors
    /// [`ReadModelError::Store`] if it cannot be read.
    pub fn get<K: Key, V: RowValue>(
        &mut self,
        table: &ReadModel<K, V>,
        key: &K,
    ) -> Result<Option<V>, ReadModelError> {
        read::get(self, table, key)
    }

    /// The rows of a range of keys, in their order. They are fetched a page at a time.
    ///
    /// # Errors
    /// [`ReadModelError::Store`] if they cannot be read.
    pub fn range<K: Key, V: RowValue, R: KeyRange<K>>(
        &mut self,
        table: &ReadModel<K, V>,
        keys: R,
    ) -> Result<
        impl Iterator<Item = Result<(K, V), ReadModelError>> + use<'_, K, V, R>,
        ReadModelError,
    > {
        read::range(self, table, table.keys(keys), Direction::Forward)
    }

    /// The rows of a range of keys, the last one first.
    ///
    /// # Errors
    /// As [`RowTx::range`].
    pub fn range_rev<K: Key, V: RowValue, R: KeyRange<K>>(
        &mut self,
        table: &ReadModel<K, V>,
        keys: R,
    ) -> Result<
        impl Iterator<Item = Result<(K, V), ReadModelError>> + use<'_, K, V, R>,
        ReadModelError,
    > {
        read::range(self, table, table.keys(keys), Direction::Backward)
    }

    /// The rows with an indexed value in a range, in the order of the values. A row comes once for each such value.
    ///
    /// # Errors
    /// As [`RowTx::range`]; also if the table is not declared to have this index.
    pub fn by_index<K: Key, V: RowValue, I: Key, R: KeyRange<I>>(
        &mut self,
        table: &ReadModel<K, V>,
        index: &Index<K, V, I>,
        values: R,
    ) -> Result<
        impl Iterator<Item = Result<(K, V), ReadModelError>> + use<'_, K, V, I, R>,
        ReadModelError,
    > {
        read::by_index(
            self,
            table,
            index,
            table.indexed_keys(index, values),
            Direction::Forward,
        )
    }

    /// The same, from the greatest value down.
    ///
    /// # Errors
    /// As [`RowTx::by_index`].
    pub fn by_index_rev<K: Key, V: RowValue, I: Key, R: KeyRange<I>>(
        &mut self,
        table: &ReadModel<K, V>,
        index: &Index<K, V, I>,
        values: R,
    ) -> Result<
        impl Iterator<Item = Result<(K, V), ReadModelError>> + use<'_, K, V, I, R>,
        ReadModelError,
    > {
        read::by_index(
            self,
            table,
            index,
            table.indexed_keys(index, values),
            Direction::Backward,
        )
    }

    /// How many rows there are in a range of keys. Goes through all of them.
    ///
    /// # Errors
    /// As [`RowTx::range`].
    pub fn count<K: Key, V: RowValue>(
        &mut self,
        table: &ReadModel<K, V>,
        keys: impl KeyRange<K>,
    ) -> Result<u64, ReadModelError> {
        read::count(self, table, table.keys(keys))
    }

    /// Writes a row, in place of the one that is there.
    ///
    /// # Errors
    /// [`ReadModelError::TooLarge`], [`ReadModelError::Value`], or [`ReadModelError::Store`] if the table cannot be used.
    pub fn put<K: Key, V: RowValue>(
        &mut self,
        table: &ReadModel<K, V>,
        key: &K,
        value: &V,
    ) -> Result<(), ReadModelError> {
        let old = self.indexed(table, key)?;
        self.write(table, key, old, Some(value))
    }

    /// Changes a row; one that is not there counts as the default.
    ///
    /// # Errors
    /// As [`RowTx::put`] and [`RowTx::get`].
    pub fn update<K: Key, V: RowValue + Default>(
        &mut self,
        table: &ReadModel<K, V>,
        key: &K,
        change: impl FnOnce(&mut V),
    ) -> Result<(), ReadModelError> {
        self.replace(table, key, |value| {
            let mut value = value.unwrap_or_default();
            change(&mut value);
            Some(value)
        })
    }

    /// Puts what `change` makes of a row into its place: `None` stands for no row.
    ///
    /// # Errors
    /// As [`RowTx::put`] and [`RowTx::get`].
    pub fn replace<K: Key, V: RowValue>(
        &mut self,
        table: &ReadModel<K, V>,
        key: &K,
        change: impl FnOnce(Option<V>) -> Option<V>,
    ) -> Result<(), ReadModelError> {
        let value = read::get(self, table, key)?;
        let old = index_rows(table, key, value.as_ref());
        let new = change(value);
        self.write(table, key, old, new.as_ref())
    }

    /// Removes a row, if it is there.
    ///
    /// # Errors
    /// As [`RowTx::put`].
    pub fn delete<K: Key, V: RowValue>(
        &mut self,
        table: &ReadModel<K, V>,
        key: &K,
    ) -> Result<(), ReadModelError> {
        let old = self.indexed(table, key)?;
        self.write(table, key, old, None)
    }

    /// The generation it is about.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    /// What the indexes have for the row that is there. Without indexes nothing is read.
    fn indexed<K: Key, V: RowValue>(
        &mut self,
        table: &ReadModel<K, V>,
        key: &K,
    ) -> Result<Vec<Vec<u8>>, ReadModelError> {
        if table.indexes.is_empty() {
            return Ok(Vec::new());
        }
        let value = read::get(self, table, key)?;
        Ok(index_rows(table, key, value.as_ref()))
    }

    /// Writes or removes a row, and what the indexes have for it.
    fn write<K: Key, V: RowValue>(
        &mut self,
        table: &ReadModel<K, V>,
        key: &K,
        old: Vec<Vec<u8>>,
        value: Option<&V>,
    ) -> Result<(), ReadModelError> {
        self.declare(table)?;
        let row = table.row(key);
        let new = index_rows(table, key, value);
        let longest = new.iter().map(Vec::len).max();
        let longest = longest.unwrap_or_default().max(row.len());
        self.check_size(table.name(), "key", longest, MAX_KEY)?;
        let value = match value {
            Some(value) => Some(self.json(table, key, value)?),
            None => None,
        };
        for gone in old {
            if !new.contains(&gone) {
                self.changes.insert(gone.into(), None);
            }
        }
        for row in new {
            self.changes.insert(row.into(), Some(Bytes::new()));
        }
        self.changes.insert(row.into(), value);
        Ok(())
    }

    /// Makes sure that it is stored how the table is stored.
    fn declare<K: Key, V: RowValue>(
        &mut self,
        table: &ReadModel<K, V>,
    ) -> Result<(), ReadModelError> {
        if read::check(self, table)? {
            return Ok(());
        }
        let row = serde_json::to_vec(&table.stored()).map_err(|error| {
            let reason = format!("table `{}`: {error}", table.name());
            self.fail(Failure::Misused(reason))
        })?;
        self.changes
            .insert(layout::table(table.name()), Some(row.into()));
        Ok(())
    }

    fn json<K: Key, V: RowValue>(
        &self,
        table: &ReadModel<K, V>,
        key: &K,
        value: &V,
    ) -> Result<Bytes, ReadModelError> {
        let json = serde_json::to_vec(value).map_err(|error| ReadModelError::Value {
            generation: self.generation.clone(),
            table: table.name(),
            key: format!("{key:?}"),
            reason: error.to_string(),
        })?;
        self.check_size(table.name(), "value", json.len(), MAX_VALUE)?;
        Ok(json.into())
    }

    fn check_size(
        &self,
        table: &'static str,
        what: &'static str,
        bytes: usize,
        limit: usize,
    ) -> Result<(), ReadModelError> {
        if bytes <= limit {
            return Ok(());
        }
        Err(ReadModelError::TooLarge {
            generation: self.generation.clone(),
            table,
            what,
            bytes,
            limit,
        })
    }

    /// The value under a key, as this transaction has left it.
    fn raw(&mut self, key: &[u8]) -> Result<Option<Bytes>, Failure> {
        if let Some(change) = self.changes.get(key) {
            return Ok(change.clone());
        }
        if let Some(seen) = self.reads.row(key) {
            return Ok(seen.clone());
        }
        let value = self.models.rows().get(&self.generation, key)?;
        self.reads
            .note_row(Bytes::copy_from_slice(key), value.clone());
        Ok(value)
    }

    /// The next rows of a range, as this transaction has left them.
    fn raw_page(
        &mut self,
        range: &ByteRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, Failure> {
        let store = self.models.rows();
        let rows = store.scan(&self.generation, range.as_range(), direction, limit)?;
        let mut page = Page::new(rows, range, direction, limit);
        let covered = match (&page.rest, direction) {
            (None, _) => range.clone(),
            (Some(rest), Direction::Forward) => ByteRange {
                from: range.from.clone(),
                to: rest.from.clone(),
            },
            (Some(rest), Direction::Backward) => ByteRange {
                from: rest.to.clone(),
                to: range.to.clone(),
            },
        };
        self.reads
            .note_range(covered.clone(), direction, &page.rows);
        let own = self.changes.range::<[u8], _>((
            Bound::Included(&covered.from[..]),
            Bound::Excluded(&covered.to[..]),
        ));
        let mut own = own.peekable();
        if own.peek().is_some() {
            let changes = &self.changes;
            page.rows.retain(|(key, _)| !changes.contains_key(key));
            let written = own.filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
            page.rows.extend(written);
            page.rows
                .sort_unstable_by(|(a, _), (b, _)| match direction {
                    Direction::Forward => a.cmp(b),
                    Direction::Backward => b.cmp(a),
                });
        }
        Ok(page)
    }

    /// Notes a failure, so that nothing is committed that rests on it.
    fn note(&mut self, failure: Failure) -> ProjectionStoreError {
        let error = failure.of(&self.generation);
        self.failure.get_or_insert(failure);
        error
    }

    /// What it is committed under.
    pub(super) async fn lock(&self) -> OwnedMutexGuard<State> {
        self.slot.lock().await
    }

    /// Whether its commit may take long.
    pub(super) fn is_large(&self) -> bool {
        self.changes.len() >= LARGE
    }

    pub(super) fn commit(
        self,
        mut state: OwnedMutexGuard<State>,
    ) -> Result<(), ProjectionStoreError> {
        let Self {
            models,
            generation,
            begun,
            reads,
            changes,
            failure,
            ..
        } = self;
        if let Some(failure) = failure {
            return Err(failure.of(&generation));
        }
        let failed = |error: RowError| Failure::from(error).of(&generation);
        state.check(&generation, begun.epoch, begun.reopened)?;
        if state.commits != begun.commits
            && !reads
                .still_hold(models.rows(), &generation)
                .map_err(failed)?
        {
            return Err(ProjectionStoreError::Conflict { generation });
        }
        if changes.is_empty() {
            return Ok(());
        }
        models
            .apply(&generation, &changes, begun.reopened)
            .map_err(failed)?;
        state.commits += 1;
        Ok(())
    }
}

fn index_rows<K: Key, V: RowValue>(
    table: &ReadModel<K, V>,
    key: &K,
    value: Option<&V>,
) -> Vec<Vec<u8>> {
    let Some(value) = value else {
        return Vec::new();
    };
    let indexes = table.indexes.iter();
    indexes
        .flat_map(|index| index.rows(table.name(), key, value))
        .collect()
}

impl Source for RowTx {
    fn slot(&self) -> &Slot {
        &self.slot
    }

    fn row(&mut self, key: &[u8]) -> Result<Option<Bytes>, ReadModelError> {
        self.raw(key).map_err(|failure| self.note(failure).into())
    }

    fn page(
        &mut self,
        range: &ByteRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, ReadModelError> {
        let page = self.raw_page(range, direction, limit);
        page.map_err(|failure| self.note(failure).into())
    }

    fn is_checked(&self, table: &'static str, types: Types) -> bool {
        self.checked.contains(&(table, types))
    }

    fn note_checked(&mut self, table: &'static str, types: Types) {
        self.checked.push((table, types));
    }

    fn fail(&mut self, failure: Failure) -> ReadModelError {
        self.note(failure).into()
    }
}

impl ProjectionTx for RowTx {
    async fn get(&mut self, key: &[u8]) -> Result<Option<Bytes>, ProjectionStoreError> {
        self.raw(key).map_err(|failure| self.note(failure))
    }

    async fn scan(
        &mut self,
        range: (Bound<&[u8]>, Bound<&[u8]>),
        limit: usize,
    ) -> Result<Vec<Row>, ProjectionStoreError> {
        let mut rest = Some(ByteRange::bytes(range));
        let mut rows = Vec::new();
        while let Some(range) = rest.filter(|range| !range.is_empty() && rows.len() < limit) {
            let page = self.raw_page(&range, Direction::Forward, limit - rows.len());
            let page = page.map_err(|failure| self.note(failure))?;
            rows.extend(page.rows);
            rest = page.rest;
        }
        rows.truncate(limit);
        Ok(rows)
    }

    async fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), ProjectionStoreError> {
        if key.len() > MAX_KEY || value.is_some_and(|value| value.len() > MAX_VALUE) {
            let reason = format!(
                "a row has a key of {} bytes and a value of {} bytes; the limits are {MAX_KEY} and {MAX_VALUE}",
                key.len(),
                value.map_or(0, <[u8]>::len)
            );
            return Err(self.note(Failure::Misused(reason)));
        }
        let value = value.map(Bytes::copy_from_slice);
        self.changes.insert(Bytes::copy_from_slice(key), value);
        Ok(())
    }

    fn failure(&self) -> Option<ProjectionStoreError> {
        let failure = self.failure.as_ref()?;
        Some(failure.of(&self.generation))
    }
}
