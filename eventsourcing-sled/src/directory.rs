//! The store's directory: whether it is one, which format it has, and that nobody else has it open.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use eventsourcing::Timestamp;
use uuid::Uuid;

use crate::checkpoints::{self, Checkpoints, Table};
use crate::error::OpenError;
use crate::format::{self, FORMAT, Format, FormatError};
use crate::lock::{LOCK, Lock};
use crate::log::{self, LogError, SegmentHeader};
use crate::manifest::{self, Manifest, ManifestError};
use crate::repair::Repair;

/// A directory that is a store and locked by this handle.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) path: PathBuf,
    /// The store's identity.
    pub(crate) store: Uuid,
    /// The version of its format.
    pub(crate) version: u32,
    /// Held for as long as it is open, as is the next: the log's directory, where that can be locked, which nobody deletes by
    /// mistake. Let go of in this order, so that whoever has got the last one gets both.
    _log_lock: Option<Lock>,
    _lock: Lock,
}

impl Directory {
    /// Opens a store's directory; if asked to, makes one of an empty or missing directory.
    pub(crate) fn open(path: &Path, now: Timestamp, create: bool) -> Result<Self, OpenError> {
        let io = || OpenError::io(path);
        let exists = fs::exists(path).map_err(io())?;
        if exists && !path.is_dir() {
            return Err(OpenError::NotADirectory {
                path: path.to_owned(),
            });
        }
        if create {
            create_durably(path).map_err(io())?;
        } else if !exists {
            return Err(no_store(path));
        }
        refuse_foreign(path)?;
        if !create && !fs::exists(path.join(FORMAT)).map_err(io())? {
            return Err(no_store(path));
        }
        let lock = Lock::of_store(path)?;
        // Whoever had the lock until now may have completed it.
        log::remove_unfinished(path).map_err(io())?;
        let (store, version) = match Format::read(path) {
            Ok(format) => {
                // Whoever created it may have been killed before its name was durable.
                log::sync_dir(path).map_err(io())?;
                (format.store, format.version)
            }
            Err(FormatError::Missing) => (create_store(path, now)?, format::VERSION),
            Err(error) => return Err(error.of_store(path)),
        };
        let log_lock = Lock::of_log(path, File::try_lock)?;
        Ok(Self {
            path: path.to_owned(),
            store,
            version,
            _lock: lock,
            _log_lock: log_lock,
        })
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join(log::DIR)
    }
}

/// A directory that is looked at, not opened: nothing is created or changed.
#[derive(Debug)]
pub(crate) struct Sight {
    /// The store it is or is a backup of, as far as it says.
    pub(crate) store: Option<Uuid>,
    /// The version of its format, if it is a store and says so.
    pub(crate) version: Option<u32>,
    /// What it says of itself if it is a backup.
    pub(crate) backup: Option<Manifest>,
    /// What is wrong with how it presents itself, and what to do about it.
    pub(crate) faults: Vec<(String, Repair)>,
    /// Nobody opens the store for writing while this is held. A backup may have been copied without one.
    _log_lock: Option<Lock>,
    _lock: Option<Lock>,
}

impl Sight {
    /// Looks at a store's or a backup's directory.
    pub(crate) fn of(path: &Path) -> Result<Self, OpenError> {
        let data = unless_gone(fs::metadata(path)).map_err(OpenError::io(path))?;
        let data = data.ok_or_else(|| no_store(path))?;
        let path = path.to_owned();
        if !data.is_dir() {
            return Err(OpenError::NotADirectory { path });
        }
        let mut sight = Self {
            store: None,
            version: None,
            backup: None,
            faults: Vec::new(),
            _lock: Lock::to_look(&path)?,
            _log_lock: Lock::of_log(&path, File::try_lock_shared)?,
        };
        match Format::read(&path) {
            Ok(format) => {
                sight.store = Some(format.store);
                sight.version = Some(format.version);
            }
            Err(error @ FormatError::Damaged(_)) => sight.format_fault(&path, &error),
            Err(error @ (FormatError::Other(_) | FormatError::Io(_))) => {
                return Err(error.of_store(&path));
            }
            Err(missing) => match Manifest::read(&path.join(manifest::NAME)) {
                Ok(manifest) => {
                    sight.store = Some(manifest.store);
                    sight.backup = Some(manifest);
                }
                Err(ManifestError::Damaged(reason)) => {
                    let reason = format!("the file {}: it is damaged ({reason})", manifest::NAME);
                    sight.faults.push((reason, Repair::RestoreBackup));
                }
                Err(ManifestError::Missing) if path.join(log::DIR).is_dir() => {
                    sight.format_fault(&path, &missing);
                }
                Err(ManifestError::Missing) => {
                    let first = fs::read_dir(&path).and_then(|mut all| all.next().transpose());
                    let Some(first) = first.map_err(OpenError::io(&path))? else {
                        return Err(no_store(&path));
                    };
                    let found = first.file_name().to_string_lossy().into_owned();
                    return Err(OpenError::NotAStore { path, found });
                }
                Err(ManifestError::Other(found)) => {
                    let supported = manifest::VERSION;
                    return Err(OpenError::OtherFormat {
                        path,
                        found,
                        supported,
                    });
                }
                Err(ManifestError::Io(source)) => return Err(OpenError::Io { path, source }),
            },
        }
        Ok(sight)
    }

    fn format_fault(&mut self, path: &Path, error: &FormatError) {
        self.faults.push(error.fault(path));
    }
}

/// Creates a directory, with those above it that are missing, and makes their names durable.
pub(crate) fn create_durably(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    create_durably(parent)?;
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => log::sync_dir(parent),
    }
}

/// Refuses a directory that holds something but is no store. What an interrupted creation leaves is fine: then the log
/// has no commits yet, because FORMAT comes first.
fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    if path.join(FORMAT).exists() {
        return Ok(());
    }
    if path.join(manifest::NAME).exists() {
        let path = path.to_owned();
        return Err(OpenError::IsBackup { path });
    }
    for entry in fs::read_dir(path).map_err(OpenError::io(path))? {
        let name = entry.map_err(OpenError::io(path))?.file_name();
        let is_checkpoints = name == checkpoints::NAME || name == checkpoints::UNFINISHED;
        let ours = name == LOCK
            || name == log::DIR
            || name == "FORMAT.new"
            || (is_checkpoints && checkpoints::is_unfinished(&path.join(&name)));
        if !ours || (name == log::DIR && unfinished_log(&path.join(log::DIR)).is_none()) {
            if path.join(FORMAT).exists() {
                // Somebody else has made it a store meanwhile, and has the lock.
                return Ok(());
            }
            if log::store_of(&path.join(log::DIR)).is_some() {
                return Err(FormatError::Missing.of_store(path));
            }
            let found = name.to_string_lossy().into_owned();
            return Err(OpenError::NotAStore {
                path: path.to_owned(),
                found,
            });
        }
    }
    Ok(())
}

/// What an interrupted creation has left in a log directory without FORMAT beside it: no more than the first segment
/// without commits. `None` if there is anything else, which belongs to somebody.
fn unfinished_log(dir: &Path) -> Option<Vec<PathBuf>> {
    match unless_gone(fs::symlink_metadata(dir)).ok()? {
        None => return Some(Vec::new()),
        Some(data) if !data.is_dir() => return None,
        Some(_) => {}
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).ok()? {
        let path = entry.ok()?.path();
        let Some(data) = unless_gone(fs::symlink_metadata(&path)).ok()? else {
            continue;
        };
        let ours = data.is_file()
            && data.len() <= SegmentHeader::LEN
            && log::is_first_segment(path.file_name()?);
        if !ours {
            return None;
        }
        found.push(path);
    }
    Some(found)
}

/// What is gone by the time it is looked at is nothing: somebody may be creating the store.
fn unless_gone<T>(looked: io::Result<T>) -> io::Result<Option<T>> {
    match looked {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        looked => looked.map(Some),
    }
}

fn no_store(path: &Path) -> OpenError {
    OpenError::NoStore {
        path: path.to_owned(),
    }
}

/// Makes an empty directory a store: the log with an empty first segment, no checkpoints, then FORMAT.
fn create_store(path: &Path, now: Timestamp) -> Result<Uuid, OpenError> {
    let store = Uuid::now_v7();
    let dir = path.join(log::DIR);
    create_durably(&dir).map_err(OpenError::io(&dir))?;
    // Looked at again, now that nobody else is at it. File by file: what is not ours stays.
    let Some(unfinished) = unfinished_log(&dir) else {
        let (path, found) = (path.to_owned(), log::DIR.into());
        return Err(OpenError::NotAStore { path, found });
    };
    for file in unfinished {
        fs::remove_file(&file).map_err(OpenError::io(&file))?;
    }
    let first = SegmentHeader {
        store,
        first: 1,
        base: 0,
        recorded_from: SegmentHeader::DAWN,
    };
    first
        .create(&dir)
        .map_err(LogError::io(&dir))
        .map_err(|error| OpenError::log(path, error))?;
    Checkpoints::create(path, store, &Table::default()).map_err(|error| error.of_store(path))?;
    let format = path.join(FORMAT);
    let text = format::new_text(store, &now.to_string());
    log::replace(&format, text.as_bytes()).map_err(OpenError::io(&format))?;
    Ok(store)
}
