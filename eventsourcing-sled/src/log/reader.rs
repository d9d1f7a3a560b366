//! Reading frames, each checked before anything in it is believed.

use std::io;
use std::ops::Range;

use bytes::Bytes;

use super::error::LogError;
use super::file;
use super::files::{LogFiles, OpenSegment};
use super::frame::{Damage, HEADER_LEN, Header};
use super::search::Search;
use super::segment::SEGMENT_HEADER_LEN;

/// A whole frame, somewhere in what was read at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) header: &'a Header,
    window: &'a Bytes,
    start: usize,
}

impl<'a> Frame<'a> {
    /// A frame that is on its own.
    pub(crate) fn alone(header: &'a Header, window: &'a Bytes) -> Self {
        Self {
            header,
            window,
            start: 0,
        }
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        &self.window[self.start..self.start + self.header.len]
    }

    /// A part of the frame, to keep: it keeps all that was read at once.
    #[inline]
    pub(crate) fn slice(&self, part: Range<usize>) -> Bytes {
        self.window
            .slice(self.start + part.start..self.start + part.end)
    }
}

fn is_eof(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

/// Reads frames through a window of the log, so that neighbours cost one read together.
#[derive(Debug)]
pub(crate) struct LogReader<'a> {
    files: &'a LogFiles,
    end: u64,
    segment: Option<OpenSegment>,
    window: Bytes,
    window_at: u64,
    /// Header of the frame read last.
    header: Option<Header>,
}

impl<'a> LogReader<'a> {
    /// A reader of everything before the address `end`.
    pub(crate) fn new(files: &'a LogFiles, end: u64) -> Self {
        Self {
            files,
            end,
            segment: None,
            window: Bytes::new(),
            window_at: 0,
            header: None,
        }
    }

    /// Reads the frame at `address`, which must hold the event at `position`. If it is not in the window yet, the new
    /// window spans `ahead` bytes from there.
    pub(crate) fn frame(
        &mut self,
        address: u64,
        position: u64,
        ahead: usize,
    ) -> Result<Frame<'_>, LogError> {
        self.enter(address, position)?;
        let address = self.skip_segment_header(address);
        let start = self.whole(address, position, ahead)?;
        let damage = |damage| LogError::damage(position, self.path(), damage);
        let header = Header::check(&self.window[start..], address).map_err(damage)?;
        if position < header.first || position > header.last() {
            return Err(damage(Damage::Misplaced));
        }
        let header = self.header.insert(header);
        Ok(Frame {
            header,
            window: &self.window,
            start,
        })
    }

    /// Brings the whole frame at `address`, as its header has it, into the window, and returns where it begins there.
    fn whole(&mut self, address: u64, position: u64, ahead: usize) -> Result<usize, LogError> {
        let mut wanted = HEADER_LEN;
        loop {
            let Some(bytes) = self.cached(address, wanted) else {
                self.load(address, position, wanted, ahead)?;
                continue;
            };
            match Header::frame_len(bytes) {
                Ok(len) if len <= bytes.len() => return Ok(self.offset_in_window(address)),
                Ok(len) => wanted = len,
                Err(damage) => return Err(LogError::damage(position, self.path(), damage)),
            }
        }
    }

    fn offset_in_window(&self, address: u64) -> usize {
        super::to_usize(address.wrapping_sub(self.window_at))
    }

    /// The window's bytes from `address` on, if these are `wanted` or more.
    fn cached(&self, address: u64, wanted: usize) -> Option<&[u8]> {
        let start = self.offset_in_window(address);
        self.window
            .get(start..)
            .filter(|bytes| bytes.len() >= wanted)
    }

    fn load(
        &mut self,
        address: u64,
        position: u64,
        wanted: usize,
        ahead: usize,
    ) -> Result<(), LogError> {
        let Some(segment) = &self.segment else {
            return Err(Self::before_the_log(position));
        };
        let left = super::to_usize(segment.end.min(self.end).saturating_sub(address));
        let cut_off = || LogError::damage(position, &segment.path, Damage::CutOff);
        if wanted > left {
            return Err(cut_off());
        }
        let offset = address - segment.base;
        let mut buffer = vec![0; ahead.max(wanted).min(left)];
        let mut read = file::read_exact_at(&segment.file, &mut buffer, offset);
        if read.as_ref().is_err_and(is_eof) {
            // A file that is damaged may be too short; what is in it can be read all the same.
            let len = segment
                .file
                .metadata()
                .map_err(LogError::io(&segment.path))?;
            buffer.truncate(super::to_usize(len.len().saturating_sub(offset)));
            if buffer.len() < wanted {
                return Err(cut_off());
            }
            read = file::read_exact_at(&segment.file, &mut buffer, offset);
        }
        read.map_err(LogError::io(&segment.path))?;
        self.window = buffer.into();
        self.window_at = address;
        Ok(())
    }

    /// The first whole frame at or behind `address` that `accept` wants, whatever lies before it; `None` if there is
    /// none. What the disk does not give back is an error, or `tolerant`ly passed over.
    pub(crate) fn find(
        &mut self,
        mut address: u64,
        tolerant: bool,
        mut accept: impl FnMut(&Header) -> bool,
    ) -> Result<Option<Header>, LogError> {
        while address < self.end {
            self.enter(address, 0)?;
            let Some(segment) = &self.segment else {
                return Ok(None);
            };
            let end = segment.end.min(self.end);
            // A file that is damaged may be too short.
            let len = segment
                .file
                .metadata()
                .map_err(LogError::io(&segment.path))?;
            let search = Search {
                file: &segment.file,
                base: segment.base,
                len: len.len().min(end - segment.base),
                tolerant,
            };
            let found = search.find(self.skip_segment_header(address), &mut accept);
            if let Some(header) = found.map_err(LogError::io(&segment.path))? {
                return Ok(Some(header));
            }
            address = end;
        }
        Ok(None)
    }

    /// Whether the file that should hold `address` ends in front of it.
    pub(super) fn is_behind_file(&mut self, address: u64) -> Result<bool, LogError> {
        self.enter(address, 0)?;
        let Some(segment) = &self.segment else {
            return Ok(true);
        };
        let data = segment.file.metadata();
        let data = data.map_err(LogError::io(&segment.path))?;
        Ok(data.len() <= address - segment.base)
    }

    /// Makes the segment that holds `address` the current one.
    fn enter(&mut self, address: u64, position: u64) -> Result<(), LogError> {
        let inside = |segment: &OpenSegment| (segment.base..segment.end).contains(&address);
        if !self.segment.as_ref().is_some_and(inside) {
            let open = self.files.open_at(address);
            self.segment = open.map_err(LogError::io(self.files.dir()))?;
            // The last segment may have been sealed since, but what is in the window stays right.
            if self.segment.is_none() {
                return Err(Self::before_the_log(position));
            }
        }
        Ok(())
    }

    fn before_the_log(position: u64) -> LogError {
        LogError::Corrupt {
            position,
            reason: "the log begins behind it".into(),
        }
    }

    /// A frame's end in one segment is the next segment's beginning.
    fn skip_segment_header(&self, address: u64) -> u64 {
        match &self.segment {
            Some(segment) if segment.base == address => address + SEGMENT_HEADER_LEN,
            _ => address,
        }
    }

    fn path(&self) -> &std::path::Path {
        self.segment
            .as_ref()
            .map_or(self.files.dir(), |segment| &*segment.path)
    }
}
