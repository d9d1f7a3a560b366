//! Rebuilding the index while the store is in use.

use std::fs;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::engine::{Engine, EngineError};
use super::flush::{Meta, flush};
use super::keys;
use super::open::{REBUILDING, REPAIRING, move_aside, warn_of_rebuild};
use super::replay::replay;
use super::tail::{Point, Tail};
use super::types::Types;
use super::{DIR, FLUSH_WEIGHT, Index, IndexError};
use crate::log::{remove_dir, sync_dir};

/// How often a rebuild reads on from where it has come to, before the index in use has to stand still for the rest.
const CATCH_UPS: usize = 3;

/// How often a store repairs its index by itself while it is open.
const MAX_REPAIRS: u64 = 3;

impl Index {
    /// Builds the index anew from the log. The old one answers, and grows, until the new one is complete.
    pub(crate) fn rebuild(&self) -> Result<(), IndexError> {
        let _one_at_a_time = self
            .rebuilding
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.check_not_ending()?;
        let seen = self.rebuilds();
        let mut new = Successor::begin(self, REBUILDING)?;
        // Whoever appends must not wait for long, so only what little is left is done while the old one stands still.
        for _ in 0..CATCH_UPS {
            let end = self.meta().end;
            new.build(end)?;
            new.engine.sync()?;
        }
        let mut meta = self.meta();
        if self.rebuilds() > seen {
            // It was damaged, and whoever noticed has made a new one meanwhile.
            return Ok(());
        }
        new.build(meta.end)?;
        self.install(&mut meta, &new, false)?;
        self.note_rebuild("asked for".into());
        Ok(())
    }

    /// Replaces an index that has turned out to be damaged. `seen` is the number of rebuilds when the damage was met:
    /// if somebody else has repaired it meanwhile, nothing is done.
    pub(crate) fn repair(&self, seen: u64, reason: &EngineError) -> Result<(), IndexError> {
        let mut meta = self.meta();
        self.check_not_ending()?;
        if self.rebuilds() > seen {
            return Ok(());
        }
        if self.repairs.fetch_add(1, Ordering::Relaxed) >= MAX_REPAIRS {
            let reason = "the index was damaged again after several repairs; rebuild it once the disk is trusted again";
            return Err(EngineError::Row(reason).into());
        }
        self.replace(&mut meta)?;
        self.note_rebuild(reason.to_string());
        Ok(())
    }

    /// Ends a rebuild that is under way and lets nobody begin another: soon the directory may be somebody else's.
    pub(super) fn end_rebuilds(&self) {
        self.ending.store(true, Ordering::Relaxed);
        drop(self.rebuilding.lock());
    }

    fn check_not_ending(&self) -> Result<(), EngineError> {
        if self.ending.load(Ordering::Relaxed) {
            return Err(EngineError::Closed);
        }
        Ok(())
    }

    /// Whether the engine has to be opened anew before it can be used again.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Gives the index another engine, once there is room for it.
    pub(crate) fn revive(&self) -> Result<(), IndexError> {
        let mut meta = self.meta();
        self.find_room(0)?;
        // What it has is on the disk; it only no longer answers. If it is sound, nothing of it has to be given up.
        let row = meta.encode();
        let reopened = self.engine.reopen(self.cache_capacity, (keys::META, &row));
        if !reopened.unwrap_or(false) {
            self.replace(&mut meta)?;
            self.note_rebuild("the system refused to write it".into());
        }
        self.broken.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn replace(&self, meta: &mut Meta) -> Result<(), IndexError> {
        let mut new = Successor::begin(self, REPAIRING)?;
        new.build(meta.end)?;
        self.install(meta, &new, true)
    }

    /// Puts a new index, which reaches as far as the old one, into its place. A damaged one is kept beside it.
    fn install(
        &self,
        meta: &mut Meta,
        new: &Successor<'_>,
        damaged: bool,
    ) -> Result<(), IndexError> {
        if new.meta.last.is_none() {
            // Nothing has been flushed yet; without its row the index would count as empty when the store is opened.
            new.meta.store(&new.engine)?;
        }
        // As far as they can be read, and do not change meanwhile: what is missing is replayed.
        let (from, to) = keys::SNAPSHOTS;
        let take = |key: &[u8], value: &[u8]| new.engine.insert(key, value);
        let taken = self.engine.scan_remains(from..=to, take);
        if let Err(error) = taken {
            tracing::warn!(%error, "not all snapshots could be taken over");
        }
        new.engine.sync()?;
        new.engine.close();
        self.engine.swap(self.cache_capacity, || {
            let (aside, dir) = (move_aside(&self.path)?, self.path.join(DIR));
            if let Err(error) = fs::rename(&new.dir, &dir) {
                // The old one goes on.
                aside.map_or(Ok(()), |aside| fs::rename(aside, dir))?;
                return Err(error);
            }
            // The old one must not be gone before the new one is found in its place.
            sync_dir(&self.path)?;
            if damaged {
                warn_of_rebuild(&self.path, "it is damaged", aside.as_deref());
                Ok(())
            } else {
                aside.as_deref().map_or(Ok(()), remove_dir)
            }
        })?;
        *meta = new.meta;
        Ok(())
    }
}

/// An index that is being built beside the one in use. Unless it has taken its place, it is removed when it is dropped.
struct Successor<'a> {
    index: &'a Index,
    dir: PathBuf,
    engine: Engine,
    meta: Meta,
}

impl<'a> Successor<'a> {
    fn begin(index: &'a Index, name: &str) -> Result<Self, IndexError> {
        let dir = index.path.join(name);
        remove_dir(&dir).map_err(|source| EngineError::Io {
            path: dir.clone(),
            source,
        })?;
        let engine = Engine::open(&dir, index.cache_capacity)?;
        let (address, first) = index.files.start();
        let start = Point {
            position: first - 1,
            address,
        };
        let meta = Meta::new(index.store, start);
        Ok(Self {
            index,
            dir,
            engine,
            meta,
        })
    }

    /// Builds it on from the log, up to `end`.
    fn build(&mut self, end: Point) -> Result<(), IndexError> {
        let Self {
            index,
            engine,
            meta,
            ..
        } = self;
        let mut tail = Tail::new(meta.end, Types::load(engine)?);
        let mut grown = |tail: &mut Tail, all: bool| -> Result<(), IndexError> {
            if (all || tail.weight() >= FLUSH_WEIGHT)
                && let Some(generation) = tail.rotate()
            {
                *meta = flush(engine, &index.keys, *meta, &generation)?;
                tail.flushing = None;
            }
            Ok(())
        };
        replay(&index.files, &index.keys, &mut tail, end, |tail| {
            index.note_progress();
            index.check_not_ending()?;
            grown(tail, false)
        })?;
        grown(&mut tail, true)
    }
}

impl Drop for Successor<'_> {
    fn drop(&mut self) {
        self.engine.close();
        if let Err(error) = remove_dir(&self.dir) {
            tracing::warn!(%error, "an unfinished index is removed when the store is opened");
        }
    }
}
