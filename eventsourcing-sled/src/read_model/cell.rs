//! How a row is kept in sled: in one piece, or in several if it is large. So no page spills to a blob file, which sled
//! does not sync: after a power cut its row would be gone, and nothing else of its batch.

use crate::log::Input;

/// Of a tree: some row of it may be in pieces.
pub(super) const IN_PIECES: &[u8] = &[0];
const ROW: u8 = 1;
const PIECE: u8 = 2;

const WHOLE: u8 = 0;
const SPLIT: u8 = 1;

/// Longest value in one piece, and longest piece.
pub(super) const PIECE_BYTES: usize = 4096;

/// Where a row is.
pub(super) fn row(key: &[u8]) -> Vec<u8> {
    let mut cell = Vec::with_capacity(1 + key.len());
    cell.push(ROW);
    cell.extend_from_slice(key);
    cell
}

/// The row whose cell this is.
pub(super) fn row_key(cell: &[u8]) -> &[u8] {
    cell.get(1..).unwrap_or_default()
}

/// Where a piece of a row is.
pub(super) fn piece(key: &[u8], number: usize) -> Vec<u8> {
    let mut cell = Vec::with_capacity(7 + key.len());
    cell.push(PIECE);
    // Keys are at most 1,024 bytes long, and values at most 16 MiB.
    cell.extend_from_slice(&u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes());
    cell.extend_from_slice(key);
    cell.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
    cell
}

/// What a row's cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// The value.
    Whole(&'a [u8]),
    /// What its pieces come to.
    Split { bytes: usize, checksum: u32 },
}

impl Content<'_> {
    /// How many pieces there are beside the row.
    pub(super) fn pieces(self) -> usize {
        match self {
            Self::Whole(_) => 0,
            Self::Split { bytes, .. } => bytes.div_ceil(PIECE_BYTES),
        }
    }
}

/// What a row's cell is to hold.
pub(super) fn encode(value: &[u8]) -> Vec<u8> {
    if value.len() <= PIECE_BYTES {
        let mut cell = Vec::with_capacity(1 + value.len());
        cell.push(WHOLE);
        cell.extend_from_slice(value);
        return cell;
    }
    let mut cell = vec![SPLIT];
    cell.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
    cell.extend_from_slice(&crc32c::crc32c(value).to_le_bytes());
    cell
}

/// What a row's cell holds; `None` if it is damaged.
pub(super) fn decode(cell: &[u8]) -> Option<Content<'_>> {
    let (kind, rest) = cell.split_first()?;
    match *kind {
        WHOLE => Some(Content::Whole(rest)),
        SPLIT => {
            let mut input = Input::new(rest);
            let bytes = u32::from_le_bytes(input.array()?);
            let checksum = u32::from_le_bytes(input.array()?);
            input.is_empty().then_some(Content::Split {
                bytes: usize::try_from(bytes).ok()?,
                checksum,
            })
        }
        _ => None,
    }
}
