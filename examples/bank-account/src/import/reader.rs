//! Reading a statement line by line, plain or compressed, in bounded memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ReaderBuilder};
use flate2::bufread::MultiGzDecoder;

use super::Unreadable;
use super::row::{BadRow, COLUMNS, Row};
use crate::error::Error;

/// Longest line in bytes; a row takes about a hundred.
const MAX_LINE: usize = 64 << 10;

/// An open statement: an iterator over its rows.
pub(super) struct Statement {
    input: Box<dyn BufRead + Send>,
    /// Number of the last line read; the header is line 1.
    line: u64,
    buffer: Vec<u8>,
    size: u64,
    read: Arc<AtomicU64>,
}

/// A row and where it stands.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) row: Result<Row, BadRow>,
}

impl Statement {
    /// Opens a file and checks its header. Compressed files are told by their first bytes, not by their name.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let opened = || -> Result<Self, Unreadable> {
            let at_start = |source| Unreadable { line: 1, source };
            let file = File::open(path).map_err(at_start)?;
            let size = file.metadata().map_err(at_start)?.len();
            let read = Arc::new(AtomicU64::new(0));
            let counted = Counted {
                file,
                read: read.clone(),
            };
            Self::read(counted, size, read)
        };
        opened().map_err(|error| error.of(path))
    }

    /// Reads what `size` bytes of a file hold, of which `read` counts those that have been read.
    pub(super) fn read(
        input: impl Read + Send + 'static,
        size: u64,
        read: Arc<AtomicU64>,
    ) -> Result<Self, Unreadable> {
        let mut input = BufReader::with_capacity(64 << 10, input);
        let start = input.fill_buf();
        let start = start.map_err(|source| Unreadable { line: 1, source })?;
        let input: Box<dyn BufRead + Send> = if start.starts_with(&[0x1f, 0x8b]) {
            let plain = MultiGzDecoder::new(input);
            Box::new(BufReader::with_capacity(64 << 10, plain))
        } else {
            Box::new(input)
        };
        let (line, buffer) = (0, Vec::new());
        let mut statement = Self {
            input,
            line,
            buffer,
            size,
            read,
        };
        statement.header()?;
        Ok(statement)
    }

    /// Size of the file in bytes, compressed as it is.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// How many of these bytes have been read; counts on while the statement is.
    pub(super) fn read_so_far(&self) -> Arc<AtomicU64> {
        self.read.clone()
    }

    fn header(&mut self) -> Result<(), Unreadable> {
        self.next_line()?;
        let first = &self.buffer[..];
        let found = fields(first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first));
        if found.is_ok_and(|header| header.iter().eq(COLUMNS.iter().map(|name| name.as_bytes()))) {
            return Ok(());
        }
        let expected = COLUMNS.join(";");
        let reason = format!("it is not a statement: the first line must be {expected}");
        let source = io::Error::new(io::ErrorKind::InvalidData, reason);
        Err(Unreadable { line: 1, source })
    }

    /// Reads the next line into the buffer, without its end. Of one that is too long only as much as shows that it is.
    fn next_line(&mut self) -> Result<bool, Unreadable> {
        self.buffer.clear();
        self.line += 1;
        let mut something = false;
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(Unreadable {
                        line: self.line,
                        source,
                    });
                }
            };
            if chunk.is_empty() {
                break;
            }
            something = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            let room = (MAX_LINE + 1).saturating_sub(self.buffer.len());
            self.buffer.extend_from_slice(&part[..part.len().min(room)]);
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        Ok(something)
    }

    fn row(&self) -> Result<Row, BadRow> {
        if self.buffer.len() > MAX_LINE {
            return Err(BadRow::TooLong(MAX_LINE));
        }
        let fields = fields(&self.buffer)?;
        if fields.len() != COLUMNS.len() {
            return Err(BadRow::Columns(fields.len()));
        }
        let texts: Result<Vec<&str>, _> = fields.iter().map(std::str::from_utf8).collect();
        Row::parse(self.line, &texts.map_err(|_| BadRow::NotUtf8)?)
    }
}

impl Iterator for Statement {
    type Item = Result<Line, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_line() {
                Ok(false) => return None,
                // An empty line is no row.
                Ok(true) if self.buffer.is_empty() => {}
                Ok(true) => {
                    let (number, row) = (self.line, self.row());
                    return Some(Ok(Line { number, row }));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Takes one line apart. Line by line, so that a quote left open spoils its own row and no other.
fn fields(line: &[u8]) -> Result<ByteRecord, BadRow> {
    let in_quotes = line.iter().fold(false, |open, byte| open ^ (*byte == b'"'));
    if in_quotes {
        return Err(BadRow::OpenQuote);
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(b';')
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(line.len().max(1))
        .from_reader(line);
    let mut record = ByteRecord::new();
    match reader.read_byte_record(&mut record) {
        Ok(_) => Ok(record),
        // Reading from memory with any number of columns does not fail.
        Err(_) => Err(BadRow::Columns(0)),
    }
}

/// A file that counts what is read from it.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
