//! Room on the disk, found out now and then before sled is asked to write.
//!
//! When sled meets a full disk it refuses everything until it is opened anew, and what it wrote last may be lost.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::database::EngineError;
use crate::index::fill;
use crate::log::LogError;

/// Bytes of room that are looked for at a time, beside what is needed at once.
const AHEAD: usize = 4 << 20;
/// sled writes a row several times until it has found its place.
const TIMES: usize = 4;

/// What is known about the room.
#[derive(Debug)]
pub(super) struct Room {
    /// A file that is written and removed to find out.
    path: PathBuf,
    /// Bytes that have been found and not been used since.
    left: Mutex<usize>,
}

impl Room {
    pub(super) fn new(path: PathBuf) -> Self {
        let left = Mutex::default();
        Self { path, left }
    }

    /// Takes room for so many bytes of rows.
    pub(super) fn take(&self, bytes: usize) -> Result<(), EngineError> {
        let needed = TIMES * bytes;
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if *left < needed {
            *left = 0;
            let tried = fill(&self.path, AHEAD + needed);
            let removed = fs::remove_file(&self.path);
            match tried.and(removed) {
                Ok(()) => *left = AHEAD + needed,
                Err(error) if LogError::is_full(&error) => return Err(EngineError::NoRoom),
                Err(source) => {
                    let path = self.path.clone();
                    return Err(EngineError::Io { path, source });
                }
            }
        }
        *left -= needed;
        Ok(())
    }

    /// Forgets what was found: something has not fitted.
    pub(super) fn forget(&self) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = 0;
    }
}
