//! [`SledRows`]: read models in a directory.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use eventsourcing::{Changes, Direction, Generation, Row, RowError, RowStore};

use super::database::Database;
use super::directory::Directory;
use super::room::Room;
use crate::database::{EngineError, fenced};
use crate::error::OpenError;

const CACHE_CAPACITY: u64 = 64 << 20;

/// Rows of read models in a directory of their own. [`SledStore::read_models`](crate::SledStore::read_models) keeps
/// them beside the events; this is for read models without them, as in a process that gets its events from elsewhere.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("models");
/// use eventsourcing::ReadModels;
/// use eventsourcing_sled::SledRows;
///
/// let models = ReadModels::new(SledRows::open(path)?);
/// assert!(models.generations()?.is_empty());
/// # Ok(()) }
/// ```
///
/// What was committed survives the end of the process but for the last moments, and after a power cut the newest commits
/// may be lost, or all of them: each as a whole, with the projection's progress. The projections do them again. A database
/// that is damaged is moved aside when it is opened, and begun anew, with a warning.
pub struct SledRows {
    directory: Directory,
    cache_capacity: u64,
    room: Room,
    state: RwLock<State>,
    /// sled was refused something, and refuses everything until it is opened anew.
    broken: AtomicBool,
    reopened: AtomicU64,
    begun_anew: Mutex<Option<String>>,
}

enum State {
    Open(Database),
    /// It could not be opened again, which may be tried.
    Gone,
    Closed,
}

impl State {
    fn database(&self) -> Result<&Database, EngineError> {
        match self {
            Self::Open(database) => Ok(database),
            Self::Gone => Err(EngineError::Gone),
            Self::Closed => Err(EngineError::Closed),
        }
    }
}

impl SledRows {
    /// Opens the rows in this directory; a missing or empty directory becomes one.
    ///
    /// # Errors
    /// [`OpenError::Locked`] if they are open already; [`OpenError::NotReadModels`] if the directory holds something else.
    /// See [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path.as_ref(), CACHE_CAPACITY)
    }

    pub(crate) fn open_with(path: &Path, cache_capacity: u64) -> Result<Self, OpenError> {
        let directory = Directory::open(path)?;
        let (database, begun_anew) = open(&directory, cache_capacity)?;
        Ok(Self {
            room: Room::new(directory.path().join("room.new")),
            directory,
            cache_capacity,
            state: RwLock::new(State::Open(database)),
            broken: AtomicBool::new(false),
            reopened: AtomicU64::new(0),
            begun_anew: Mutex::new(begun_anew),
        })
    }

    /// Why everything was begun anew, if it was, since and including opening it.
    pub fn begun_anew(&self) -> Option<String> {
        let begun_anew = self.begun_anew.lock();
        begun_anew.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes on disk.
    ///
    /// # Errors
    /// [`RowError::Unavailable`] if the engine cannot say.
    pub fn size(&self) -> Result<u64, RowError> {
        self.run(Database::size)
    }

    /// Closes them; every later call fails. Dropping them does the same.
    pub fn close(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let database = std::mem::replace(&mut *state, State::Closed);
        drop(state);
        if !matches!(database, State::Closed) {
            drop_database(database);
            self.directory.unlock();
        }
    }

    fn run<T>(&self, run: impl FnOnce(&Database) -> Result<T, EngineError>) -> Result<T, RowError> {
        if self.broken.load(Ordering::Acquire) {
            self.revive().map_err(|error| self.told(error))?;
        }
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let done = state.database().and_then(run);
        done.map_err(|error| self.told(error))
    }

    /// Notes what an error means for what comes, and tells it.
    fn told(&self, error: EngineError) -> RowError {
        if error.is_damage() {
            self.directory.note_damage(&error.to_string());
            let reason = error.to_string();
            return RowError::Damaged { reason };
        }
        if error.is_broken() {
            self.room.forget();
            self.broken.store(true, Ordering::Release);
        }
        match error {
            EngineError::NoRoom => RowError::Full,
            EngineError::Closed => RowError::Closed,
            error => RowError::Unavailable {
                source: Arc::new(error),
            },
        }
    }

    /// Opens the database anew if there is room. What it had not written yet is lost.
    fn revive(&self) -> Result<(), EngineError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if !self.broken.load(Ordering::Acquire) || matches!(*state, State::Closed) {
            return Ok(());
        }
        self.room.take(0)?;
        drop_database(std::mem::replace(&mut *state, State::Gone));
        // Before anybody can see what is there now.
        self.reopened.fetch_add(1, Ordering::SeqCst);
        let opened = open(&self.directory, self.cache_capacity);
        let (database, begun_anew) = opened.map_err(|error| EngineError::Io {
            path: self.directory.path().to_owned(),
            source: io::Error::other(error),
        })?;
        *state = State::Open(database);
        if begun_anew.is_some() {
            *self
                .begun_anew
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = begun_anew;
        }
        self.broken.store(false, Ordering::Release);
        tracing::warn!(path = %self.directory.path().display(), "read models were opened anew");
        Ok(())
    }
}

/// Opens the database; one that is damaged is moved aside first. Tells why, if so.
fn open(
    directory: &Directory,
    cache_capacity: u64,
) -> Result<(Database, Option<String>), OpenError> {
    let opened = match directory.damage() {
        Some(damage) => Err(damage),
        None => match Database::open(&directory.rows(), cache_capacity) {
            Err(error) if error.is_damage() => Err(error.to_string()),
            Err(error) => return Err(OpenError::index(directory.path(), error.into())),
            Ok(database) => Ok(database),
        },
    };
    match opened {
        Ok(database) => Ok((database, None)),
        Err(reason) => {
            directory.move_aside(&reason)?;
            let database = Database::open(&directory.rows(), cache_capacity);
            let database =
                database.map_err(|error| OpenError::index(directory.path(), error.into()))?;
            Ok((database, Some(reason)))
        }
    }
}

/// Dropping the last handle flushes, and panics if it cannot.
fn drop_database(state: State) {
    if let Err(error) = fenced(|| {
        drop(state);
        Ok(())
    }) {
        tracing::warn!(%error, "closing read models failed; what was committed last may be lost");
    }
}

impl Drop for SledRows {
    fn drop(&mut self) {
        self.close();
    }
}

impl RowStore for SledRows {
    fn get(&self, generation: &Generation, key: &[u8]) -> Result<Option<Bytes>, RowError> {
        self.run(|database| database.read(generation, |tree| tree.get(key)))
    }

    fn scan(
        &self,
        generation: &Generation,
        range: Range<&[u8]>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, RowError> {
        self.run(|database| {
            database.read(generation, |tree| {
                tree.scan(range.clone(), direction, limit)
            })
        })
    }

    fn apply(
        &self,
        generation: &Generation,
        changes: &Changes,
        reopened: u64,
    ) -> Result<(), RowError> {
        let bytes = changes.iter().map(|(key, value)| {
            let value = value.as_ref().map_or(0, Bytes::len);
            key.len() + value
        });
        let bytes = bytes.sum();
        self.run(|database| {
            // Nobody opens it anew while this runs.
            if self.reopened() != reopened {
                return Ok(false);
            }
            self.room.take(bytes)?;
            database.write(generation, |tree| tree.apply(changes))?;
            Ok(true)
        })?
        .then_some(())
        .ok_or(RowError::Reopened)
    }

    fn drop_generation(&self, generation: &Generation) -> Result<(), RowError> {
        self.run(|database| database.drop_generation(generation))
    }

    fn generations(&self) -> Result<Vec<Generation>, RowError> {
        self.run(|database| Ok(database.generations()))
    }

    fn reopened(&self) -> u64 {
        self.reopened.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for SledRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledRows")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}
