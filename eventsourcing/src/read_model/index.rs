//! [`Index`]: finding rows by something else than their key.

use std::fmt;

use super::key::Key;
use super::layout::{self, MAX_NAME};

/// A way to find the rows of a [`ReadModel`](super::ReadModel) by a value taken from them. Many rows may have the same value.
///
/// The function must be pure: it is asked again to find what it has said earlier. When it changes, count up the
/// projection's version.
pub struct Index<K, V, I> {
    name: &'static str,
    values: Values<K, V, I>,
}

enum Values<K, V, I> {
    One(fn(&K, &V) -> I),
    Partial(fn(&K, &V) -> Option<I>),
    Many(fn(&K, &V) -> Vec<I>),
}

impl<K, V, I> Index<K, V, I> {
    /// An index in which each row has one value.
    ///
    /// # Panics
    /// If the name is empty or longer than 64 bytes; in a constant, the compiler says so.
    pub const fn new(name: &'static str, value: fn(&K, &V) -> I) -> Self {
        Self::checked(name, Values::One(value))
    }

    /// An index of some rows only.
    ///
    /// # Panics
    /// As [`Index::new`].
    pub const fn partial(name: &'static str, value: fn(&K, &V) -> Option<I>) -> Self {
        Self::checked(name, Values::Partial(value))
    }

    /// An index in which a row may have any number of values.
    ///
    /// # Panics
    /// As [`Index::new`].
    pub const fn many(name: &'static str, values: fn(&K, &V) -> Vec<I>) -> Self {
        Self::checked(name, Values::Many(values))
    }

    const fn checked(name: &'static str, values: Values<K, V, I>) -> Self {
        assert!(
            !name.is_empty() && name.len() <= MAX_NAME,
            "an index's name has 1 to 64 bytes"
        );
        Self { name, values }
    }
}

impl<K, V, I> fmt::Debug for Index<K, V, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An [`Index`], whatever its values are. Nothing else implements it.
pub trait IndexOf<K, V>: sealed::Sealed + Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The kind of its values.
    fn kind(&self) -> String;

    /// The keys of the rows that it has for a row.
    #[doc(hidden)]
    fn rows(&self, table: &str, key: &K, value: &V) -> Vec<Vec<u8>>;
}

mod sealed {
    #[expect(unnameable_types, reason = "nobody else is to implement it")]
    pub trait Sealed {}
    impl<K, V, I> Sealed for super::Index<K, V, I> {}
}

impl<K: Key, V, I: Key> IndexOf<K, V> for Index<K, V, I> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kind(&self) -> String {
        I::kind()
    }

    fn rows(&self, table: &str, key: &K, value: &V) -> Vec<Vec<u8>> {
        let prefix = layout::index(table, self.name);
        let row = |indexed: I| {
            let mut row = prefix.clone();
            indexed.encode(&mut row);
            key.encode(&mut row);
            row
        };
        match self.values {
            Values::One(of) => vec![row(of(key, value))],
            Values::Partial(of) => of(key, value).into_iter().map(row).collect(),
            Values::Many(of) => of(key, value).into_iter().map(row).collect(),
        }
    }
}
