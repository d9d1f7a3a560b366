//! Looking at a log that is not open: nothing is refused, nothing is changed.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use uuid::Uuid;

use super::error::LogError;
use super::files::{LogFiles, Segment};
use super::open::{NO_LOG, NO_SEGMENTS, file_gone, firsts, positions_lost};
use super::segment::{SegmentHeader, file_name};

/// What a log's files are, as far as they can be made out.
#[derive(Debug)]
pub(crate) struct Inspection {
    pub(crate) files: LogFiles,
    /// Address behind the last byte.
    pub(crate) end: u64,
    /// What is wrong with the files as such: from which position on, and what.
    pub(crate) faults: Vec<(u64, String)>,
}

/// The store that the log in `dir` belongs to, if all headers that can be read agree.
pub(crate) fn store_of(dir: &Path) -> Option<Uuid> {
    let mut found = None;
    for first in firsts(dir).ok()? {
        let header = SegmentHeader::read(&dir.join(file_name(first)));
        let Some(store) = header.ok().flatten().map(|header| header.store) else {
            continue;
        };
        if *found.get_or_insert(store) != store {
            return None;
        }
    }
    found
}

/// Looks at the log in `dir`, which should be that of `store`.
pub(crate) fn inspect(dir: &Path, store: Option<Uuid>) -> Result<Inspection, LogError> {
    let (firsts, nothing) = match firsts(dir) {
        Err(LogError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            (Vec::new(), NO_LOG)
        }
        firsts => (firsts?, NO_SEGMENTS),
    };
    let mut store = store;
    let (mut segments, mut faults, mut end) = (Vec::<Segment>::new(), Vec::new(), 0);
    for first in firsts {
        let path = dir.join(file_name(first));
        let mut fault = |reason: &str| {
            faults.push((first, format!("{reason} (in {})", path.display())));
        };
        let header = match SegmentHeader::read(&path) {
            Err(error) if LogError::is_unreadable(&error) => None,
            header => header.map_err(LogError::io(&path))?,
        };
        let base = match header {
            Some(header) if *store.get_or_insert(header.store) != header.store => {
                fault("the segment belongs to another store");
                continue;
            }
            Some(header) => {
                if header.first != first {
                    fault("the segment's name and header differ");
                }
                header.base
            }
            None => {
                fault("the segment's header is damaged or cannot be read");
                end
            }
        };
        match segments.last() {
            None if first > 1 => {
                let reason = format!("{}: {}", positions_lost(1, first - 1), file_gone(1));
                faults.push((1, reason));
            }
            Some(last) if base <= last.base => {
                fault("the segment does not begin where the one before it ends");
                continue;
            }
            // One that begins too late is met when the frames are read: some are missing.
            Some(_) if base < end => {
                fault("the segment before it is too long");
            }
            _ => {}
        }
        let len = fs::metadata(&path).map_err(LogError::io(&path))?.len();
        end = base + len;
        let path = path.into();
        segments.push(Segment { base, first, path });
    }
    if segments.is_empty() {
        faults.push((1, nothing.into()));
    }
    Ok(Inspection {
        files: LogFiles::new(dir.to_owned(), segments),
        end,
        faults,
    })
}
