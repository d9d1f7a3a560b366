//! Finding the log's end after a crash.
//!
//! Frames of one group are written together and made durable by one sync, so a power cut may keep any part of the last
//! group: also a later frame without an earlier one. Everything before the last group had been synced. Each frame says
//! where its group began, so a frame behind the damage whose group began behind it too proves that what is damaged had
//! been acknowledged: that is corruption, and not for us to cut.

use std::fs::File;
use std::io;
use std::path::Path;

use eventsourcing::Timestamp;

use super::error::LogError;
use super::files::LogFiles;
use super::reader::LogReader;
use super::search::Search;
use super::segment::SEGMENT_HEADER_LEN;
use super::{file, to_usize};

/// How much is read at once.
const WINDOW: usize = 1 << 20;

/// Where the last segment ends.
#[derive(Debug)]
pub(super) struct End {
    /// Address behind the last whole frame.
    pub(super) address: u64,
    /// Where the group of the last whole frame begins.
    pub(super) group_start: u64,
    /// Position of the next event.
    pub(super) next: u64,
    /// When the last commit was recorded.
    pub(super) recorded_at: Timestamp,
}

/// The last segment, before its end is known.
#[derive(Debug)]
pub(super) struct LastSegment<'a> {
    pub(super) file: &'a File,
    pub(super) path: &'a Path,
    pub(super) base: u64,
    pub(super) first: u64,
    /// Its length in bytes.
    pub(super) len: u64,
}

impl LastSegment<'_> {
    /// Finds the end: behind the last whole frame, unless what follows it had been acknowledged. Nothing in the segment
    /// was recorded before `recorded_from`.
    pub(super) fn find_end(
        &self,
        files: &LogFiles,
        recorded_from: Timestamp,
    ) -> Result<End, LogError> {
        let mut end = End {
            address: self.base + SEGMENT_HEADER_LEN,
            group_start: self.base + SEGMENT_HEADER_LEN,
            next: self.first,
            recorded_at: recorded_from,
        };
        let file_end = self.base + self.len;
        let mut reader = LogReader::new(files, file_end);
        while end.address < file_end {
            match reader.frame(end.address, end.next, WINDOW) {
                Ok(frame) if frame.header.first == end.next => {
                    end.address = frame.header.end();
                    end.group_start = frame.header.group_start;
                    end.next = frame.header.last() + 1;
                    end.recorded_at = frame.header.recorded_at;
                }
                Ok(_) => {
                    let reason = "the positions before it do not lead up to it".into();
                    return Err(LogError::Corrupt {
                        position: end.next,
                        reason,
                    });
                }
                Err(LogError::Corrupt { position, reason }) => {
                    self.refuse_if_acknowledged(end.address, position, &reason)?;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(end)
    }

    /// Searches for a whole frame behind `damage` which was written after `damage` had been synced.
    fn refuse_if_acknowledged(
        &self,
        damage: u64,
        position: u64,
        reason: &str,
    ) -> Result<(), LogError> {
        let search = Search {
            file: self.file,
            base: self.base,
            len: self.len,
            tolerant: false,
        };
        let proof = search.find(damage, |header| header.group_start > damage);
        match proof.map_err(LogError::io(self.path))? {
            None => Ok(()),
            Some(header) => {
                let reason = format!(
                    "{reason}; position {} was written after it had been acknowledged",
                    header.first
                );
                Err(LogError::Corrupt { position, reason })
            }
        }
    }

    /// Cuts everything behind `end`, so that nothing stale can ever be taken for a frame, and makes the last group
    /// durable: a process that was killed before its sync, or whose sync failed, has left frames that will be shown to
    /// readers from now on.
    pub(super) fn cut(&self, end: &End) -> Result<(), LogError> {
        let len = end.address - self.base;
        let cut = || -> io::Result<()> {
            if len != self.len {
                self.file.set_len(len)?;
            }
            // A store that was closed well ends where its file ends. A group is short unless nothing was ever synced.
            if len != self.len || end.address - end.group_start <= WINDOW as u64 {
                self.write_again(end)?;
            }
            self.file.sync_all()
        };
        cut().map_err(LogError::io(self.path))
    }

    /// Writes the last group over itself. After a failed sync the system may take its pages for written though they
    /// never reached the disk; a sync alone would then do nothing.
    fn write_again(&self, end: &End) -> io::Result<()> {
        let from = end.group_start.max(self.base + SEGMENT_HEADER_LEN);
        let mut buffer = Vec::new();
        for offset in (from - self.base..end.address - self.base).step_by(WINDOW) {
            let left = end.address - self.base - offset;
            buffer.resize(to_usize(left.min(WINDOW as u64)), 0);
            file::read_exact_at(self.file, &mut buffer, offset)?;
            file::write_all_at(self.file, &buffer, offset)?;
        }
        Ok(())
    }
}
