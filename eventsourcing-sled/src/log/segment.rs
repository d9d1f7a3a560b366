//! Segments: the files of the log, and how each begins.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use eventsourcing::Timestamp;
use uuid::Uuid;

use super::codec::Input;
use super::file;

/// Bytes before the first frame.
pub(super) const SEGMENT_HEADER_LEN: u64 = 64;
const HEADER_LEN: usize = 64;
const MAGIC: [u8; 8] = *b"ESLOGSEG";
const VERSION: u32 = 1;
/// The checksum covers everything behind itself.
const CHECKED_FROM: usize = 16;

/// How a segment begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// The store it belongs to.
    pub(crate) store: Uuid,
    /// Position of the first event that goes into it.
    pub(crate) first: u64,
    /// Address of its first byte: the length of all segments before it.
    pub(crate) base: u64,
    /// Nothing in it was recorded before.
    pub(crate) recorded_from: Timestamp,
}

impl SegmentHeader {
    /// Its length in bytes.
    pub(crate) const LEN: u64 = SEGMENT_HEADER_LEN;
    /// Before any time that can be recorded: the first segment does not hold later ones back.
    pub(crate) const DAWN: Timestamp = Timestamp::from_micros(i64::MIN);

    pub(super) fn encode(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[16..32].copy_from_slice(self.store.as_bytes());
        bytes[32..40].copy_from_slice(&self.first.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.base.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.recorded_from.as_micros().to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[CHECKED_FROM..]);
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; HEADER_LEN]) -> Option<Self> {
        let mut input = Input::new(bytes);
        let sound = input.array::<8>()? == MAGIC
            && u32::from_le_bytes(input.array()?) == VERSION
            && u32::from_le_bytes(input.array()?) == crc32c::crc32c(&bytes[CHECKED_FROM..]);
        sound.then_some(())?;
        Some(Self {
            store: Uuid::from_bytes(input.array()?),
            first: u64::from_le_bytes(input.array()?),
            base: u64::from_le_bytes(input.array()?),
            recorded_from: Timestamp::from_micros(i64::from_le_bytes(input.array()?)),
        })
    }

    /// Reads the header of a segment file; `None` if it is damaged.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEADER_LEN];
        match File::open(path)?.read_exact(&mut bytes) {
            Ok(()) => Ok(Self::decode(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates the segment's file, durably. After a crash it is there with its whole header, or it is not there.
    pub(crate) fn create(&self, dir: &Path) -> io::Result<PathBuf> {
        let path = dir.join(file_name(self.first));
        file::replace(&path, &self.encode())?;
        Ok(path)
    }
}

/// Name of the segment that begins with this position.
pub(super) fn file_name(first: u64) -> String {
    format!("{first:020}.log")
}

/// Whether a file is called like the first segment, or like that while it is created.
pub(crate) fn is_first_segment(name: &OsStr) -> bool {
    let name = Path::new(name);
    let first = file_name(1);
    name == Path::new(&first) || name == Path::new(&first).with_extension("new")
}

/// Whether a file is called like a segment.
pub(crate) fn is_segment(name: &OsStr) -> bool {
    name.to_str().and_then(parse_file_name).is_some()
}

/// The position that a segment of this name begins with; `None` if this is not a segment's name.
pub(super) fn parse_file_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".log")?;
    (digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}
