//! The store's log frames, encoded and parsed by hand after `eventsourcing-sled/FORMAT.md`, so that a floor handles the
//! same bytes. It does the checksum, the header and the events; it does not know metadata or tags, which no workload
//! writes, nor check what the header says of places.

use crate::Failure;

/// Length of a frame's header.
pub(crate) const HEADER: usize = 64;
const MAGIC: [u8; 4] = *b"ESCF";
const CHECKED_FROM: usize = 8;
const ALIGN: usize = 8;

/// An event in a frame.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    pub(crate) stream: &'a str,
    pub(crate) name: &'a str,
    pub(crate) version: u16,
    pub(crate) payload: &'a [u8],
}

/// Length of the frame that begins here; `None` if there is none.
pub(crate) fn len(bytes: &[u8]) -> Option<usize> {
    let is_frame = bytes.len() >= HEADER && bytes[..4] == MAGIC;
    is_frame.then(|| u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize)
}

/// Checks a frame and hands its events to `each`.
#[inline]
pub(crate) fn parse<'a>(
    frame: &'a [u8],
    mut each: impl FnMut(Event<'a>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let checksum = u32::from_le_bytes(frame[4..8].try_into()?);
    if frame[..4] != MAGIC || crc32c::crc32c(&frame[CHECKED_FROM..]) != checksum {
        return Err("a damaged frame".into());
    }
    let count = u32::from_le_bytes(frame[12..16].try_into()?);
    let parts = usize::from(u16::from_le_bytes(frame[60..62].try_into()?));
    let mut input = Input {
        bytes: frame,
        at: HEADER + 8 * parts,
    };
    let mut types: [(&str, u16); 4] = [("", 0); 4];
    let (mut known, mut left, mut stream) = (0, 0, "");
    for _ in 0..count {
        if left == 0 {
            left = input.varint()?;
            stream = input.text()?;
        }
        left -= 1;
        let number = match input.varint()? {
            0 => {
                let name = input.text()?;
                let version = u16::try_from(input.varint()?)?;
                input.take(1)?; // the format
                types[known] = (name, version);
                known += 1;
                known
            }
            number => number,
        };
        let (name, version) = types[number - 1];
        if input.varint()? != 0 {
            return Err("an event with tags".into());
        }
        let len = input.varint()?;
        each(Event {
            stream,
            name,
            version,
            payload: input.take(len)?,
        })?;
    }
    Ok(())
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    #[inline]
    fn take(&mut self, len: usize) -> Result<&'a [u8], Failure> {
        let taken = self
            .bytes
            .get(self.at..self.at + len)
            .ok_or("a frame that ends early")?;
        self.at += len;
        Ok(taken)
    }

    #[inline]
    fn varint(&mut self) -> Result<usize, Failure> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.take(1)?[0];
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    #[inline]
    fn text(&mut self) -> Result<&'a str, Failure> {
        let len = self.varint()?;
        Ok(std::str::from_utf8(self.take(len)?)?)
    }
}

/// Appends a frame with one event to `out`. What the store would fill into the header (places, times, ids) is zero.
pub(crate) fn encode(out: &mut Vec<u8>, stream: &str, name: &str, version: u16, payload: &[u8]) {
    let start = out.len();
    out.resize(start + HEADER + 8, 0);
    put_varint(out, 1);
    put_slice(out, stream.as_bytes());
    put_varint(out, 0);
    put_slice(out, name.as_bytes());
    put_varint(out, usize::from(version));
    out.push(1); // JSON
    put_varint(out, 0);
    put_slice(out, payload);
    let len = (out.len() - start).next_multiple_of(ALIGN);
    out.resize(start + len, 0);
    let frame = &mut out[start..];
    let length = u32::try_from(len).unwrap_or(u32::MAX); // a kilobyte at most
    frame[8..12].copy_from_slice(&length.to_le_bytes());
    frame[12..16].copy_from_slice(&1_u32.to_le_bytes());
    frame[60..62].copy_from_slice(&1_u16.to_le_bytes());
    let checksum = crc32c::crc32c(&frame[CHECKED_FROM..]);
    frame[..4].copy_from_slice(&MAGIC);
    frame[4..8].copy_from_slice(&checksum.to_le_bytes());
}

fn put_varint(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

fn put_slice(out: &mut Vec<u8>, slice: &[u8]) {
    put_varint(out, slice.len());
    out.extend_from_slice(slice);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_round_trip() {
        let mut bytes = Vec::new();
        encode(&mut bytes, "account-1", "account.deposited", 1, b"{}");
        assert_eq!(len(&bytes), Some(bytes.len()));
        let mut seen = Vec::new();
        let each = |event: Event<'_>| {
            seen.push((
                event.stream.to_owned(),
                event.name.to_owned(),
                event.version,
                event.payload.to_vec(),
            ));
            Ok(())
        };
        parse(&bytes, each).expect("a frame");
        assert_eq!(
            seen,
            [(
                "account-1".into(),
                "account.deposited".into(),
                1,
                b"{}".to_vec()
            )]
        );
    }
}
