//! What should be there: maps, and what a transaction has seen of them.

use std::collections::{BTreeMap, BTreeSet};

use eventsourcing::Generation;

use super::tables::{Key, Value};

/// All generations.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    places: BTreeMap<u32, Place>,
}

/// One generation: what is committed.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) epoch: u64,
    /// Tables that something was ever written to.
    pub(super) declared: BTreeSet<&'static str>,
    pub(super) indexed: BTreeMap<Key, Value>,
    pub(super) plain: BTreeMap<i64, Vec<u8>>,
    pub(super) raw: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Oracle {
    pub(super) fn place(&mut self, number: u32) -> &mut Place {
        self.places.entry(number).or_default()
    }

    pub(super) fn look(&self, number: u32) -> Option<&Place> {
        self.places.get(&number)
    }

    /// The generation that everybody reads.
    pub(super) fn serving(&self) -> Option<u32> {
        let row = self.places.get(&0)?.raw.get(Generation::SERVING)?;
        Generation::parse_serving_row(row)
    }
}

impl Place {
    pub(super) fn clear(&mut self) {
        *self = Self {
            epoch: self.epoch,
            ..Self::default()
        };
    }
}

/// What a transaction has read of what was committed, and what it has written.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) declared: BTreeMap<&'static str, bool>,
    pub(super) indexed: Part<Key, Value>,
    pub(super) plain: Part<i64, Vec<u8>>,
    pub(super) raw: Part<Vec<u8>, Vec<u8>>,
}

/// The same of one table.
#[derive(Debug)]
pub(super) struct Part<K, V> {
    /// Rows, also those that were not there.
    pub(super) rows: BTreeMap<K, Option<V>>,
    /// Everything between two keys, both included.
    ranges: Vec<(K, K, BTreeMap<K, V>)>,
    pub(super) written: BTreeMap<K, Option<V>>,
}

impl<K, V> Default for Part<K, V> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            ranges: Vec::new(),
            written: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> Part<K, V> {
    /// What reading a row must give.
    pub(super) fn get(&mut self, committed: &BTreeMap<K, V>, key: &K) -> Option<V> {
        if let Some(written) = self.written.get(key) {
            return written.clone();
        }
        let row = self.rows.entry(key.clone());
        row.or_insert_with(|| committed.get(key).cloned()).clone()
    }

    /// What reading a range must give, both ends included.
    pub(super) fn range(&mut self, committed: &BTreeMap<K, V>, from: K, to: K) -> Vec<(K, V)> {
        let there: BTreeMap<K, V> = committed
            .range(from.clone()..=to.clone())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut rows = there.clone();
        for (key, value) in self.written.range(from.clone()..=to.clone()) {
            match value {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(key),
            };
        }
        self.ranges.push((from, to, there));
        rows.into_iter().collect()
    }

    fn holds(&self, committed: &BTreeMap<K, V>) -> bool {
        let row = |(key, value): (&K, &Option<V>)| committed.get(key) == value.as_ref();
        let range = |(from, to, rows): &(K, K, BTreeMap<K, V>)| {
            committed.range(from.clone()..=to.clone()).eq(rows.iter())
        };
        self.rows.iter().all(row) && self.ranges.iter().all(range)
    }

    fn apply(self, committed: &mut BTreeMap<K, V>) {
        for (key, value) in self.written {
            match value {
                Some(value) => committed.insert(key, value),
                None => committed.remove(&key),
            };
        }
    }
}

impl Seen {
    /// Whether reading again would give the same.
    pub(super) fn holds(&self, place: &Place) -> bool {
        let declared = |(table, was): (&&str, &bool)| place.declared.contains(*table) == *was;
        self.declared.iter().all(declared)
            && self.indexed.holds(&place.indexed)
            && self.plain.holds(&place.plain)
            && self.raw.holds(&place.raw)
    }

    pub(super) fn apply(self, place: &mut Place) {
        let written = [
            ("indexed", self.indexed.written.is_empty()),
            ("plain", self.plain.written.is_empty()),
        ];
        let written = written.iter().filter(|(_, nothing)| !nothing);
        place.declared.extend(written.map(|(table, _)| *table));
        self.indexed.apply(&mut place.indexed);
        self.plain.apply(&mut place.plain);
        self.raw.apply(&mut place.raw);
    }

    /// Notes that a table is used: whether anything was written to it is read, too.
    pub(super) fn declare(&mut self, place: Option<&Place>, table: &'static str) {
        let there = place.is_some_and(|place| place.declared.contains(table));
        self.declared.entry(table).or_insert(there);
    }
}
