//! The log's part in the bodies of the fuzz targets: what only the log sees.

use super::frame::{HEADER_LEN, MAGIC};
use super::segment::SegmentHeader;

/// Makes a whole frame of bytes: right beginning, length and checksum. Returns the address that it says it has; `None`
/// if the bytes are too short.
pub(crate) fn seal(bytes: &mut [u8]) -> Option<u64> {
    let len = u32::try_from(bytes.len()).ok()?;
    let address = u64::from_le_bytes(*bytes.get(16..HEADER_LEN)?.first_chunk()?);
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&len.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[8..]);
    bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
    Some(address)
}

/// The header of a segment, as it is and with a right checksum.
pub(crate) fn decode_segment_header_again(bytes: &[u8; 64]) {
    let mut sealed = *bytes;
    let checksum = crc32c::crc32c(&sealed[16..]);
    sealed[..8].copy_from_slice(b"ESLOGSEG");
    sealed[8..12].copy_from_slice(&1_u32.to_le_bytes());
    sealed[12..16].copy_from_slice(&checksum.to_le_bytes());
    for bytes in [bytes, &sealed] {
        if let Some(header) = SegmentHeader::decode(bytes) {
            assert_eq!(SegmentHeader::decode(&header.encode()), Some(header));
        }
    }
    assert!(SegmentHeader::decode(&sealed).is_some());
}
