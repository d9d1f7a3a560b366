//! The index engine: the only place in the index that names sled.
//!
//! Rules (measured or read in sled 0.34.7's source): one tree; single-row writes only, because the first batch or
//! transaction in a process makes every read of every sled database in it take a global lock; both bounds on every
//! range; nothing flushes on the path of a commit; rows stay below 6 KiB, so that no page of them spills to a blob
//! file.

use std::fmt;
use std::fs;
use std::io;
use std::ops::{Bound, RangeInclusive};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

pub(crate) use crate::database::{EngineError, panic_text};
use crate::database::{fenced, open};

/// A row: key and value.
pub(crate) type Row = (sled::IVec, sled::IVec);

/// Rows read in one go.
const SLICE: usize = 1024;

/// One sled database.
pub(crate) struct Engine {
    dir: PathBuf,
    db: RwLock<Slot>,
    /// Rows written, to tell a slow disk from one that hangs.
    writes: AtomicU64,
}

/// Where the database is, if it is there.
enum Slot {
    Open(sled::Db),
    /// It was opened again and lacks something: nothing for those who ask, all there is for whoever replaces it.
    Stale(sled::Db),
    /// It could not be opened again, which may be tried.
    Gone,
    Closed,
}

impl Slot {
    fn db(&self) -> Result<&sled::Db, EngineError> {
        match self {
            Self::Open(db) => Ok(db),
            Self::Stale(_) | Self::Gone => Err(EngineError::Gone),
            Self::Closed => Err(EngineError::Closed),
        }
    }

    /// Also one that lacks something.
    fn whatever_there_is(&self) -> Result<&sled::Db, EngineError> {
        match self {
            Self::Stale(db) => Ok(db),
            slot => slot.db(),
        }
    }
}

impl Engine {
    /// Opens or creates the database in `dir`.
    pub(crate) fn open(dir: &Path, cache_capacity: u64) -> Result<Self, EngineError> {
        let db = open(dir, cache_capacity)?;
        Ok(Self {
            dir: dir.to_owned(),
            db: RwLock::new(Slot::Open(db)),
            writes: AtomicU64::new(0),
        })
    }

    /// Closes the database, lets `exchange` put another into its place and opens that. Readers wait meanwhile.
    pub(crate) fn swap(
        &self,
        cache_capacity: u64,
        exchange: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), EngineError> {
        self.change(cache_capacity, exchange, Slot::Open)
    }

    /// Closes the database and opens it again. Returns whether it still has this row; if it has not, it is of no use but to
    /// whoever replaces it.
    pub(crate) fn reopen(
        &self,
        cache_capacity: u64,
        (key, value): (&[u8], &[u8]),
    ) -> Result<bool, EngineError> {
        let mut sound = false;
        let judge = |db: sled::Db| {
            let found = fenced(|| db.get(key));
            sound = found.is_ok_and(|found| found.is_some_and(|found| found == value));
            // Judged before anybody can ask it: whoever were told of less than there is would write it anew.
            if sound {
                Slot::Open(db)
            } else {
                Slot::Stale(db)
            }
        };
        self.change(cache_capacity, || Ok(()), judge)?;
        Ok(sound)
    }

    fn change(
        &self,
        cache_capacity: u64,
        exchange: impl FnOnce() -> io::Result<()>,
        judge: impl FnOnce(sled::Db) -> Slot,
    ) -> Result<(), EngineError> {
        let mut current = self.db.write().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *current, Slot::Gone) {
            Slot::Closed => {
                *current = Slot::Closed;
                return Err(EngineError::Closed);
            }
            // The old one may be damaged, so that closing it fails; it is on its way out.
            Slot::Open(old) | Slot::Stale(old) => drop(fenced(|| {
                drop(old);
                Ok(())
            })),
            Slot::Gone => {}
        }
        let exchanged = exchange().map_err(|source| EngineError::Io {
            path: self.dir.clone(),
            source,
        });
        // If nothing was exchanged, the old one goes on. Where there is none, an empty one must not take its place.
        if exchanged.is_err() && !self.dir.exists() {
            return exchanged;
        }
        let opened = open(&self.dir, cache_capacity);
        if let Ok(db) = opened {
            *current = judge(db);
            return exchanged;
        }
        exchanged.and(opened.map(drop))
    }

    fn run<T>(&self, run: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, EngineError> {
        let db = self.db.read().unwrap_or_else(PoisonError::into_inner);
        let db = db.db()?;
        fenced(|| run(db))
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<sled::IVec>, EngineError> {
        self.run(|db| db.get(key))
    }

    pub(crate) fn insert(&self, key: &[u8], value: &[u8]) -> Result<(), EngineError> {
        self.run(|db| db.insert(key, value).map(drop))?;
        self.writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// How many rows were written since it was opened.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    pub(crate) fn remove(&self, key: &[u8]) -> Result<(), EngineError> {
        self.run(|db| db.remove(key).map(drop))
    }

    /// The row with the lowest key in the range.
    pub(crate) fn first(&self, range: RangeInclusive<&[u8]>) -> Result<Option<Row>, EngineError> {
        self.run(|db| db.range(range).next().transpose())
    }

    /// The row with the highest key in the range.
    pub(crate) fn last(&self, range: RangeInclusive<&[u8]>) -> Result<Option<Row>, EngineError> {
        self.run(|db| db.range(range).next_back().transpose())
    }

    /// Calls `each` with every row in the range, in order. Rows that come and go meanwhile may be seen or not.
    pub(crate) fn scan<E: From<EngineError>>(
        &self,
        range: RangeInclusive<&[u8]>,
        each: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.scan_of(Slot::db, range, each)
    }

    /// The same for whoever replaces the database, of whatever there is.
    pub(crate) fn scan_remains(
        &self,
        range: RangeInclusive<&[u8]>,
        each: impl FnMut(&[u8], &[u8]) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        self.scan_of(Slot::whatever_there_is, range, each)
    }

    fn scan_of<E: From<EngineError>>(
        &self,
        choose: impl Fn(&Slot) -> Result<&sled::Db, EngineError>,
        range: RangeInclusive<&[u8]>,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut last: Option<sled::IVec> = None;
        loop {
            // Not all in one go, so that nobody who exchanges the database has to wait, nor those who wait for him.
            let db = self.db.read().unwrap_or_else(PoisonError::into_inner);
            let db = choose(&db)?;
            let from = match &last {
                Some(last) => Bound::Excluded(&last[..]),
                None => Bound::Included(*range.start()),
            };
            let rest = (from, Bound::Included(*range.end()));
            let mut rows = fenced(|| Ok(db.range::<&[u8], _>(rest)))?;
            let (mut seen, mut end) = (0, None);
            while seen < SLICE {
                let Some((key, value)) = fenced(|| rows.next().transpose())? else {
                    return Ok(());
                };
                each(&key, &value)?;
                (seen, end) = (seen + 1, Some(key));
            }
            last = end;
        }
    }

    /// Hands everything written so far to the system, so that it survives the process.
    pub(crate) fn hand_over(&self) -> Result<(), EngineError> {
        self.run(|db| db.flush().map(drop))
    }

    /// Makes everything written so far durable. sled's own flush does not sync the file, so that is done here.
    pub(crate) fn sync(&self) -> Result<(), EngineError> {
        self.hand_over()?;
        let path = self.dir.join("db");
        let synced = fs::File::open(&path).and_then(|file| file.sync_all());
        synced.map_err(|source| EngineError::Io { path, source })
    }

    /// Looks at the files while nobody exchanges them, whether the database answers or not.
    pub(crate) fn settled<T>(&self, look: impl FnOnce() -> T) -> T {
        let _db = self.db.read().unwrap_or_else(PoisonError::into_inner);
        look()
    }

    /// Closes the database; every later call fails.
    pub(crate) fn close(&self) {
        let mut current = self.db.write().unwrap_or_else(PoisonError::into_inner);
        let db = std::mem::replace(&mut *current, Slot::Closed);
        drop(current);
        // Dropping the last handle flushes, and panics if it cannot.
        if let Err(error) = fenced(|| {
            drop(db);
            Ok(())
        }) {
            tracing::warn!(%error, "closing the index failed; it will be repaired or rebuilt when the store is opened");
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}
