//! Copying a log, each frame checked on the way.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::error::LogError;
use super::file::sync_dir;
use super::files::{LogFiles, Segment};
use super::reader::Frame;
use super::segment::{SegmentHeader, file_name};
use super::walk::{Reach, Step, walk};

/// How much is written at once.
const BUFFER: usize = 1 << 20;

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    pub(crate) segments: usize,
    pub(crate) bytes: u64,
}

/// Copies the log of `store` up to `position` and `address` to the new directory `to`, durably. Nothing damaged is copied,
/// nor anything that is not `sound`: then this fails, and what is in `to` is of no use.
pub(crate) fn copy(
    files: &LogFiles,
    store: Uuid,
    (position, address): (u64, u64),
    to: &Path,
    mut sound: impl FnMut(Frame<'_>) -> bool,
) -> Result<Copied, LogError> {
    fs::create_dir(to).map_err(|error| LogError::written(to, error))?;
    let mut copy = Copy {
        store,
        to,
        left: files.up_to(address).into_iter(),
        current: None,
        copied: Copied::default(),
    };
    copy.next_segment()?;
    let reach = Reach {
        start: files.start(),
        position: Some(position),
        address,
        tolerant: false,
    };
    let end = walk(files, reach, |step| match step {
        Step::Frame(frame) if !sound(frame) => Err(LogError::Corrupt {
            position: frame.header.first,
            reason: "the commit does not follow those before it".into(),
        }),
        Step::Frame(frame) => copy.frame(frame.header.address, frame.bytes()),
        Step::Damage {
            position, reason, ..
        } => Err(LogError::Corrupt { position, reason }),
    })?;
    copy.finish_segment()?;
    sync_dir(to).map_err(LogError::io(to))?;
    if end.0 == position {
        Ok(copy.copied)
    } else {
        let reason = format!("the log ends at {}", end.0);
        Err(LogError::Corrupt {
            position: end.0 + 1,
            reason,
        })
    }
}

struct Copy<'a> {
    store: Uuid,
    to: &'a Path,
    /// Segments that have not been begun.
    left: std::vec::IntoIter<Segment>,
    current: Option<(PathBuf, BufWriter<File>)>,
    copied: Copied,
}

impl Copy<'_> {
    fn frame(&mut self, address: u64, bytes: &[u8]) -> Result<(), LogError> {
        while self
            .left
            .as_slice()
            .first()
            .is_some_and(|next| next.base <= address)
        {
            self.next_segment()?;
        }
        self.write(bytes)
    }

    fn next_segment(&mut self) -> Result<(), LogError> {
        self.finish_segment()?;
        let Some(segment) = self.left.next() else {
            return Ok(());
        };
        let header = SegmentHeader::read(&segment.path).map_err(LogError::io(&segment.path))?;
        let (store, first, base) = (self.store, segment.first, segment.base);
        let sound = |header: &SegmentHeader| {
            (header.store, header.first, header.base) == (store, first, base)
        };
        let Some(header) = header.filter(sound) else {
            let path = segment.path.display();
            let reason = format!("the segment's header is damaged (in {path})");
            return Err(LogError::Corrupt {
                position: first,
                reason,
            });
        };
        let path = self.to.join(file_name(first));
        let file = File::create_new(&path).map_err(|error| LogError::written(&path, error))?;
        self.current = Some((path, BufWriter::with_capacity(BUFFER, file)));
        self.copied.segments += 1;
        self.write(&header.encode())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        if let Some((path, file)) = &mut self.current {
            file.write_all(bytes)
                .map_err(|error| LogError::written(path, error))?;
            self.copied.bytes += bytes.len() as u64;
        }
        Ok(())
    }

    fn finish_segment(&mut self) -> Result<(), LogError> {
        let Some((path, mut file)) = self.current.take() else {
            return Ok(());
        };
        file.flush()
            .and_then(|()| file.get_ref().sync_all())
            .map_err(|error| LogError::written(&path, error))
    }
}
