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
use super::segment::{SegmentHeader, parse_file_name};
use super::writer::{LogWriter, WriterOptions};

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
    remove_unfinished(dir).map_err(LogError::io(dir))?;
    let segments = list(dir, store)?;
    let Some((last, header)) = segments.last().cloned() else {
        let reason = "there are no log segments".into();
        return Err(LogError::Corrupt {
            position: 1,
            reason,
        });
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
    let mut segments = Vec::with_capacity(firsts.len());
    let mut expected = None;
    for first in firsts {
        let path = dir.join(super::segment::file_name(first));
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
        if expected.is_some_and(|expected| expected != header.base) {
            return corrupt("the segment does not begin where the one before it ends");
        }
        let len = fs::metadata(&path).map_err(LogError::io(&path))?.len();
        expected = Some(header.base + len);
        segments.push((
            Segment {
                base: header.base,
                first,
                path: path.into(),
            },
            header,
        ));
    }
    match segments.first() {
        Some((segment, _)) if segment.first != 1 => {
            let reason = format!("the log begins with position {}", segment.first);
            Err(LogError::Corrupt {
                position: 1,
                reason,
            })
        }
        _ => Ok(segments),
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
