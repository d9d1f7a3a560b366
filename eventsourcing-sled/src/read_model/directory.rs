//! The directory of read models: that it is one, and that nobody else has it open.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::directory::create_durably;
use crate::error::OpenError;
use crate::lock::{LOCK, Lock};
use crate::log;

/// Says that a directory holds read models, and in which format.
const MARK: &str = "MODELS";
const NAME: &str = "eventsourcing-sled read models";
const VERSION: u32 = 1;
/// The database.
const ROWS: &str = "rows";
/// A database that could not be used.
const BROKEN: &str = "rows.broken";
/// Says that something in the database could not be read.
const DAMAGED: &str = "DAMAGED";

/// A directory of read models, locked.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    /// Held until it is closed.
    lock: Mutex<Option<Lock>>,
}

impl Directory {
    /// Locks a directory; a missing or empty one becomes one of read models.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let path = &std::path::absolute(path).map_err(OpenError::io(path))?;
        if path.exists() && !path.is_dir() {
            let path = path.clone();
            return Err(OpenError::NotADirectory { path });
        }
        create_durably(path).map_err(OpenError::io(path))?;
        refuse_foreign(path)?;
        let lock = Lock::of_store(path)?;
        let directory = Self {
            path: path.clone(),
            lock: Mutex::new(Some(lock)),
        };
        directory.check_format()?;
        log::remove_unfinished(&directory.path).map_err(OpenError::io(&directory.path))?;
        Ok(directory)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the database is.
    pub(super) fn rows(&self) -> PathBuf {
        self.path.join(ROWS)
    }

    /// Lets others open it.
    pub(super) fn unlock(&self) {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        *lock = None;
    }

    fn check_format(&self) -> Result<(), OpenError> {
        let mark = self.path.join(MARK);
        let text = match fs::read_to_string(&mark) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = format!("{NAME}\nformat {VERSION}\n");
                return log::replace(&mark, text.as_bytes()).map_err(OpenError::io(&mark));
            }
            Err(error) => return Err(OpenError::io(&mark)(error)),
        };
        let mut lines = text.lines();
        let format = lines
            .next()
            .filter(|name| *name == NAME)
            .and_then(|_| lines.next()?.strip_prefix("format "));
        if format.and_then(|version| version.parse().ok()) == Some(VERSION) {
            return Ok(());
        }
        Err(OpenError::OtherFormat {
            path: self.path.clone(),
            found: format.unwrap_or("unknown").into(),
            supported: VERSION,
        })
    }

    /// Notes that the database is damaged, for whoever opens it next.
    pub(super) fn note_damage(&self, reason: &str) {
        let path = self.path.join(DAMAGED);
        if let Err(error) = fs::write(&path, reason) {
            tracing::warn!(%error, path = %path.display(), "cannot note that read models are damaged");
        }
    }

    /// What was noted.
    pub(super) fn damage(&self) -> Option<String> {
        let noted = fs::read_to_string(self.path.join(DAMAGED)).ok()?;
        Some(format!("it was found damaged: {noted}"))
    }

    /// Moves the database aside, in place of one that was moved there before: nothing is in it that cannot be made anew.
    pub(super) fn move_aside(&self, reason: &str) -> Result<(), OpenError> {
        let (rows, aside, noted) = (self.rows(), self.path.join(BROKEN), self.path.join(DAMAGED));
        let moved = log::remove_dir(&aside)
            .and_then(|()| unless_gone(fs::rename(&rows, &aside)))
            .and_then(|()| unless_gone(fs::remove_file(&noted)))
            .and_then(|()| log::sync_dir(&self.path));
        moved.map_err(OpenError::io(&self.path))?;
        tracing::warn!(
            path = %self.path.display(), reason, aside = %aside.display(),
            "read models are begun anew; all projections are rebuilt"
        );
        Ok(())
    }
}

fn unless_gone(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Refuses a directory that holds something else.
fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    for entry in fs::read_dir(path).map_err(OpenError::io(path))? {
        let name = entry.map_err(OpenError::io(path))?.file_name();
        // What an interrupted creation leaves.
        if name == LOCK || name == "MODELS.new" {
            continue;
        }
        if path.join(MARK).exists() {
            return Ok(());
        }
        let found = name.to_string_lossy().into_owned();
        return Err(OpenError::NotReadModels {
            path: path.to_owned(),
            found,
        });
    }
    Ok(())
}
