//! Building index entries from the log.

use super::IndexError;
use super::keys::Keys;
use super::postings::Postings;
use super::tail::{Point, Tail};
use crate::log::{LogFiles, LogReader};

/// How much of the log is read at once.
const WINDOW: usize = 1 << 20;

/// Reads the log from the tail's end to `end` into the tail, and calls `grown` after each commit.
pub(super) fn replay(
    files: &LogFiles,
    keys: &Keys,
    tail: &mut Tail,
    end: Point,
    mut grown: impl FnMut(&mut Tail) -> Result<(), IndexError>,
) -> Result<(), IndexError> {
    let mut reader = LogReader::new(files, end.address);
    let mut types = Vec::new();
    while tail.end().position < end.position {
        let Point { position, address } = tail.end();
        let frame = reader.frame(address, position + 1, WINDOW)?;
        let (postings, versions) = Postings::of_frame(keys, frame, &mut types)?;
        tail.add(frame.header, &postings, &versions);
        grown(tail)?;
    }
    Ok(())
}
