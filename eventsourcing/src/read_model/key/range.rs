//! [`KeyRange`]: which keys are meant.

use std::ops::{
    Bound, Range, RangeBounds, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive,
};

use super::Key;

/// Some keys in a row: a range of them (`a..b`, `a..=b`, `a..`, `..`), or all [`under`] one or the leading part of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of `{K}` keys",
    label = "not a range of these keys",
    note = "`..` are all keys, `a..b` those from one to another, `under(key)` the rows of one key or of a tuple's leading part"
)]
pub trait KeyRange<K: Key> {
    /// The bytes of the keys where it begins and ends.
    fn bounds(self) -> (Bound<Vec<u8>>, Bound<Vec<u8>>);
}

macro_rules! ranges {
    ($($range:ty),*) => { $(
        impl<K: Key> KeyRange<K> for $range {
            fn bounds(self) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
                let (from, to) = (RangeBounds::<K>::start_bound(&self), RangeBounds::<K>::end_bound(&self));
                (from.map(encoded), to.map(encoded))
            }
        }
    )* };
}

ranges! {
    Range<K>, RangeInclusive<K>, RangeFrom<K>, RangeTo<K>, RangeToInclusive<K>, RangeFull, (Bound<K>, Bound<K>)
}

/// A key that is the leading part of another, as `A` is of `(A, B)`, or the whole of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the leading part of a key `{K}`",
    label = "neither such a key nor its leading part",
    note = "of a tuple `(A, B, C)` these are `A`, `(A, B)` and the whole of it"
)]
pub trait PrefixOf<K: Key>: Key {}

impl<K: Key> PrefixOf<K> for K {}

/// See [`under`].
#[derive(Debug, Clone)]
pub struct Under<P>(P);

/// All keys that are `prefix` or begin with it: `under(owner)` are all `(owner, _)`.
pub const fn under<P: Key>(prefix: P) -> Under<P> {
    Under(prefix)
}

impl<K: Key, P: PrefixOf<K>> KeyRange<K> for Under<P> {
    fn bounds(self) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
        let prefix = encoded(&self.0);
        (Bound::Included(prefix.clone()), Bound::Included(prefix))
    }
}

fn encoded(key: &impl Key) -> Vec<u8> {
    let mut bytes = Vec::new();
    key.encode(&mut bytes);
    bytes
}

/// The rows from one key on, and up to another without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::read_model) struct ByteRange {
    pub(in crate::read_model) from: Vec<u8>,
    pub(in crate::read_model) to: Vec<u8>,
}

impl ByteRange {
    /// The keys of this range behind a prefix. What follows a key there, as in an index, belongs to the key.
    pub(in crate::read_model) fn of<K: Key>(prefix: &[u8], keys: impl KeyRange<K>) -> Self {
        let at = |key: Vec<u8>| [prefix, &key].concat();
        let (from, to) = keys.bounds();
        let from = match from {
            Bound::Unbounded => prefix.to_vec(),
            Bound::Included(key) => at(key),
            Bound::Excluded(key) => behind(at(key)),
        };
        let to = match to {
            Bound::Unbounded => behind(prefix.to_vec()),
            Bound::Included(key) => behind(at(key)),
            Bound::Excluded(key) => at(key),
        };
        Self { from, to }
    }

    /// The same range of any keys but those that begin with 255, which no row has.
    pub(in crate::read_model) fn bytes(range: (Bound<&[u8]>, Bound<&[u8]>)) -> Self {
        let next = |key: &[u8]| [key, &[0]].concat();
        Self {
            from: match range.0 {
                Bound::Unbounded => Vec::new(),
                Bound::Included(key) => key.to_vec(),
                Bound::Excluded(key) => next(key),
            },
            to: match range.1 {
                Bound::Unbounded => vec![0xff],
                Bound::Included(key) => next(key),
                Bound::Excluded(key) => key.to_vec(),
            },
        }
    }

    pub(in crate::read_model) fn is_empty(&self) -> bool {
        self.from >= self.to
    }

    pub(in crate::read_model) fn as_range(&self) -> Range<&[u8]> {
        &self.from[..]..&self.to[..]
    }
}

/// The first key that neither is `key` nor begins with it, and comes after it.
fn behind(mut key: Vec<u8>) -> Vec<u8> {
    while let Some(last) = key.pop() {
        if last < 0xff {
            key.push(last + 1);
            return key;
        }
    }
    vec![0xff]
}
