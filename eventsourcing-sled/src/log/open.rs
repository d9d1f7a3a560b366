//! Opening the log: check that the segments fit together, find the end, cut what was never acknowledged.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use eventsourcing::Timestamp;
use uuid::Uuid;

use super::error::LogError;
use super::file::sync_dir;
use super::files::{LogFiles, Segment};
use super::recover::{End, LastSegment};
use super::segment::{SegmentHeader, file_name, parse_file_name};
use super::walk::{Reach, walk};
use super::writer::{LogWriter, WriterOptions};

pub(super) const NO_LOG: &str = "the directory `log`, which holds all events, is missing";
pub(super) const NO_SEGMENTS: &str =
    "the directory `log`, which holds all events, has no segment file in it";

/// An open log.
#[derive(Debug)]
pub(crate) struct OpenLog {
    pub(crate) files: Arc<LogFiles>,
    pub(crate) writer: LogWriter,
    /// When the last commit was recorded.
    pub(crate) recorded_at: Timestamp,
}

/// A log whose end is known. Nothing of it has been changed yet.
#[derive(Debug)]
pub(crate) struct FoundLog {
    pub(crate) files: Arc<LogFiles>,
    store: Uuid,
    file: File,
    last: Segment,
    len: u64,
    end: End,
}

/// Finds the end of the log of the store `store` in `dir`.
pub(crate) fn find(dir: &Path, store: Uuid) -> Result<FoundLog, LogError> {
    if !fs::exists(dir).map_err(LogError::io(dir))? {
        return Err(nothing(NO_LOG));
    }
    remove_unfinished(dir).map_err(LogError::io(dir))?;
    let segments = list(dir, store)?;
    let Some((last, header)) = segments.last().cloned() else {
        return Err(nothing(NO_SEGMENTS));
    };
    let files = segments.into_iter().map(|(segment, _)| segment).collect();
    let files = Arc::new(LogFiles::new(dir.to_owned(), files));
    let io = || LogError::io(&last.path);
    let file = File::options()
        .read(true)
        .write(true)
        .open(&last.path)
        .map_err(io())?;
    let len = file.metadata().map_err(io())?.len();
    let end = last_segment(&file, &last, len).find_end(&files, header.recorded_from)?;
    Ok(FoundLog {
        files,
        store,
        file,
        last,
        len,
        end,
    })
}

fn nothing(reason: &str) -> LogError {
    LogError::Corrupt {
        position: 1,
        reason: reason.into(),
    }
}

fn last_segment<'a>(file: &'a File, segment: &'a Segment, len: u64) -> LastSegment<'a> {
    LastSegment {
        file,
        path: &segment.path,
        base: segment.base,
        first: segment.first,
        len,
    }
}

impl FoundLog {
    /// Position of the next event, and the address at which it will lie.
    pub(crate) fn end(&self) -> (u64, u64) {
        (self.end.next, self.end.address)
    }

    /// Cuts what was never acknowledged, makes the rest durable, and opens the log for writing.
    pub(crate) fn recover(self, options: WriterOptions) -> Result<OpenLog, LogError> {
        let Self {
            files,
            store,
            file,
            last,
            len,
            end,
        } = self;
        last_segment(&file, &last, len).cut(&end)?;
        // Whoever created the last segment may have been killed before its name was durable.
        sync_dir(files.dir()).map_err(LogError::io(files.dir()))?;
        let recorded_at = end.recorded_at;
        let writer = LogWriter::new(files.clone(), file, &last, store, options, &end);
        Ok(OpenLog {
            files,
            writer,
            recorded_at,
        })
    }
}

/// The positions that the segments in `dir` begin with, according to their names, in order.
pub(super) fn firsts(dir: &Path) -> Result<Vec<u64>, LogError> {
    let mut firsts = Vec::new();
    for entry in fs::read_dir(dir).map_err(LogError::io(dir))? {
        let name = entry.map_err(LogError::io(dir))?.file_name();
        firsts.extend(name.to_str().and_then(parse_file_name));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// Lists the segments in order and checks that each begins where the one before it ends.
fn list(dir: &Path, store: Uuid) -> Result<Vec<(Segment, SegmentHeader)>, LogError> {
    let firsts = firsts(dir)?;
    let mut segments: Vec<(Segment, SegmentHeader)> = Vec::with_capacity(firsts.len());
    let mut end = 0;
    for first in firsts {
        let path = dir.join(file_name(first));
        let corrupt = |reason: &str| {
            let reason = format!("{reason} (in {})", path.display());
            Err(LogError::Corrupt {
                position: first,
                reason,
            })
        };
        let Some(header) = SegmentHeader::read(&path).map_err(LogError::io(&path))? else {
            return corrupt("the segment's header is damaged");
        };
        if header.store != store {
            return corrupt("the segment belongs to another store");
        }
        if header.first != first {
            return corrupt("the segment's name and header differ");
        }
        if end < header.base || (segments.is_empty() && first > 1) {
            let before = segments.iter().map(|(segment, _)| segment.clone());
            if let Some(gap) = gap(dir, before.collect(), end, first)? {
                return Err(gap);
            }
        }
        if end != header.base {
            return corrupt("the segment does not begin where the one before it ends");
        }
        let len = fs::metadata(&path).map_err(LogError::io(&path))?.len();
        end = header.base + len;
        segments.push((
            Segment {
                base: header.base,
                first,
                path: path.into(),
            },
            header,
        ));
    }
    Ok(segments)
}

/// What is missing between the last of these segments, which ends at `end`, and the one that begins with position
/// `next`; `None` if no position is.
fn gap(
    dir: &Path,
    before: Vec<Segment>,
    end: u64,
    next: u64,
) -> Result<Option<LogError>, LogError> {
    let (mut position, mut address) = (0, 0);
    if let Some(last) = before.last() {
        let reach = Reach {
            start: (last.base, last.first),
            position: None,
            address: end,
            tolerant: false,
        };
        let files = LogFiles::new(dir.to_owned(), before);
        (position, address) = walk(&files, reach, |_| Ok(()))?;
    }
    let first = position + 1;
    if first >= next {
        return Ok(None);
    }
    let why = if address == end {
        file_gone(first)
    } else {
        "the segment file before them was cut short".into()
    };
    let reason = format!("{}: {why}", positions_lost(first, next - 1));
    Ok(Some(LogError::Corrupt {
        position: first,
        reason,
    }))
}

/// Why there is nothing from this position on, where a segment ends with a whole frame.
pub(super) fn file_gone(first: u64) -> String {
    let gone = format!("the segment file {} is gone", file_name(first));
    if first == 1 {
        gone
    } else {
        // Between frames that looks the same.
        format!("{gone}, or the one before it was cut short")
    }
}

/// That positions are lost, in words.
pub(crate) fn positions_lost(first: u64, last: u64) -> String {
    if first < last {
        format!("positions {first} to {last} are lost")
    } else {
        format!("position {first} is lost")
    }
}

/// Removes what a crash left of a file that was being created.
pub(crate) fn remove_unfinished(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "new") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
