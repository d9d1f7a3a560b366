//! The fixed part of a frame, and what proves that a frame is whole.

use eventsourcing::{CommitId, Timestamp};

use super::{ALIGN, KNOWN_FLAGS};
use crate::log::codec::Input;

/// Bytes before the versions.
pub(crate) const HEADER_LEN: usize = 64;
/// How a frame begins.
pub(crate) const MAGIC: [u8; 4] = *b"ESCF";
/// The checksum covers everything behind itself.
pub(super) const CHECKED_FROM: usize = 8;

/// What is wrong with bytes that should be a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// They do not begin like a frame.
    NoFrame,
    /// The frame is longer than the bytes there are.
    CutOff,
    /// The checksum is another.
    Checksum,
    /// It is whole, but belongs somewhere else.
    Misplaced,
    /// It is whole, but its content makes no sense.
    Content,
}

impl Damage {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::NoFrame => "there is no frame where one should begin",
            Self::CutOff => "the frame is cut off",
            Self::Checksum => "the frame's checksum is wrong",
            Self::Misplaced => "the frame belongs to another place in the log",
            Self::Content => "the frame's content cannot be read",
        }
    }
}

/// The fixed part of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) checksum: u32,
    /// Bytes of the whole frame.
    pub(crate) len: usize,
    /// Number of events.
    pub(crate) count: u32,
    /// Where it lies in the log.
    pub(crate) address: u64,
    /// Position of its first event.
    pub(crate) first: u64,
    pub(crate) recorded_at: Timestamp,
    pub(crate) commit_id: CommitId,
    /// Everything before this address was synced when the frame was written.
    pub(crate) group_start: u64,
    /// Number of streams.
    pub(crate) parts: u16,
    pub(super) flags: u16,
}

impl Header {
    /// The length that a frame says it has; nothing else is checked.
    #[inline]
    pub(crate) fn frame_len(bytes: &[u8]) -> Result<usize, Damage> {
        let Some(start) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(Damage::CutOff);
        };
        let [a, b, c, d, _, _, _, _, len @ ..] = start;
        match len.first_chunk() {
            Some(len) if [*a, *b, *c, *d] == MAGIC => {
                usize::try_from(u32::from_le_bytes(*len)).map_err(|_| Damage::NoFrame)
            }
            _ => Err(Damage::NoFrame),
        }
    }

    /// Reads a header and checks that it is possible, not the checksum.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Damage> {
        let mut input = Input::new(bytes.get(..HEADER_LEN).ok_or(Damage::CutOff)?);
        Self::fields(&mut input).ok_or(Damage::NoFrame)
    }

    #[inline]
    fn fields(input: &mut Input<'_>) -> Option<Self> {
        if input.array::<4>()? != MAGIC {
            return None;
        }
        let checksum = u32::from_le_bytes(input.array()?);
        let len = usize::try_from(u32::from_le_bytes(input.array()?)).ok()?;
        let count = u32::from_le_bytes(input.array()?);
        let address = u64::from_le_bytes(input.array()?);
        let first = u64::from_le_bytes(input.array()?);
        let recorded_at = Timestamp::from_micros(i64::from_le_bytes(input.array()?));
        let commit_id = CommitId::from_uuid(uuid::Uuid::from_bytes(input.array()?));
        let group_back = u64::from(u32::from_le_bytes(input.array()?));
        let parts = u16::from_le_bytes(input.array()?);
        let flags = u16::from_le_bytes(input.array()?);
        // A stream takes eleven bytes at least, an event three: no number may claim more than there is room for.
        let least = 11 * u64::from(parts) + 3 * u64::from(count);
        let possible = len as u64 > HEADER_LEN as u64 + least
            && len.is_multiple_of(ALIGN)
            && count > 0
            && parts > 0
            && first > 0
            && first.checked_add(u64::from(count)).is_some()
            && flags & !KNOWN_FLAGS == 0;
        possible.then_some(())?;
        let group_start = address.checked_sub(group_back)?;
        Some(Self {
            checksum,
            len,
            count,
            address,
            first,
            recorded_at,
            commit_id,
            group_start,
            parts,
            flags,
        })
    }

    /// Checks that `bytes` begin with the whole frame that belongs at `address`.
    #[inline]
    pub(crate) fn check(bytes: &[u8], address: u64) -> Result<Self, Damage> {
        let header = Self::parse(bytes)?;
        if header.address != address {
            return Err(Damage::Misplaced);
        }
        let checked = bytes.get(CHECKED_FROM..header.len).ok_or(Damage::CutOff)?;
        if crc32c::crc32c(checked) != header.checksum {
            return Err(Damage::Checksum);
        }
        Ok(header)
    }

    /// Position of the last event.
    pub(crate) fn last(&self) -> u64 {
        self.first + u64::from(self.count) - 1
    }

    /// Where the next frame begins, if it is in the same segment.
    pub(crate) fn end(&self) -> u64 {
        self.address + self.len as u64
    }
}
