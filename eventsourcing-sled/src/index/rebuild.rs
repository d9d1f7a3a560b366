//! Rebuilding the index while the store is in use.

use std::fs;
use std::sync::atomic::Ordering;

use super::engine::{Engine, EngineError};
use super::flush::{Meta, flush};
use super::keys;
use super::open::{REBUILDING, move_aside, warn_of_rebuild};
use super::replay::replay;
use super::tail::{Point, Tail};
use super::{DIR, FLUSH_WEIGHT, Index, IndexError};
use crate::log::{remove_dir, sync_dir};

/// How often a store repairs its index by itself while it is open.
const MAX_REPAIRS: u64 = 3;

impl Index {
    /// Builds the index anew from the log, taking over snapshots, checkpoints and leases. The old one answers until the
    /// new one is complete.
    pub(crate) fn rebuild(&self) -> Result<(), IndexError> {
        let mut meta = self.meta();
        self.replace(&mut meta, true)?;
        self.note_rebuild("asked for".into());
        Ok(())
    }

    /// Replaces an index that has turned out to be damaged. `seen` is the number of rebuilds when the damage was met:
    /// if somebody else has repaired it meanwhile, nothing is done.
    pub(crate) fn repair(&self, seen: u64, reason: &EngineError) -> Result<(), IndexError> {
        let mut meta = self.meta();
        let done = self.rebuilds.load(Ordering::Relaxed);
        if done > seen {
            return Ok(());
        }
        if done >= MAX_REPAIRS {
            let reason = "the index was damaged again after it had been rebuilt several times";
            return Err(EngineError::Row(reason).into());
        }
        self.replace(&mut meta, false)?;
        self.note_rebuild(reason.to_string());
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
        // What the old one has is still on the disk, but it no longer answers.
        self.replace(&mut meta, false)?;
        self.note_rebuild("the system refused to write it".into());
        self.broken.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn replace(&self, meta: &mut Meta, take_over: bool) -> Result<(), IndexError> {
        let io = |source| EngineError::Io {
            path: self.path.clone(),
            source,
        };
        let dir = self.path.join(REBUILDING);
        remove_dir(&dir).map_err(io)?;
        let engine = Engine::open(&dir, self.cache_capacity)?;
        let (address, first) = self.files.start();
        let mut new = Meta::new(
            meta.store,
            Point {
                position: first - 1,
                address,
            },
        );
        let mut tail = Tail::new(new.end);
        let mut grown = |tail: &mut Tail, all: bool| -> Result<(), IndexError> {
            if (all || tail.weight() >= FLUSH_WEIGHT)
                && let Some(generation) = tail.rotate()
            {
                new = flush(&engine, &self.keys, new, &generation)?;
                tail.flushing = None;
            }
            Ok(())
        };
        replay(&self.files, &self.keys, &mut tail, meta.end, |tail| {
            grown(tail, false)
        })?;
        grown(&mut tail, true)?;
        if new.last.is_none() {
            // Nothing has been flushed yet; without its row the index would count as empty when the store is opened.
            new.store(&engine)?;
        }
        if take_over {
            let (from, to) = keys::SIDECAR;
            self.engine
                .scan(from..=to, |key, value| engine.insert(key, value))?;
        }
        engine.sync()?;
        engine.close();
        self.engine.swap(self.cache_capacity, || {
            let aside = move_aside(&self.path)?;
            fs::rename(&dir, self.path.join(DIR))?;
            // The old one must not be gone before the new one is found in its place.
            sync_dir(&self.path)?;
            if take_over {
                aside.as_deref().map_or(Ok(()), remove_dir)
            } else {
                warn_of_rebuild(&self.path, "it is damaged", aside.as_deref());
                Ok(())
            }
        })?;
        *meta = new;
        Ok(())
    }
}
