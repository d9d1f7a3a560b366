//! The log's only writer.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use eventsourcing::Timestamp;
use uuid::Uuid;

use super::error::LogError;
use super::file;
use super::files::{LogFiles, Segment};
use super::recover::End;
use super::segment::{SEGMENT_HEADER_LEN, SegmentHeader};

/// The file grows by as much as it holds, within these bounds, so that a small store stays small.
const MIN_CHUNK: u64 = 64 << 10;
const MAX_CHUNK: u64 = 1 << 20;
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// How the log is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriterOptions {
    /// A segment that has reached this is sealed.
    pub(crate) segment_bytes: u64,
    /// Whether each group is synced.
    pub(crate) sync: bool,
}

/// The log's only writer. After an error other than [`LogError::Full`] it must not be used again: what is on the disk
/// is unknown until the log is opened anew.
#[derive(Debug)]
pub(crate) struct LogWriter {
    files: Arc<LogFiles>,
    file: Arc<File>,
    path: Arc<Path>,
    store: Uuid,
    options: WriterOptions,
    base: u64,
    /// Bytes of the current segment up to the end of its last frame.
    len: u64,
    /// Bytes of the current segment's file: behind `len` it holds zeros.
    allocated: u64,
    next: u64,
    syncs: u64,
}

impl LogWriter {
    pub(super) fn new(
        files: Arc<LogFiles>,
        file: File,
        segment: &Segment,
        store: Uuid,
        options: WriterOptions,
        end: &End,
    ) -> Self {
        let len = end.address - segment.base;
        let file = Arc::new(file);
        let (current, path) = (file.clone(), segment.path.clone());
        files.durable.begin(current, path, end.address);
        Self {
            files,
            file,
            path: segment.path.clone(),
            store,
            options,
            base: segment.base,
            len,
            allocated: len,
            next: end.next,
            syncs: 0,
        }
    }

    /// Address behind the last frame.
    pub(crate) fn end(&self) -> u64 {
        self.base + self.len
    }

    /// Position of the next event.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Everything before this address is durable.
    pub(crate) fn synced(&self) -> u64 {
        self.files.durable.synced()
    }

    /// How often the writer has synced a file.
    pub(crate) fn syncs(&self) -> u64 {
        self.syncs
    }

    /// Makes room for `bytes` and returns the address at which they will lie.
    ///
    /// The room is taken by writing zeros, ahead of need: then a sync of frames does not have to record a new file
    /// size, and a full disk shows here, where nothing has been written yet.
    pub(crate) fn reserve(
        &mut self,
        bytes: usize,
        recorded_at: Timestamp,
    ) -> Result<u64, LogError> {
        self.files.durable.check()?;
        if self.len >= self.options.segment_bytes {
            self.roll(recorded_at)?;
        }
        let needed = self.len + bytes as u64;
        if needed > self.allocated {
            let chunk = self.len.clamp(MIN_CHUNK, MAX_CHUNK);
            let room = self.options.segment_bytes.min(self.allocated + chunk);
            if room <= needed || !self.extend(room)? {
                self.extend(needed)?
                    .then_some(())
                    .ok_or_else(|| self.full())?;
            }
        }
        Ok(self.end())
    }

    /// Writes whole frames, placed from [`LogWriter::end`] on, into the room made for them and makes them durable.
    pub(crate) fn append(&mut self, frames: &[u8], events: u64) -> Result<(), LogError> {
        file::write_all_at(&self.file, frames, self.len).map_err(LogError::io(&self.path))?;
        self.len += frames.len() as u64;
        self.next += events;
        if self.options.sync {
            self.sync()
        } else {
            Ok(())
        }
    }

    fn sync(&mut self) -> Result<(), LogError> {
        self.files.durable.sync_to(self.end())?;
        self.syncs += 1;
        Ok(())
    }

    /// Ends the log cleanly: cuts the zeros and syncs.
    pub(crate) fn close(&mut self) -> Result<(), LogError> {
        self.file
            .set_len(self.len)
            .map_err(LogError::io(&self.path))?;
        self.allocated = self.len;
        let (durable, end) = (&self.files.durable, self.end());
        durable.seal(&self.file, &self.path, end)?;
        self.syncs += 1;
        Ok(())
    }

    /// Writes zeros up to `size`; `false` if there is no room, and then the file is as it was.
    fn extend(&mut self, size: u64) -> Result<bool, LogError> {
        let mut at = self.allocated;
        while at < size {
            let len = super::to_usize(size - at).min(ZEROS.len());
            match file::write_all_at(&self.file, &ZEROS[..len], at) {
                Ok(()) => at += len as u64,
                Err(error) if LogError::is_full(&error) => {
                    self.file
                        .set_len(self.allocated)
                        .map_err(LogError::io(&self.path))?;
                    return Ok(false);
                }
                Err(error) => return Err(LogError::io(&self.path)(error)),
            }
        }
        self.allocated = size;
        Ok(true)
    }

    fn full(&self) -> LogError {
        LogError::Full {
            path: self.path.to_path_buf(),
            source: io::ErrorKind::StorageFull.into(),
        }
    }

    /// Seals the current segment and begins the next.
    fn roll(&mut self, recorded_from: Timestamp) -> Result<(), LogError> {
        self.close()?;
        let (base, first) = (self.end(), self.next);
        let header = SegmentHeader {
            store: self.store,
            first,
            base,
            recorded_from,
        };
        let path = header.create(self.files.dir()).map_err(|source| {
            let path = self.files.dir().to_owned();
            // The segment stays sealed; where there was no room, the next append tries again.
            if LogError::is_full(&source) {
                LogError::Full { path, source }
            } else {
                LogError::Io { path, source }
            }
        })?;
        let file = File::options()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(LogError::io(&path))?;
        self.file = Arc::new(file);
        self.path = path.into();
        self.files.push(Segment {
            base,
            first,
            path: self.path.clone(),
        });
        (self.base, self.len, self.allocated) = (base, SEGMENT_HEADER_LEN, SEGMENT_HEADER_LEN);
        let (file, path) = (self.file.clone(), self.path.clone());
        self.files.durable.begin(file, path, self.end());
        Ok(())
    }
}
