//! The store's directory: whether it is one, which format it has, and that nobody else has it open.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use eventsourcing::Timestamp;
use uuid::Uuid;

use crate::error::OpenError;
use crate::log::{self, LogError, SegmentHeader};

const LOCK: &str = "LOCK";
const FORMAT: &str = "FORMAT";
/// Version of the layout on disk.
const VERSION: u32 = 1;

/// A directory that is a store and locked by this handle.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) path: PathBuf,
    /// The store's identity.
    pub(crate) store: Uuid,
    /// Holds the lock for as long as it is open.
    lock: File,
}

impl Directory {
    /// Opens a store's directory, or makes one of an empty or missing directory.
    pub(crate) fn open(path: &Path, now: Timestamp) -> Result<Self, OpenError> {
        let io = || OpenError::io(path);
        if path.exists() && !path.is_dir() {
            return Err(OpenError::NotADirectory {
                path: path.to_owned(),
            });
        }
        create_durably(path).map_err(io())?;
        refuse_foreign(path)?;
        let lock = lock(path)?;
        // Whoever had the lock until now may have completed it.
        log::remove_unfinished(path).map_err(io())?;
        let format = path.join(FORMAT);
        let store = match fs::read_to_string(&format) {
            Ok(text) => {
                // Whoever created it may have been killed before its name was durable.
                log::sync_dir(path).map_err(io())?;
                parse_format(path, &text)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path, now)?,
            Err(error) => return Err(OpenError::io(&format)(error)),
        };
        Ok(Self {
            path: path.to_owned(),
            store,
            lock,
        })
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join(log::DIR)
    }
}

impl Drop for Directory {
    /// Closing the file is not enough: a child process that is being started holds a copy of it for a moment.
    fn drop(&mut self) {
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, path = %self.path.display(), "unlocking the store failed");
        }
    }
}

/// Creates a directory, with those above it that are missing, and makes their names durable.
fn create_durably(path: &Path) -> io::Result<()> {
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
    for entry in fs::read_dir(path).map_err(OpenError::io(path))? {
        let name = entry.map_err(OpenError::io(path))?.file_name();
        let ours = name == LOCK || name == log::DIR || name == "FORMAT.new";
        if !ours || (name == log::DIR && holds_commits(&path.join(log::DIR))) {
            if path.join(FORMAT).exists() {
                // Somebody else has made it a store meanwhile, and has the lock.
                return Ok(());
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

/// Whether a log directory without FORMAT beside it holds more than the first segment's header.
fn holds_commits(dir: &Path) -> bool {
    let Ok(entries) = fs::read_dir(dir) else {
        return true;
    };
    let sizes = entries
        .flatten()
        .map(|entry| entry.metadata().map_or(u64::MAX, |data| data.len()));
    sizes.sum::<u64>() > 2 * SegmentHeader::LEN
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let file = path.join(LOCK);
    let options = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&file);
    let lock = options.map_err(OpenError::io(&file))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path: file, source }),
    }
}

/// Makes an empty directory a store: the log with an empty first segment, then FORMAT.
fn create(path: &Path, now: Timestamp) -> Result<Uuid, OpenError> {
    let store = Uuid::now_v7();
    let dir = path.join(log::DIR);
    log::remove_dir(&dir).map_err(OpenError::io(&dir))?;
    create_durably(&dir).map_err(OpenError::io(&dir))?;
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
    let format = path.join(FORMAT);
    let text = format!("eventsourcing-sled\nformat {VERSION}\nstore {store}\ncreated {now}\n");
    log::replace(&format, text.as_bytes()).map_err(OpenError::io(&format))?;
    Ok(store)
}

/// Reads FORMAT: one `key value` a line behind a line with this crate's name.
pub(crate) fn parse_format(path: &Path, text: &str) -> Result<Uuid, OpenError> {
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(' ').map(str::trim))
    };
    let other = |found: &str| {
        let path = path.to_owned();
        Err(OpenError::OtherFormat {
            path,
            found: found.into(),
            supported: VERSION,
        })
    };
    if text.lines().next() != Some("eventsourcing-sled") {
        return other("unknown");
    }
    match value("format") {
        Some(version) if version.parse() == Ok(VERSION) => {}
        version => return other(version.unwrap_or("unknown")),
    }
    match value("store").map(str::parse) {
        Some(Ok(store)) => Ok(store),
        _ => other("1, but without the store's id"),
    }
}
