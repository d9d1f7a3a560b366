//! [`ReadModel`]: the name and the types of a table.

use std::any::{TypeId, type_name};
use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::index::{Index, IndexOf};
use super::key::{ByteRange, Key, KeyRange};
use super::layout::{self, MAX_NAME};

/// What a row holds: anything that serde can store as JSON and read back.
pub trait RowValue: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<V: Serialize + DeserializeOwned + Send + Sync + 'static> RowValue for V {}

/// A table of rows, found by a [`Key`], kept by a projection. The handle is a name with types; the rows are in the
/// projection's [`ReadModels`](super::ReadModels). Each projection has tables of its own, also of the same name.
///
/// Values are stored as JSON. A table keeps its types and indexes for as long as its projection keeps its version:
/// count that up when they change, and the rows are made anew. A field with `#[serde(default)]` needs no new version; with one,
/// the rows of before can also be read until the new ones take their place.
///
/// ```
/// use eventsourcing::{Index, ReadModel, under};
/// # use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Default, Serialize, Deserialize)]
/// struct Balance { owner: String, cents: i64 }
///
/// const BY_OWNER: Index<u64, Balance, String> = Index::new("by_owner", |_, balance| balance.owner.clone());
/// const OVERDRAWN: Index<u64, Balance, i64> =
///     Index::partial("overdrawn", |_, balance| (balance.cents < 0).then_some(balance.cents));
/// const BALANCES: ReadModel<u64, Balance> = ReadModel::new("balances").indexed(&[&BY_OWNER, &OVERDRAWN]);
/// # assert_eq!(BALANCES.name(), "balances");
/// ```
pub struct ReadModel<K: 'static, V: 'static> {
    name: &'static str,
    pub(super) indexes: &'static [&'static dyn IndexOf<K, V>],
}

impl<K, V> ReadModel<K, V> {
    /// The table of this name.
    ///
    /// # Panics
    /// If the name is empty or longer than 64 bytes; in a constant, the compiler says so.
    pub const fn new(name: &'static str) -> Self {
        assert!(
            !name.is_empty() && name.len() <= MAX_NAME,
            "a table's name has 1 to 64 bytes"
        );
        Self { name, indexes: &[] }
    }

    /// The same table with these indexes, which are kept up to date with its rows. It must have all of them wherever it is
    /// written.
    pub const fn indexed(self, indexes: &'static [&'static dyn IndexOf<K, V>]) -> Self {
        Self { indexes, ..self }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<K, V> Clone for ReadModel<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for ReadModel<K, V> {}

impl<K, V> fmt::Debug for ReadModel<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indexes: Vec<_> = self.indexes.iter().map(|index| index.name()).collect();
        f.debug_struct("ReadModel")
            .field("name", &self.name)
            .field("indexes", &indexes)
            .finish()
    }
}

/// How a table is stored: the row that says so.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    /// The kind of its keys.
    key: String,
    /// The kind of the indexed values, by index.
    indexes: BTreeMap<String, String>,
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keys of kind {}", self.key)?;
        for (name, kind) in &self.indexes {
            write!(f, ", index `{name}` of kind {kind}")?;
        }
        Ok(())
    }
}

/// The types of a table, to notice a second handle with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Types {
    id: TypeId,
    pub(super) key: &'static str,
    pub(super) value: &'static str,
}

impl<K: Key, V: RowValue> ReadModel<K, V> {
    pub(super) fn stored(&self) -> Stored {
        let indexes = self.indexes.iter();
        Stored {
            key: K::kind(),
            indexes: indexes
                .map(|index| (index.name().to_owned(), index.kind()))
                .collect(),
        }
    }

    pub(super) fn types() -> Types {
        Types {
            id: TypeId::of::<(K, V)>(),
            key: type_name::<K>(),
            value: type_name::<V>(),
        }
    }

    /// Where the rows with these keys are.
    pub(super) fn keys(&self, keys: impl KeyRange<K>) -> ByteRange {
        ByteRange::of(&layout::rows(self.name), keys)
    }

    /// Where the index has the rows with these values.
    pub(super) fn indexed_keys<I: Key>(
        &self,
        index: &Index<K, V, I>,
        values: impl KeyRange<I>,
    ) -> ByteRange {
        ByteRange::of(&layout::index(self.name, index.name()), values)
    }

    /// The key of a row.
    pub(super) fn row(&self, key: &K) -> Vec<u8> {
        let mut row = layout::rows(self.name);
        key.encode(&mut row);
        row
    }
}
