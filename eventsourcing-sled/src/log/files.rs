//! The set of segment files, for readers, and how far they are durable.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::durable::Durable;
use super::error::LogError;
use super::file;
use super::segment::SEGMENT_HEADER_LEN;

/// Most files kept open; a store of many segments must not use up the process's file descriptors.
const MAX_OPEN: usize = 64;

/// The segments of a log.
#[derive(Debug)]
pub(crate) struct LogFiles {
    dir: PathBuf,
    segments: RwLock<Vec<Segment>>,
    open: Mutex<HashMap<u64, Arc<File>>>,
    pub(super) durable: Durable,
}

/// A segment's place in the log.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    /// Address of its first byte.
    pub(super) base: u64,
    /// Position of its first event.
    pub(super) first: u64,
    pub(super) path: Arc<Path>,
}

/// A segment opened for reading.
#[derive(Debug)]
pub(super) struct OpenSegment {
    pub(super) base: u64,
    /// Address behind its last byte; the last segment has no end yet.
    pub(super) end: u64,
    pub(super) file: Arc<File>,
    pub(super) path: Arc<Path>,
}

impl LogFiles {
    pub(super) fn new(dir: PathBuf, segments: Vec<Segment>) -> Self {
        Self {
            dir,
            segments: RwLock::new(segments),
            open: Mutex::default(),
            durable: Durable::default(),
        }
    }

    /// Makes everything before `address` durable, for whoever is about to rely on it. Mostly it is already.
    pub(crate) fn sync_to(&self, address: u64) -> Result<(), LogError> {
        self.durable.sync_to(address)
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Number of segments.
    pub(crate) fn count(&self) -> usize {
        self.segments
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Address and position of the first byte and event of the log.
    pub(crate) fn start(&self) -> (u64, u64) {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments
            .first()
            .map_or((0, 1), |segment| (segment.base, segment.first))
    }

    /// Address and position of the first byte and event of the segment that holds `position`.
    pub(crate) fn start_of(&self, position: u64) -> (u64, u64) {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let behind = segments.partition_point(|segment| segment.first <= position);
        let segment = segments.get(behind.saturating_sub(1));
        segment.map_or((0, 1), |segment| (segment.base, segment.first))
    }

    /// The segments that hold anything before `address`; at least the first.
    pub(super) fn up_to(&self, address: u64) -> Vec<Segment> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let behind = segments.partition_point(|segment| segment.base < address);
        segments.iter().take(behind.max(1)).cloned().collect()
    }

    /// Whether no segment begins behind `address`.
    pub(super) fn is_last(&self, address: u64) -> bool {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.last().is_none_or(|last| last.base <= address)
    }

    /// How many bytes behind `address`, which is in the last segment, are in use; zeros at the end are not.
    pub(crate) fn used_behind(&self, address: u64) -> Result<u64, LogError> {
        let open = self.open_at(address).map_err(LogError::io(&self.dir))?;
        let Some(segment) = open else { return Ok(0) };
        // In front of its first frame a segment has its header.
        let (mut used, mut at) = (0, (address - segment.base).max(SEGMENT_HEADER_LEN));
        let begin = at;
        let mut buffer = vec![0; 64 << 10];
        let mut read = || -> io::Result<u64> {
            let len = segment.file.metadata()?.len();
            while at < len {
                let part = super::to_usize(len - at).min(buffer.len());
                file::read_exact_at(&segment.file, &mut buffer[..part], at)?;
                if let Some(last) = buffer[..part].iter().rposition(|byte| *byte != 0) {
                    used = at + last as u64 + 1 - begin;
                }
                at += part as u64;
            }
            Ok(used)
        };
        read().map_err(LogError::io(&segment.path))
    }

    /// Adds the segment that the writer has begun.
    pub(super) fn push(&self, segment: Segment) {
        self.segments
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(segment);
    }

    /// Opens the segment that holds `address`; `None` if the log begins later.
    pub(super) fn open_at(&self, address: u64) -> io::Result<Option<OpenSegment>> {
        let (segment, end) = {
            let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
            let behind = segments.partition_point(|segment| segment.base <= address);
            let Some(segment) = behind.checked_sub(1).and_then(|index| segments.get(index)) else {
                return Ok(None);
            };
            (
                segment.clone(),
                segments.get(behind).map_or(u64::MAX, |next| next.base),
            )
        };
        let file = self.file(&segment)?;
        Ok(Some(OpenSegment {
            base: segment.base,
            end,
            file,
            path: segment.path,
        }))
    }

    fn file(&self, segment: &Segment) -> io::Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&segment.base) {
            return Ok(file.clone());
        }
        let file = Arc::new(File::open(&segment.path)?);
        if open.len() >= MAX_OPEN {
            // Readers keep what they have; whichever goes is opened again when it is wanted.
            open.clear();
        }
        open.insert(segment.base, file.clone());
        Ok(file)
    }
}
