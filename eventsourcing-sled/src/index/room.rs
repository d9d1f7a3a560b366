//! Room on the disk, found out before sled is asked to write.
//!
//! When sled meets a full disk it refuses everything from then on, reading too. So whoever is about to let it write finds
//! out first, with a file that is removed at once, whether there is room.

use std::fs::{self, File};
use std::io::{self, Write};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Index;
use super::engine::EngineError;
use crate::log::LogError;

/// What sled may take for no more than a few rows: it writes whole segments.
const LEAST: usize = 2 << 20;
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

impl Index {
    /// Notes that something did not fit on the disk.
    pub(crate) fn note_no_room(&self) {
        self.no_room.store(true, Ordering::Relaxed);
    }

    /// Refuses if a row could meet a full disk. Only looks if something else has met it.
    pub(crate) fn check_room(&self) -> Result<(), EngineError> {
        if self.no_room.load(Ordering::Relaxed) {
            self.find_room(0)
        } else {
            Ok(())
        }
    }

    /// Finds out whether there is room for rows of so many bytes.
    pub(super) fn find_room(&self, bytes: usize) -> Result<(), EngineError> {
        let path = self.path.join("room.new");
        // One at a time: all of them use the same file.
        let _room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        // sled writes a row several times until it has found its place.
        let tried = fill(&path, LEAST + 3 * bytes);
        let removed = fs::remove_file(&path);
        match tried.and(removed) {
            Ok(()) => {
                self.no_room.store(false, Ordering::Relaxed);
                Ok(())
            }
            Err(error) if LogError::is_full(&error) => {
                self.note_no_room();
                Err(EngineError::NoRoom)
            }
            Err(source) => Err(EngineError::Io { path, source }),
        }
    }
}

/// Writes a file of so many bytes.
pub(crate) fn fill(path: &std::path::Path, bytes: usize) -> io::Result<()> {
    let mut file = File::create(path)?;
    for _ in 0..bytes.div_ceil(ZEROS.len()) {
        file.write_all(&ZEROS)?;
    }
    Ok(())
}
