//! Keys of any length: texts and bytes.
//!
//! They end with two zero bytes, and a zero byte within is followed by 255. So the shorter comes first, and what follows
//! in a tuple counts only between equals.

use super::Key;
use crate::stream_id::StreamId;

const END: [u8; 2] = [0, 0];
const ZERO: [u8; 2] = [0, 0xff];

fn encode(text: &[u8], bytes: &mut Vec<u8>) {
    bytes.reserve(text.len() + END.len());
    for (number, part) in text.split(|byte| *byte == 0).enumerate() {
        if number > 0 {
            bytes.extend_from_slice(&ZERO);
        }
        bytes.extend_from_slice(part);
    }
    bytes.extend_from_slice(&END);
}

fn decode(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        let zero = bytes.iter().position(|byte| *byte == 0)?;
        text.extend_from_slice(&bytes[..zero]);
        let (mark, rest) = bytes[zero..].split_first_chunk()?;
        *bytes = rest;
        match *mark {
            END => return Some(text),
            ZERO => text.push(0),
            _ => return None,
        }
    }
}

impl Key for String {
    fn kind() -> String {
        "string".into()
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        encode(self.as_bytes(), bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        Self::from_utf8(decode(bytes)?).ok()
    }
}

impl Key for Vec<u8> {
    fn kind() -> String {
        "bytes".into()
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        encode(self, bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        decode(bytes)
    }
}

impl Key for StreamId {
    fn kind() -> String {
        String::kind()
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        encode(self.as_str().as_bytes(), bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        String::decode(bytes)?.parse().ok()
    }
}
