//! Looking for frames where none is known to be: behind damage.

use std::fs::File;
use std::io;

use super::error::LogError;
use super::file;
use super::frame::{ALIGN, HEADER_LEN, Header, MAGIC};

/// How much is read at once.
const WINDOW: usize = 1 << 20;
/// The same around what cannot be read.
const BLOCK: usize = 4 << 10;

/// A stretch of a segment file to search.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) file: &'a File,
    /// Address of the file's first byte.
    pub(super) base: u64,
    /// Bytes of the file that are searched.
    pub(super) len: u64,
    /// Whether what the disk does not give back is passed over; an error otherwise.
    pub(super) tolerant: bool,
}

impl Search<'_> {
    /// The first whole frame at or behind `address` that `accept` wants.
    pub(super) fn find(
        &self,
        address: u64,
        mut accept: impl FnMut(&Header) -> bool,
    ) -> io::Result<Option<Header>> {
        let mut offset = address - self.base;
        let mut window = Vec::new();
        while offset < self.len {
            self.read(&mut window, offset, WINDOW)?;
            for at in (0..window.len()).step_by(ALIGN) {
                if window[at..].starts_with(&MAGIC)
                    && let Some(header) = self.frame_at(offset + at as u64)?
                    && accept(&header)
                {
                    return Ok(Some(header));
                }
            }
            offset += window.len() as u64;
        }
        Ok(None)
    }

    fn frame_at(&self, offset: u64) -> io::Result<Option<Header>> {
        let mut bytes = Vec::new();
        self.read(&mut bytes, offset, HEADER_LEN)?;
        let address = self.base + offset;
        match Header::parse(&bytes) {
            // Most impostors are found out here, before their whole length is read.
            Ok(header) if header.address == address => {
                self.read(&mut bytes, offset, header.len)?;
                Ok(Header::check(&bytes, address).ok())
            }
            _ => Ok(None),
        }
    }

    /// Reads up to `len` bytes.
    fn read(&self, buffer: &mut Vec<u8>, offset: u64, len: usize) -> io::Result<()> {
        buffer.resize(len.min(super::to_usize(self.len - offset)), 0);
        match file::read_exact_at(self.file, buffer, offset) {
            Err(error) if self.tolerant && LogError::is_unreadable(&error) => {
                self.read_blocks(buffer, offset)
            }
            read => read,
        }
    }

    /// Reads what can be read; zeros stand for the rest, which are no frame.
    fn read_blocks(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        for (block, at) in buffer.chunks_mut(BLOCK).zip((offset..).step_by(BLOCK)) {
            match file::read_exact_at(self.file, block, at) {
                Err(error) if LogError::is_unreadable(&error) => block.fill(0),
                read => read?,
            }
        }
        Ok(())
    }
}
