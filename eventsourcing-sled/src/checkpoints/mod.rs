//! Checkpoints and leases: nothing in the log says them, so they have a file of their own beside it.
//!
//! All of them are in memory. Each change is a [record](record) at the end of the file, durable before anybody is told
//! or sees it. Once the file is several times as long as need be, it is written anew.

mod error;
mod file;
mod found;
#[cfg(any(test, fuzzing))]
mod fuzzing;
mod layout;
mod record;
mod table;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use eventsourcing::Checkpoint;
use uuid::Uuid;

pub(crate) use self::error::CheckpointsError;
use self::file::CheckpointFile;
#[cfg(test)]
pub(crate) use self::fuzzing::example;
#[cfg(any(test, fuzzing))]
pub(crate) use self::fuzzing::{decode_again, parse_again};
pub(crate) use self::layout::{NAME, UNFINISHED, image, is_unfinished};
pub(crate) use self::record::Entry;
pub(crate) use self::table::Table;
use crate::log;
use crate::repair::Repair;

/// The first format of stores that has the file.
pub(crate) const SINCE: u32 = 2;

/// Something that is wrong with the file, and what to do about it.
type Fault = (String, Repair);

/// The checkpoints and leases of an open store.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    path: PathBuf,
    store: Uuid,
    /// `None` once the store is closed.
    table: RwLock<Option<Table>>,
    /// Held while something is changed. `None` where what is on the disk is not known, after a failed write: then the
    /// next change writes everything anew, because a failed sync must not be repeated.
    file: Mutex<Option<CheckpointFile>>,
}

impl Checkpoints {
    /// Begins the file of a store.
    pub(crate) fn create(dir: &Path, store: Uuid, table: &Table) -> Result<(), CheckpointsError> {
        let path = dir.join(NAME);
        let written = log::replace(&path, &image(store, table));
        written.map_err(CheckpointsError::io(&path))
    }

    /// Opens those of the store in `dir`. What an interrupted write has left is removed; what is there is durable before
    /// anybody sees it.
    pub(crate) fn open(dir: &Path, store: Uuid) -> Result<Self, CheckpointsError> {
        let path = dir.join(NAME);
        let found = found::read(&path, Some(store))?;
        let file = if found.is_sound() {
            CheckpointFile::settle(&path, &found)?
        } else {
            for fault in &found.faults {
                tracing::warn!(store = %dir.display(), "{fault}; the file is written anew");
            }
            CheckpointFile::write(&path, store, &found.table)?
        };
        Ok(Self {
            path,
            store,
            table: RwLock::new(Some(found.table)),
            file: Mutex::new(Some(file)),
        })
    }

    /// What is wrong with the file of a store that is not open.
    pub(crate) fn faults_at(
        dir: &Path,
        store: Option<Uuid>,
    ) -> Result<Vec<Fault>, CheckpointsError> {
        let found = found::read(&dir.join(NAME), store);
        faults_of(found.map(|found| found.faults))
    }

    /// What is wrong with the file as whoever opens it next will find it.
    pub(crate) fn faults(&self) -> Result<Vec<Fault>, CheckpointsError> {
        let file = self.lock_file();
        let found = found::read(&self.path, Some(self.store)).and_then(|mut found| {
            let same = self.with(|table| *table == found.table)?;
            // After a failed write, what was not acknowledged may be in it nevertheless.
            if !same && file.is_some() {
                let fault = format!("the file `{NAME}`: it does not hold what was acknowledged");
                found.faults.push(fault);
            }
            Ok(found.faults)
        });
        faults_of(found)
    }

    /// A checkpoint.
    pub(crate) fn checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, CheckpointsError> {
        self.with(|table| table.checkpoint(name))
    }

    /// All checkpoints, by name.
    pub(crate) fn all(&self) -> Result<Vec<(String, Checkpoint)>, CheckpointsError> {
        self.with(|table| table.checkpoints().collect())
    }

    /// Lets `decide` look at what there is, and stores what it returns, durably. Nothing changes meanwhile.
    pub(crate) fn change<E: From<CheckpointsError>>(
        &self,
        decide: impl FnOnce(&Table) -> Result<Option<Entry>, E>,
    ) -> Result<(), E> {
        let mut file = self.lock_file();
        if let Some(entry) = self.with(decide)?? {
            self.write(&mut file, &entry)?;
            let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(table) = &mut *table {
                table.put(entry);
            }
        }
        Ok(())
    }

    fn write(
        &self,
        slot: &mut Option<CheckpointFile>,
        entry: &Entry,
    ) -> Result<(), CheckpointsError> {
        // If it fails, nothing is left in the slot.
        let file = if let Some(file) = slot.take().filter(CheckpointFile::has_room) {
            file.append(&self.path, entry)?
        } else {
            let mut table = self.with(Table::clone)?;
            table.put(entry.clone());
            CheckpointFile::write(&self.path, self.store, &table)?
        };
        *slot = Some(file);
        Ok(())
    }

    /// Refuses everything from now on; what is under way is done first.
    pub(crate) fn close(&self) {
        let mut file = self.lock_file();
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = None;
        *file = None;
    }

    fn with<T>(&self, look: impl FnOnce(&Table) -> T) -> Result<T, CheckpointsError> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.as_ref().map(look).ok_or(CheckpointsError::Closed)
    }

    fn lock_file(&self) -> MutexGuard<'_, Option<CheckpointFile>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with a file, and what to do about it; damage that costs something is a fault like any other here.
fn faults_of(found: Result<Vec<String>, CheckpointsError>) -> Result<Vec<Fault>, CheckpointsError> {
    match found {
        Ok(mended) => Ok(mended
            .into_iter()
            .map(|fault| (fault, Repair::Reopen))
            .collect()),
        Err(error) if error.is_damage() => Ok(vec![(error.to_string(), Repair::DropCheckpoints)]),
        Err(error) => Err(error),
    }
}
