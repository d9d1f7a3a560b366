//! Opening the index: use it if it belongs to the log, else move it aside and rebuild it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Condvar, Mutex, RwLock};

use eventsourcing::CommitId;
use uuid::Uuid;

use super::engine::{Engine, EngineError};
use super::flush::{Meta, flush};
use super::keys::Keys;
use super::replay::replay;
use super::tail::{Point, Tail};
use super::types::Types;
use super::{DIR, FLUSH_WEIGHT, Index, IndexError, TailState};
use crate::log::{LogError, LogFiles, LogReader, positions_lost, remove_dir};

/// What an index is opened for.
#[derive(Debug)]
pub(crate) struct OpenIndex {
    /// The store's directory.
    pub(crate) path: PathBuf,
    pub(crate) store: Uuid,
    pub(crate) files: Arc<LogFiles>,
    /// The log's end.
    pub(crate) end: Point,
    pub(crate) cache_capacity: u64,
}

/// An index built up to the log's end.
struct Built {
    engine: Engine,
    meta: Meta,
    tail: Tail,
}

/// Why an index that is there is not used.
enum Unfit {
    /// It is to be rebuilt, for this reason.
    Rebuild(String),
    /// Rebuilding does not help: the log cannot be read, or the system refuses.
    Unreadable(IndexError),
}

impl From<EngineError> for Unfit {
    /// Where the system refuses, nothing is known to be damaged: an index must not be given up for that.
    fn from(error: EngineError) -> Self {
        if error.is_damage() {
            Self::Rebuild(error.to_string())
        } else {
            Self::Unreadable(error.into())
        }
    }
}

impl From<LogError> for Unfit {
    fn from(error: LogError) -> Self {
        Self::Unreadable(error.into())
    }
}

/// What there is to open. The log has only been read so far.
#[derive(Debug)]
pub(crate) struct FoundIndex {
    options: OpenIndex,
    /// An index of this log, or why a new one has to be made.
    existing: Result<(Engine, Meta), String>,
}

/// Looks for the index of a log.
pub(crate) fn find(options: OpenIndex) -> Result<FoundIndex, IndexError> {
    let repairing = options.path.join(REPAIRING);
    remove_dir(&repairing).map_err(|source| EngineError::Io {
        path: repairing,
        source,
    })?;
    settle_rebuild(&options.path).map_err(|source| EngineError::Io {
        path: options.path.join(REBUILDING),
        source,
    })?;
    let existing = match options.existing() {
        Ok(existing) => Ok(existing),
        Err(Unfit::Unreadable(error)) => return Err(error),
        Err(Unfit::Rebuild(reason)) => Err(reason),
    };
    Ok(FoundIndex { options, existing })
}

impl FoundIndex {
    /// Opens the index, completed from the log, which is durable by now.
    pub(crate) fn open(self) -> Result<Index, IndexError> {
        let Self { options, existing } = self;
        let keys = Keys::default();
        let completed = match existing {
            Ok((engine, meta)) => match options.complete(engine, meta, &keys) {
                Err(IndexError::Engine(error)) if error.is_damage() => Err(error.to_string()),
                completed => Ok(completed?),
            },
            Err(reason) => Err(reason),
        };
        let (built, reason) = match completed {
            Ok(built) => (built, None),
            Err(reason) => (options.rebuild(&keys, &reason)?, Some(reason)),
        };
        let newest_id: CommitId = built.meta.newest_id;
        Ok(Index {
            engine: built.engine,
            keys,
            files: options.files,
            cache_capacity: options.cache_capacity,
            path: options.path,
            store: options.store,
            types: built.tail.types().clone(),
            tail: RwLock::new(TailState {
                tail: built.tail,
                newest_id,
            }),
            meta: Mutex::new(built.meta),
            flushed: Condvar::new(),
            failure: Mutex::default(),
            room: Mutex::default(),
            no_room: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            rebuilding: Mutex::default(),
            ending: AtomicBool::new(false),
            rebuilds: AtomicU64::new(u64::from(reason.is_some())),
            replayed: AtomicU64::new(0),
            repairs: AtomicU64::new(0),
            last_rebuild: Mutex::new(reason),
        })
    }
}

/// Directory in which an index is rebuilt while the old one is in use.
pub(super) const REBUILDING: &str = "index.rebuilding";
/// The same for an index that has turned out to be damaged: nobody waits for the other to be done.
pub(super) const REPAIRING: &str = "index.repairing";

/// Ends a rebuild that was interrupted. A rebuilt index takes its place once it is complete, so where there is none it
/// was on its way there; else it is removed.
fn settle_rebuild(store: &Path) -> io::Result<()> {
    let (rebuilt, dir) = (store.join(REBUILDING), store.join(DIR));
    if !dir.exists() && rebuilt.exists() {
        return fs::rename(rebuilt, dir);
    }
    remove_dir(&rebuilt)
}

impl OpenIndex {
    fn log_start(&self) -> Point {
        let (address, first) = self.files.start();
        Point {
            position: first - 1,
            address,
        }
    }

    fn existing(&self) -> Result<(Engine, Meta), Unfit> {
        let dir = self.path.join(DIR);
        if !dir.exists() && self.end.position > 0 {
            return Err(Unfit::Rebuild("the index is missing".into()));
        }
        let engine = Engine::open(&dir, self.cache_capacity)?;
        let meta = match Meta::load(&engine)? {
            Some(meta) => meta,
            None if self.end.position == 0 => Meta::new(self.store, self.log_start()),
            None => return Err(Unfit::Rebuild("the index is empty".into())),
        };
        self.check(&meta)?;
        Ok((engine, meta))
    }

    /// Checks that the index is one of this log.
    fn check(&self, meta: &Meta) -> Result<(), Unfit> {
        let rebuild = |reason: String| Err(Unfit::Rebuild(reason));
        if meta.store != self.store {
            return rebuild(format!(
                "the index belongs to another store, {}",
                meta.store
            ));
        }
        let (indexed, end) = (meta.end, self.end);
        if indexed.position > end.position || indexed.address > end.address {
            return Err(lost(indexed.position, end.position).into());
        }
        let Some(last) = meta.last else {
            if indexed == self.log_start() {
                return Ok(());
            }
            return rebuild("the index does not say what it covers".into());
        };
        let mut reader = LogReader::new(&self.files, self.end.address);
        let frame = reader.frame(last.address, indexed.position, 0)?;
        if meta.names(frame.header) {
            Ok(())
        } else {
            Err(replaced(indexed.position).into())
        }
    }

    /// Moves the index aside and makes a new one of the whole log.
    fn rebuild(&self, keys: &Keys, reason: &str) -> Result<Built, IndexError> {
        let dir = self.path.join(DIR);
        let io = |source| EngineError::Io {
            path: self.path.clone(),
            source,
        };
        let aside = move_aside(&self.path).map_err(io)?;
        warn_of_rebuild(&self.path, reason, aside.as_deref());
        let built = Engine::open(&dir, self.cache_capacity)
            .map_err(IndexError::from)
            .and_then(|engine| {
                let meta = Meta::new(self.store, self.log_start());
                self.complete(engine, meta, keys)
            });
        match (&built, &aside) {
            // The log is damaged, so the old index may be all there is of it.
            (Err(IndexError::Log(_)), Some(aside)) => remove_dir(&dir)
                .and_then(|()| fs::rename(aside, &dir))
                .map_err(io)?,
            // Nothing to keep the next time either.
            (Err(_), None) => remove_dir(&dir).map_err(io)?,
            _ => {}
        }
        built
    }

    /// Reads what the index does not have yet from the log.
    fn complete(&self, engine: Engine, mut meta: Meta, keys: &Keys) -> Result<Built, IndexError> {
        let mut tail = Tail::new(meta.end, Types::load(&engine)?);
        replay(&self.files, keys, &mut tail, self.end, |tail| {
            if tail.weight() >= FLUSH_WEIGHT
                && let Some(generation) = tail.rotate()
            {
                meta = flush(&engine, keys, meta, &generation)?;
                tail.flushing = None;
            }
            Ok(())
        })?;
        if meta.last.is_none() {
            meta.store(&engine)?;
        }
        Ok(Built { engine, meta, tail })
    }
}

/// The log is shorter than its own index: what the index names had been synced before.
pub(super) fn lost(indexed: u64, end: u64) -> LogError {
    if end == 0 {
        // Without the index there would be an empty store.
        return LogError::Corrupt {
            position: 1,
            reason: format!(
                "the log is empty, but its index reaches to position {indexed}, so all events are lost"
            ),
        };
    }
    let position = (end + 1).min(indexed);
    let gone = positions_lost(position, indexed);
    LogError::Behind {
        position,
        reason: format!(
            "the log ends at position {end}, but its index reaches to {indexed}, so {gone}"
        ),
    }
}

/// The log holds something else than what its own index was made from.
pub(super) fn replaced(indexed: u64) -> LogError {
    LogError::Behind {
        position: indexed,
        reason: "the commit there is not the one that the index was made from: the log is another copy of this store, so \
                 events may be lost"
            .into(),
    }
}

/// Moves the index to `index.broken-N`, should it still tell somebody something. Returns where it went.
pub(super) fn move_aside(store: &Path) -> io::Result<Option<PathBuf>> {
    let dir = store.join(DIR);
    if !dir.exists() {
        return Ok(None);
    }
    for number in 1_u32.. {
        let aside = store.join(format!("{DIR}.broken-{number}"));
        if !aside.exists() {
            fs::rename(&dir, &aside)?;
            return Ok(Some(aside));
        }
    }
    Ok(None)
}

pub(super) fn warn_of_rebuild(store: &Path, reason: &str, aside: Option<&Path>) {
    let store = store.display();
    let Some(aside) = aside else {
        return tracing::warn!(%store, reason, "building the index from the log");
    };
    tracing::warn!(
        %store, reason, aside = %aside.display(),
        "rebuilding the index from the log; snapshots in the old one are taken again"
    );
}
