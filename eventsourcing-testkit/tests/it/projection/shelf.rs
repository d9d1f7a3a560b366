//! [`Shelf`]: a store of rows as somebody may write it for a database of their own, on maps.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use eventsourcing::{Generation, ProjectionStore, ProjectionStoreError, ProjectionTx, Row};

/// Rows in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<HashMap<Generation, Kept>>>);

/// A range that was read, how much of it, and what was there.
type Read = (Bound<Vec<u8>>, Bound<Vec<u8>>, usize, Vec<Row>);

#[derive(Debug, Default)]
struct Kept {
    epoch: u64,
    commits: u64,
    rows: BTreeMap<Vec<u8>, Bytes>,
}

/// What a transaction has read, to be looked at again, and what it has written.
#[derive(Debug)]
pub(crate) struct ShelfTx {
    shelf: Shelf,
    generation: Generation,
    epoch: u64,
    commits: u64,
    read: Vec<Read>,
    written: BTreeMap<Vec<u8>, Option<Bytes>>,
}

impl Shelf {
    fn kept<T>(&self, generation: &Generation, look: impl FnOnce(&mut Kept) -> T) -> T {
        let mut kept = self.0.lock().expect("no panic inside");
        look(kept.entry(generation.clone()).or_default())
    }

    /// The rows of the generation that is read, but the runner's own.
    pub(crate) fn served(&self, projection: &str) -> BTreeMap<Vec<u8>, Bytes> {
        let all = Generation::new(projection, 0);
        let row = self.kept(&all, |kept| kept.rows.get(Generation::SERVING).cloned());
        let number = Generation::parse_serving_row(&row.expect("a generation is read"));
        let serving = Generation::new(projection, number.expect("a number"));
        let mut rows = self.kept(&serving, |kept| kept.rows.clone());
        rows.retain(|key, _| key[0] != 0);
        rows
    }

    /// Loses all that there is of a projection.
    pub(crate) fn lose(&self, projection: &str) {
        let mut kept = self.0.lock().expect("no panic inside");
        kept.retain(|generation, _| *generation.projection != *projection);
    }

    /// All rows, of all generations but 0.
    pub(crate) fn len(&self) -> usize {
        let kept = self.0.lock().expect("no panic inside");
        let generations = kept.iter().filter(|(generation, _)| generation.number > 0);
        generations.map(|(_, kept)| kept.rows.len()).sum()
    }
}

fn check(kept: &Kept, generation: &Generation, epoch: u64) -> Result<(), ProjectionStoreError> {
    if epoch == kept.epoch {
        return Ok(());
    }
    Err(ProjectionStoreError::Fenced {
        generation: generation.clone(),
        epoch,
        actual: kept.epoch,
    })
}

fn rows_of(kept: &Kept, range: (Bound<&[u8]>, Bound<&[u8]>), limit: usize) -> Vec<Row> {
    let rows = kept.rows.range::<[u8], _>(range).take(limit);
    rows.map(|(key, value)| (Bytes::from(key.clone()), value.clone()))
        .collect()
}

impl ProjectionStore for Shelf {
    type Tx = ShelfTx;

    async fn claim(&self, generation: &Generation) -> Result<u64, ProjectionStoreError> {
        Ok(self.kept(generation, |kept| {
            kept.epoch += 1;
            kept.epoch
        }))
    }

    async fn begin(
        &self,
        generation: &Generation,
        epoch: u64,
    ) -> Result<ShelfTx, ProjectionStoreError> {
        Ok(ShelfTx {
            shelf: self.clone(),
            generation: generation.clone(),
            epoch,
            commits: self.kept(generation, |kept| kept.commits),
            read: Vec::new(),
            written: BTreeMap::new(),
        })
    }

    async fn read(&self, generation: &Generation) -> Result<ShelfTx, ProjectionStoreError> {
        self.begin(generation, 0).await
    }

    async fn commit(&self, tx: ShelfTx) -> Result<(), ProjectionStoreError> {
        self.kept(&tx.generation, |kept| {
            check(kept, &tx.generation, tx.epoch)?;
            let holds = kept.commits == tx.commits
                || tx.read.iter().all(|(from, to, limit, rows)| {
                    let range = (from.as_ref().map(|k| &k[..]), to.as_ref().map(|k| &k[..]));
                    rows_of(kept, range, *limit) == *rows
                });
            if !holds {
                let generation = tx.generation.clone();
                return Err(ProjectionStoreError::Conflict { generation });
            }
            kept.commits += 1;
            for (key, value) in &tx.written {
                match value {
                    Some(value) => kept.rows.insert(key.clone(), value.clone()),
                    None => kept.rows.remove(key),
                };
            }
            Ok(())
        })
    }

    async fn clear(&self, generation: &Generation, epoch: u64) -> Result<(), ProjectionStoreError> {
        self.kept(generation, |kept| {
            check(kept, generation, epoch)?;
            kept.commits += 1;
            kept.rows.clear();
            Ok(())
        })
    }
}

impl ShelfTx {
    pub(crate) fn generation(&self) -> &Generation {
        &self.generation
    }
}

impl ProjectionTx for ShelfTx {
    async fn get(&mut self, key: &[u8]) -> Result<Option<Bytes>, ProjectionStoreError> {
        let only = (Bound::Included(key), Bound::Included(key));
        Ok(self.scan(only, 1).await?.pop().map(|(_, value)| value))
    }

    async fn scan(
        &mut self,
        range: (Bound<&[u8]>, Bound<&[u8]>),
        limit: usize,
    ) -> Result<Vec<Row>, ProjectionStoreError> {
        // Enough that what was removed here does not shorten the page.
        let most = limit + self.written.len();
        let rows = self
            .shelf
            .kept(&self.generation, |kept| rows_of(kept, range, most));
        let (from, to) = (range.0.map(<[u8]>::to_vec), range.1.map(<[u8]>::to_vec));
        self.read.push((from, to, most, rows.clone()));
        let mut seen: BTreeMap<Bytes, Bytes> = rows.into_iter().collect();
        for (key, value) in self.written.range::<[u8], _>(range) {
            match value {
                Some(value) => seen.insert(key.clone().into(), value.clone()),
                None => seen.remove(&key[..]),
            };
        }
        Ok(seen.into_iter().take(limit).collect())
    }

    async fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), ProjectionStoreError> {
        let value = value.map(Bytes::copy_from_slice);
        self.written.insert(key.to_vec(), value);
        Ok(())
    }
}
