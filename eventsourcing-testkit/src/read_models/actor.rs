//! One transaction, and what it should see.

use std::ops::Bound;

use eventsourcing::{Generation, ProjectionTx, RowTx, under};
use fastrand::Rng;

use super::oracle::{Oracle, Place, Seen};
use super::tables::{BELOW, BY_NAME, INDEXED, Key, LETTERS, PLAIN, Value, bytes, key, name};

/// Before and behind all keys.
const LEAST: (String, i8) = (String::new(), i8::MIN);

fn greatest() -> Key {
    ("\u{10ffff}".to_owned(), i8::MAX)
}

/// An open transaction.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) tx: RowTx,
    pub(super) generation: Generation,
    pub(super) epoch: u64,
    pub(super) seen: Seen,
}

impl Actor {
    pub(super) fn new(tx: RowTx, generation: Generation, epoch: u64) -> Self {
        Self {
            tx,
            generation,
            epoch,
            seen: Seen::default(),
        }
    }

    /// Does something, and compares what comes of it. Not once what it has read has changed: it may see both then, and will
    /// be refused.
    pub(super) async fn act(&mut self, rng: &mut Rng, oracle: &Oracle, at: &str) {
        let nothing = Place::default();
        let place = oracle.look(self.generation.number).unwrap_or(&nothing);
        if !self.seen.holds(place) {
            return;
        }
        match rng.u8(..12) {
            0 => self.get(place, &key(rng), at),
            1 | 2 => self.put(place, &key(rng), (name(rng), rng.i32(-3..3)), at),
            3 => self.update(place, &key(rng), rng.i32(-3..3), at),
            4 => self.delete(place, &key(rng), at),
            5 => {
                let (one, other) = (key(rng), key(rng));
                let ends = if one < other {
                    (&one, &other)
                } else {
                    (&other, &one)
                };
                self.range(place, ends, at);
            }
            6 => self.by_index(place, &name(rng), at),
            7 => self.plain(place, rng.i64(-5..5), at),
            8 | 9 => {
                self.seen.declare(Some(place), "plain");
                let (key, value) = (rng.i64(-5..5), bytes(rng));
                self.tx.put(&PLAIN, &key, &value).expect(at);
                self.seen.plain.written.insert(key, Some(value));
            }
            10 => self.raw_read(place, rng, at).await,
            _ => self.raw_write(rng, at).await,
        }
    }

    fn get(&mut self, place: &Place, key: &Key, at: &str) {
        let found = self.tx.get(&INDEXED, key).expect(at);
        assert_eq!(found, self.row(place, key), "{at}: {key:?}");
    }

    /// What reading a row must give.
    fn row(&mut self, place: &Place, key: &Key) -> Option<Value> {
        self.seen.declare(Some(place), "indexed");
        self.seen.indexed.get(&place.indexed, key)
    }

    fn put(&mut self, place: &Place, key: &Key, value: Value, at: &str) {
        self.tx.put(&INDEXED, key, &value).expect(at);
        // What its indexes have to forget.
        self.row(place, key);
        self.seen.indexed.written.insert(key.clone(), Some(value));
    }

    fn update(&mut self, place: &Place, key: &Key, add: i32, at: &str) {
        let changed = self.tx.update(&INDEXED, key, |row| row.1 += add);
        changed.expect(at);
        let mut row = self.row(place, key).unwrap_or_default();
        row.1 += add;
        self.seen.indexed.written.insert(key.clone(), Some(row));
    }

    fn delete(&mut self, place: &Place, key: &Key, at: &str) {
        self.tx.delete(&INDEXED, key).expect(at);
        self.row(place, key);
        self.seen.indexed.written.insert(key.clone(), None);
    }

    fn range(&mut self, place: &Place, (from, to): (&Key, &Key), at: &str) {
        self.seen.declare(Some(place), "indexed");
        let mut expected = self
            .seen
            .indexed
            .range(&place.indexed, from.clone(), to.clone());
        let keys = from.clone()..=to.clone();
        let count = self.tx.count(&INDEXED, keys.clone()).expect(at);
        assert_eq!(count, expected.len() as u64, "{at}");
        let rows = self.tx.range(&INDEXED, keys.clone()).expect(at);
        let rows: Vec<_> = rows.collect::<Result<_, _>>().expect(at);
        assert_eq!(rows, expected, "{at}: {from:?} to {to:?}");
        let rows = self.tx.range_rev(&INDEXED, keys).expect(at);
        let rows: Vec<_> = rows.collect::<Result<_, _>>().expect(at);
        expected.reverse();
        assert_eq!(rows, expected, "{at}: {from:?} to {to:?}, backward");
    }

    /// Everything is read, so that it is known what must not change.
    fn by_index(&mut self, place: &Place, name: &str, at: &str) {
        self.range(place, (&LEAST, &greatest()), at);
        let all = self.seen.indexed.range(&place.indexed, LEAST, greatest());
        let found = self
            .tx
            .by_index(&INDEXED, &BY_NAME, under(name.to_owned()))
            .expect(at);
        let found: Vec<_> = found.collect::<Result<_, _>>().expect(at);
        let named = all.iter().filter(|(_, row)| row.0 == name).cloned();
        assert_eq!(found, named.collect::<Vec<_>>(), "{at}: named {name:?}");

        let found = self.tx.by_index_rev(&INDEXED, &BELOW, -2..).expect(at);
        let found: Vec<_> = found.collect::<Result<_, _>>().expect(at);
        let mut below: Vec<_> = all
            .iter()
            .filter(|(_, row)| (-2..0).contains(&row.1))
            .cloned()
            .collect();
        below.sort_by(|(a, x), (b, y)| (y.1, b).cmp(&(x.1, a)));
        assert_eq!(found, below, "{at}: below zero");

        let letter = "a".to_owned();
        let found = self
            .tx
            .by_index(&INDEXED, &LETTERS, (letter.clone(), 0)..=(letter, 1));
        let found: Vec<_> = found.expect(at).collect::<Result<_, _>>().expect(at);
        let mut lettered: Vec<_> = all
            .iter()
            .filter(|(key, row)| row.0.contains('a') && (0..=1).contains(&key.1))
            .cloned()
            .collect();
        lettered.sort_by(|(a, _), (b, _)| (a.1, a).cmp(&(b.1, b)));
        assert_eq!(found, lettered, "{at}: with an a");
    }

    fn plain(&mut self, place: &Place, key: i64, at: &str) {
        self.seen.declare(Some(place), "plain");
        let found = self.tx.get(&PLAIN, &key).expect(at);
        let expected = self.seen.plain.get(&place.plain, &key);
        assert_eq!(found, expected, "{at}: {key}");
    }

    async fn raw_read(&mut self, place: &Place, rng: &mut Rng, at: &str) {
        let key = raw_key(rng);
        let found = ProjectionTx::get(&mut self.tx, &key).await.expect(at);
        let expected = self.seen.raw.get(&place.raw, &key);
        assert_eq!(found.map(Vec::from), expected, "{at}: {key:?}");
        let (one, other) = (raw_key(rng), raw_key(rng));
        let (from, to) = (one.clone().min(other.clone()), one.max(other));
        let range = (Bound::Included(&from[..]), Bound::Included(&to[..]));
        let rows = self.tx.scan(range, usize::MAX).await.expect(at);
        let rows: Vec<(Vec<u8>, Vec<u8>)> = rows
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        let expected = self.seen.raw.range(&place.raw, from.clone(), to.clone());
        assert_eq!(rows, expected, "{at}: {from:?} to {to:?}");
    }

    async fn raw_write(&mut self, rng: &mut Rng, at: &str) {
        let (key, value) = if rng.u8(..4) == 0 {
            let served = Generation::new("", rng.u32(1..super::GENERATIONS));
            (
                Generation::SERVING.to_vec(),
                Some(served.serving_row().to_vec()),
            )
        } else {
            (raw_key(rng), rng.bool().then(|| bytes(rng)))
        };
        let put = ProjectionTx::put(&mut self.tx, &key, value.as_deref());
        put.await.expect(at);
        self.seen.raw.written.insert(key, value);
    }

    /// Reads everything there is.
    pub(super) async fn read_all(&mut self, oracle: &Oracle, at: &str) {
        let nothing = Place::default();
        let place = oracle.look(self.generation.number).unwrap_or(&nothing);
        self.by_index(place, "a", at);
        for key in -5..5 {
            self.plain(place, key, at);
        }
        self.raw_read(place, &mut Rng::with_seed(0), at).await;
    }
}

/// A key of the runner.
fn raw_key(rng: &mut Rng) -> Vec<u8> {
    let mut key = vec![0; rng.usize(1..3)];
    key.push(rng.u8(..4));
    key
}
