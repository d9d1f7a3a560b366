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
use super::{DIR, FLUSH_WEIGHT, Index, IndexError, TailState};
use crate::log::{LogFiles, LogReader, remove_dir};

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
    /// The log cannot be read, so rebuilding does not help.
    Log(IndexError),
}

impl From<EngineError> for Unfit {
    fn from(error: EngineError) -> Self {
        Self::Rebuild(error.to_string())
    }
}

impl From<IndexError> for Unfit {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Engine(error) => error.into(),
            log @ IndexError::Log(_) => Self::Log(log),
        }
    }
}

/// Opens the index and completes it from the log.
pub(crate) fn open(options: OpenIndex) -> Result<Index, IndexError> {
    let keys = Keys::default();
    let dir = options.path.join(DIR);
    let io = |source| EngineError::Io {
        path: options.path.clone(),
        source,
    };
    remove_dir(&options.path.join(REBUILDING)).map_err(io)?;
    let (built, reason) = match options.existing(&dir, &keys) {
        Ok(built) => (built, None),
        Err(Unfit::Log(error)) => return Err(error),
        Err(Unfit::Rebuild(reason)) => {
            let aside = move_aside(&options.path).map_err(io)?;
            warn_of_rebuild(&options.path, &reason, aside.as_deref());
            let built = options.build(&dir, &keys);
            if let (Err(IndexError::Log(_)), Some(aside)) = (&built, &aside) {
                // The log is damaged, so the old index may be all there is of snapshots, checkpoints and leases.
                remove_dir(&dir)
                    .and_then(|()| fs::rename(aside, &dir))
                    .map_err(io)?;
            }
            (built?, Some(reason))
        }
    };
    let newest_id: CommitId = built.meta.newest_id;
    Ok(Index {
        engine: built.engine,
        keys,
        files: options.files,
        cache_capacity: options.cache_capacity,
        path: options.path,
        tail: RwLock::new(TailState {
            tail: built.tail,
            newest_id,
        }),
        meta: Mutex::new(built.meta),
        flushed: Condvar::new(),
        failure: Mutex::default(),
        no_room: AtomicBool::new(false),
        broken: AtomicBool::new(false),
        rebuilds: AtomicU64::new(u64::from(reason.is_some())),
        last_rebuild: Mutex::new(reason),
    })
}

/// Directory in which an index is rebuilt while the old one is in use.
pub(super) const REBUILDING: &str = "index.rebuilding";

impl OpenIndex {
    fn log_start(&self) -> Point {
        let (address, first) = self.files.start();
        Point {
            position: first - 1,
            address,
        }
    }

    fn existing(&self, dir: &Path, keys: &Keys) -> Result<Built, Unfit> {
        let was_there = dir.exists();
        let engine = Engine::open(dir, self.cache_capacity)?;
        let meta = match Meta::load(&engine)? {
            Some(meta) => meta,
            None if self.end.position == 0 => Meta::new(self.store, self.log_start()),
            None if was_there => return Err(Unfit::Rebuild("the index is empty".into())),
            None => return Err(Unfit::Rebuild("the index is missing".into())),
        };
        self.check(&meta)?;
        Ok(self.complete(engine, meta, keys)?)
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
            return rebuild(format!(
                "the index reaches to position {}, but the log ends at {}",
                indexed.position, end.position
            ));
        }
        let Some(last) = meta.last else {
            if indexed == self.log_start() {
                return Ok(());
            }
            return rebuild("the index does not say what it covers".into());
        };
        let mut reader = LogReader::new(&self.files, self.end.address);
        let frame = reader.frame(last.address, indexed.position, 0);
        match frame {
            Ok(frame)
                if frame.header.checksum == last.checksum
                    && frame.header.last() == indexed.position
                    && frame.header.end() == indexed.address =>
            {
                Ok(())
            }
            _ => rebuild(format!(
                "the log is another one at position {}",
                indexed.position
            )),
        }
    }

    /// Makes a new index of the whole log.
    fn build(&self, dir: &Path, keys: &Keys) -> Result<Built, IndexError> {
        let engine = Engine::open(dir, self.cache_capacity)?;
        let meta = Meta::new(self.store, self.log_start());
        self.complete(engine, meta, keys)
    }

    /// Reads what the index does not have yet from the log.
    fn complete(&self, engine: Engine, mut meta: Meta, keys: &Keys) -> Result<Built, IndexError> {
        let mut tail = Tail::new(meta.end);
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
        "rebuilding the index from the log; snapshots, checkpoints and leases in the old one are not taken over"
    );
}
