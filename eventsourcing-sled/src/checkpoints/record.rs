//! Records of the file: one checkpoint or lease each, with a checksum.

use eventsourcing::{Checkpoint, Lease, Position, Timestamp};

use crate::log::{Input, put_slice, put_varint, to_usize};

/// A record is no longer than this: two texts of 1000 bytes and some numbers.
pub(super) const MAX_RECORD: usize = 2048;
/// Records begin at multiples of this.
pub(super) const ALIGN: usize = 8;
/// Checksum, length, number.
const HEADER: usize = 16;

const CHECKPOINT: u8 = 1;
const LEASE: u8 = 2;

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Checkpoint(String, Checkpoint),
    Lease(Lease),
}

/// A whole record that was found in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// How many changes the file holds up to this one.
    pub(super) number: u64,
    pub(super) entry: Entry,
    /// Its length in bytes.
    pub(super) len: usize,
}

impl Entry {
    /// The record that says it.
    pub(super) fn encode(&self, number: u64) -> Vec<u8> {
        let mut record = vec![0; HEADER];
        record[8..16].copy_from_slice(&number.to_le_bytes());
        match self {
            Self::Checkpoint(name, Checkpoint { position, epoch }) => {
                record.push(CHECKPOINT);
                put_slice(&mut record, name.as_bytes());
                put_varint(&mut record, position.get());
                put_varint(&mut record, *epoch);
            }
            Self::Lease(lease) => {
                record.push(LEASE);
                put_slice(&mut record, lease.name.as_bytes());
                put_varint(&mut record, lease.epoch);
                record.extend_from_slice(&lease.expires_at.as_micros().to_le_bytes());
                put_slice(&mut record, lease.holder.as_bytes());
            }
        }
        record.resize(record.len().next_multiple_of(ALIGN), 0);
        // Names are limited, so it is short.
        let len = u32::try_from(record.len()).unwrap_or(u32::MAX);
        record[4..8].copy_from_slice(&len.to_le_bytes());
        let checksum = crc32c::crc32c(&record[4..]);
        record[..4].copy_from_slice(&checksum.to_le_bytes());
        record
    }

    pub(super) fn decode(input: &mut Input<'_>) -> Option<Self> {
        match input.byte()? {
            CHECKPOINT => {
                let name = input.text()?.to_owned();
                let position = Position::new(input.varint()?);
                let epoch = input.varint()?;
                Some(Self::Checkpoint(name, Checkpoint { position, epoch }))
            }
            LEASE => Some(Self::Lease(Lease {
                name: input.text()?.to_owned(),
                epoch: input.varint()?,
                expires_at: Timestamp::from_micros(i64::from_le_bytes(input.array()?)),
                holder: input.text()?.to_owned(),
            })),
            _ => None,
        }
    }
}

impl Record {
    /// The record that these bytes begin with, if it is whole.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut input = Input::new(bytes);
        let checksum = u32::from_le_bytes(input.array()?);
        let len = to_usize(u64::from(u32::from_le_bytes(input.array()?)));
        let fits = (HEADER..=MAX_RECORD).contains(&len) && len.is_multiple_of(ALIGN);
        let record = bytes.get(..len).filter(|_| fits)?;
        if crc32c::crc32c(&record[4..]) != checksum {
            return None;
        }
        let mut input = Input::at(record, 8);
        Some(Self {
            number: u64::from_le_bytes(input.array()?),
            entry: Entry::decode(&mut input)?,
            len,
        })
    }
}
