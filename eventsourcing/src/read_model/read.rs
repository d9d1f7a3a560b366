//! Reading typed rows, in a transaction and outside of one.

use std::any::type_name;
use std::marker::PhantomData;

use bytes::Bytes;

use super::error::{Failure, ReadModelError};
use super::index::{Index, IndexOf};
use super::key::{ByteRange, Key};
use super::layout;
use super::models::ReadModels;
use super::slot::Slot;
use super::table::{ReadModel, RowValue, Stored, Types};
use crate::projection::Row;
use crate::store::Direction;

/// Most rows that are fetched at a time.
const PAGE: usize = 512;
/// How many at first: many scans look for one row.
const FIRST_PAGE: usize = 4;

/// Rows of one generation.
pub(super) trait Source {
    fn slot(&self) -> &Slot;

    fn row(&mut self, key: &[u8]) -> Result<Option<Bytes>, ReadModelError>;

    /// The next rows of a range, about so many, and what remains of it.
    fn page(
        &mut self,
        range: &ByteRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, ReadModelError>;

    /// Whether the table is known to be stored like this.
    fn is_checked(&self, _table: &'static str, _types: Types) -> bool {
        false
    }

    /// Notes that it is.
    fn note_checked(&mut self, _table: &'static str, _types: Types) {}

    /// Notes what has gone wrong.
    fn fail(&mut self, failure: Failure) -> ReadModelError;
}

/// Some rows, and the rest of the range.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    pub(super) rest: Option<ByteRange>,
}

impl Page {
    /// What the engine has returned for a range.
    pub(super) fn new(
        rows: Vec<Row>,
        range: &ByteRange,
        direction: Direction,
        limit: usize,
    ) -> Self {
        let bytes: usize = rows.iter().map(|(key, row)| key.len() + row.len()).sum();
        let is_full = rows.len() >= limit || bytes >= ReadModels::PAGE_BYTES;
        let last = rows.last().filter(|_| is_full);
        let rest = last.map(|(key, _)| match direction {
            Direction::Forward => ByteRange {
                from: [key, &[0][..]].concat(),
                to: range.to.clone(),
            },
            Direction::Backward => ByteRange {
                from: range.from.clone(),
                to: key.to_vec(),
            },
        });
        Self { rows, rest }
    }
}

impl<S: Source> Source for &mut S {
    fn slot(&self) -> &Slot {
        (**self).slot()
    }

    fn row(&mut self, key: &[u8]) -> Result<Option<Bytes>, ReadModelError> {
        (**self).row(key)
    }

    fn page(
        &mut self,
        range: &ByteRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, ReadModelError> {
        (**self).page(range, direction, limit)
    }

    fn is_checked(&self, table: &'static str, types: Types) -> bool {
        (**self).is_checked(table, types)
    }

    fn note_checked(&mut self, table: &'static str, types: Types) {
        (**self).note_checked(table, types);
    }

    fn fail(&mut self, failure: Failure) -> ReadModelError {
        (**self).fail(failure)
    }
}

/// Checks that a table is stored as the handle says. Returns whether anything is stored at all.
pub(super) fn check<K: Key, V: RowValue>(
    source: &mut impl Source,
    table: &ReadModel<K, V>,
) -> Result<bool, ReadModelError> {
    let (name, types) = (table.name(), ReadModel::<K, V>::types());
    if source.is_checked(name, types) {
        return Ok(true);
    }
    let first = source.slot().note_types(name, types);
    if first != types {
        return Err(source.fail(Failure::Misused(format!(
            "table `{name}` is used with {} by {}, and with {} by {}; give one of them another name",
            first.value, first.key, types.value, types.key
        ))));
    }
    let Some(row) = source.row(&layout::table(name))? else {
        return Ok(false);
    };
    if source.slot().is_verified(name, &row) {
        source.note_checked(name, types);
        return Ok(true);
    }
    let Ok(stored) = serde_json::from_slice::<Stored>(&row) else {
        let reason = format!("table `{name}` does not say how it is stored");
        return Err(source.fail(Failure::damaged(reason)));
    };
    let used = table.stored();
    if stored == used {
        source.slot().note_verified(name, row);
        source.note_checked(name, types);
        return Ok(true);
    }
    Err(source.fail(Failure::Misused(format!(
        "table `{name}` is stored with {stored}; this program uses it with {used}; count up the projection's version, so \
         that it is made anew"
    ))))
}

/// The value of a row.
pub(super) fn value<K: Key, V: RowValue>(
    source: &mut impl Source,
    table: &ReadModel<K, V>,
    key: &K,
    row: &[u8],
) -> Result<V, ReadModelError> {
    serde_json::from_slice(row).map_err(|error| {
        let (name, used) = (table.name(), type_name::<V>());
        let reason = format!("the row {key:?} of table `{name}` cannot be read as `{used}`: {error}");
        // Whole JSON of another shape was written by other code, most likely.
        source.fail(if error.is_data() {
            Failure::Misused(format!(
                "{reason}; if the type has changed, count up the projection's version, so that it is made anew; if not, the \
                 row is damaged: rebuild the projection"
            ))
        } else {
            Failure::damaged(reason)
        })
    })
}

pub(super) fn get<K: Key, V: RowValue>(
    source: &mut impl Source,
    table: &ReadModel<K, V>,
    key: &K,
) -> Result<Option<V>, ReadModelError> {
    if !check(source, table)? {
        return Ok(None);
    }
    match source.row(&table.row(key))? {
        Some(row) => value(source, table, key, &row).map(Some),
        None => Ok(None),
    }
}

pub(super) fn count<K: Key, V: RowValue>(
    source: &mut impl Source,
    table: &ReadModel<K, V>,
    keys: ByteRange,
) -> Result<u64, ReadModelError> {
    check(source, table)?;
    let mut rows = Pages::new(source, keys, Direction::Forward);
    let mut count = 0;
    while let Some(row) = rows.next() {
        row?;
        count += 1;
    }
    Ok(count)
}

/// Raw rows, a page at a time.
struct Pages<S> {
    source: S,
    rest: Option<ByteRange>,
    direction: Direction,
    rows: std::vec::IntoIter<Row>,
    size: usize,
}

impl<S: Source> Pages<S> {
    fn new(source: S, range: ByteRange, direction: Direction) -> Self {
        Self {
            source,
            rest: Some(range),
            direction,
            rows: Vec::new().into_iter(),
            size: FIRST_PAGE,
        }
    }

    /// An error is the last that comes.
    fn next(&mut self) -> Option<Result<Row, ReadModelError>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            let range = self.rest.take().filter(|range| !range.is_empty())?;
            match self.source.page(&range, self.direction, self.size) {
                Ok(page) => {
                    self.size = (self.size * 4).min(PAGE);
                    (self.rows, self.rest) = (page.rows.into_iter(), page.rest);
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn end(&mut self) {
        (self.rows, self.rest) = (Vec::new().into_iter(), None);
    }
}

/// Typed rows of a range of keys.
pub(super) struct Rows<S, K: 'static, V: 'static> {
    pages: Pages<S>,
    table: ReadModel<K, V>,
    prefix: usize,
}

pub(super) fn range<S: Source, K: Key, V: RowValue>(
    mut source: S,
    table: &ReadModel<K, V>,
    keys: ByteRange,
    direction: Direction,
) -> Result<Rows<S, K, V>, ReadModelError> {
    check(&mut source, table)?;
    Ok(Rows {
        pages: Pages::new(source, keys, direction),
        table: *table,
        prefix: layout::rows(table.name()).len(),
    })
}

impl<S: Source, K: Key, V: RowValue> Rows<S, K, V> {
    fn row(&mut self, (key, row): &Row) -> Result<(K, V), ReadModelError> {
        let Self { pages, table, .. } = self;
        let key = decode_key(&mut pages.source, table, &key[self.prefix..])?;
        let value = value(&mut pages.source, table, &key, row)?;
        Ok((key, value))
    }
}

impl<S: Source, K: Key, V: RowValue> Iterator for Rows<S, K, V> {
    type Item = Result<(K, V), ReadModelError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.pages.next()?.and_then(|row| self.row(&row));
        if row.is_err() {
            self.pages.end();
        }
        Some(row)
    }
}

/// A whole key, or an indexed value and a key.
fn decode_key<T: Key, K: Key, V>(
    source: &mut impl Source,
    table: &ReadModel<K, V>,
    mut bytes: &[u8],
) -> Result<T, ReadModelError> {
    let all = bytes;
    match T::decode(&mut bytes) {
        Some(key) if bytes.is_empty() => Ok(key),
        _ => Err(unreadable(source, table, all)),
    }
}

fn unreadable<K, V>(
    source: &mut impl Source,
    table: &ReadModel<K, V>,
    key: &[u8],
) -> ReadModelError {
    let name = table.name();
    let key = key.escape_ascii();
    let reason = format!("the key `{key}` of a row of table `{name}` cannot be read");
    source.fail(Failure::damaged(reason))
}

/// Typed rows, found by an index.
pub(super) struct Indexed<S, K: 'static, V: 'static, I> {
    pages: Pages<S>,
    table: ReadModel<K, V>,
    index: &'static dyn IndexOf<K, V>,
    prefix: usize,
    value: PhantomData<fn() -> I>,
}

pub(super) fn by_index<S: Source, K: Key, V: RowValue, I: Key>(
    mut source: S,
    table: &ReadModel<K, V>,
    index: &Index<K, V, I>,
    values: ByteRange,
    direction: Direction,
) -> Result<Indexed<S, K, V, I>, ReadModelError> {
    check(&mut source, table)?;
    let name = index.name();
    let same =
        |other: &&&'static dyn IndexOf<K, V>| other.name() == name && other.kind() == index.kind();
    let Some(index) = table.indexes.iter().find(same) else {
        let table = table.name();
        let reason = format!("table `{table}` is not declared to have this index `{name}`");
        return Err(source.fail(Failure::Misused(reason)));
    };
    Ok(Indexed {
        pages: Pages::new(source, values, direction),
        table: *table,
        index: *index,
        prefix: layout::index(table.name(), name).len(),
        value: PhantomData,
    })
}

impl<S: Source, K: Key, V: RowValue, I: Key> Indexed<S, K, V, I> {
    /// `None` if the row has changed since its place in the index was read.
    fn row(&mut self, entry: &[u8]) -> Result<Option<(K, V)>, ReadModelError> {
        let Self { pages, table, .. } = self;
        let source = &mut pages.source;
        let mut bytes = &entry[self.prefix..];
        // The indexed value stands before the key.
        let key: K = match I::decode(&mut bytes) {
            Some(_) => decode_key(source, table, bytes)?,
            None => return Err(unreadable(source, table, bytes)),
        };
        let Some(row) = source.row(&table.row(&key))? else {
            return Ok(None);
        };
        let value = value(source, table, &key, &row)?;
        let rows = self.index.rows(table.name(), &key, &value);
        Ok(rows.iter().any(|row| row == entry).then_some((key, value)))
    }
}

impl<S: Source, K: Key, V: RowValue, I: Key> Iterator for Indexed<S, K, V, I> {
    type Item = Result<(K, V), ReadModelError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = self.pages.next()?;
            match entry.and_then(|(entry, _)| self.row(&entry)) {
                Ok(None) => {}
                Ok(Some(row)) => return Some(Ok(row)),
                Err(error) => {
                    self.pages.end();
                    return Some(Err(error));
                }
            }
        }
    }
}
