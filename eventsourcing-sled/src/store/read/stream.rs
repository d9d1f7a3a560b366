//! Reading one stream.

use eventsourcing::{Direction, RecordedEvent, StreamId, StreamPage, StreamRange, Version};

use super::decode::Loan;
use super::{PAGE_BYTES, WINDOW};
use crate::error::LookupError;
use crate::index::{EngineError, Entry};
use crate::log::{LogReader, to_usize};
use crate::store::shared::Shared;

/// Frames no further apart than this are read together: reading over the gap costs less than another read.
const GAP: u64 = 8 << 10;
/// What is read of a frame whose length is not known yet.
const GUESS: usize = 1 << 10;
/// Most events in a page, whatever the limit.
const PAGE_EVENTS: u64 = 16 << 10;

/// Reads a page of a stream.
pub(in crate::store) fn stream(
    shared: &Shared,
    stream: &StreamId,
    range: StreamRange,
) -> Result<StreamPage, LookupError> {
    let key = shared.index.keys().stream(stream.as_str());
    let head = shared
        .index
        .stream_head(&key)?
        .map_or(0, |(version, _)| version);
    let from = range.from.get().max(1);
    let to = range.to.get().min(head);
    let empty = StreamPage {
        events: Vec::new(),
        head: Version::new(head),
        next: None,
    };
    if from > to {
        return Ok(empty);
    }
    let wanted = (range.limit as u64).min(PAGE_EVENTS).min(to - from + 1);
    let (from, to) = match range.direction {
        Direction::Forward => (from, from + wanted - 1),
        Direction::Backward => (to - wanted + 1, to),
    };
    let entries = shared.index.stream_entries(&key, from, to)?;
    if entries.len() as u64 != wanted {
        return Err(EngineError::Row("a stream's list has a hole").into());
    }
    let mut pages = Pages {
        reader: LogReader::new(&shared.files, shared.index.end().address),
        decoder: shared.pool.decoder(),
        stream,
        events: Vec::with_capacity(entries.len()),
        bytes: 0,
    };
    match range.direction {
        Direction::Forward => pages.forward(&entries, from)?,
        Direction::Backward => pages.backward(&entries, from)?,
    }
    let events = pages.events;
    let next = events
        .last()
        .and_then(|last| range.rest_after(last.version, empty.head));
    Ok(StreamPage {
        events,
        next,
        ..empty
    })
}

struct Pages<'a> {
    reader: LogReader<'a>,
    decoder: Loan<'a>,
    stream: &'a StreamId,
    events: Vec<RecordedEvent>,
    bytes: usize,
}

impl Pages<'_> {
    /// Reads the versions from `first` on that these entries lead to, until the page is full.
    fn forward(&mut self, entries: &[Entry], first: u64) -> Result<(), LookupError> {
        let (mut done, mut run_end) = (0, 0);
        while done < entries.len() && self.bytes < PAGE_BYTES {
            let entry = entries[done];
            if done >= run_end {
                run_end = done + run(&entries[done..]);
            }
            let ahead = to_usize(entries[run_end - 1].address - entry.address) + GUESS;
            let in_frame = entries[done..]
                .iter()
                .take_while(|e| e.address == entry.address)
                .count();
            self.frame(entry, first + done as u64, in_frame, ahead)?;
            done += in_frame;
        }
        Ok(())
    }

    /// The same from the end: run by run, each read forward and turned round.
    fn backward(&mut self, entries: &[Entry], first: u64) -> Result<(), LookupError> {
        let mut left = entries;
        while let Some(last) = left.last()
            && self.bytes < PAGE_BYTES
        {
            let start = left.partition_point(|e| e.address + (WINDOW as u64 / 4) < last.address);
            // All of a frame, should the run begin within one.
            let begin = left[start].address;
            let start = left.partition_point(|e| e.address < begin);
            let before = self.events.len();
            let bytes = std::mem::take(&mut self.bytes);
            self.forward_all(&left[start..], first + start as u64)?;
            self.bytes += bytes;
            self.events[before..].reverse();
            left = &left[..start];
        }
        Ok(())
    }

    fn forward_all(&mut self, entries: &[Entry], first: u64) -> Result<(), LookupError> {
        let mut done = 0;
        while done < entries.len() {
            let before = self.events.len();
            let bytes = std::mem::take(&mut self.bytes);
            self.forward(&entries[done..], first + done as u64)?;
            self.bytes += bytes;
            done += self.events.len() - before;
        }
        Ok(())
    }

    /// Reads `count` versions from `version` on out of one frame.
    fn frame(
        &mut self,
        entry: Entry,
        version: u64,
        count: usize,
        ahead: usize,
    ) -> Result<(), LookupError> {
        let frame = self.reader.frame(entry.address, entry.position, ahead)?;
        let versions = version..version + count as u64;
        let name = self.stream.as_str().as_bytes();
        let before = self.events.len();
        let (events, bytes) = (&mut self.events, &mut self.bytes);
        self.decoder.decode(
            frame,
            events,
            |raw| versions.contains(&raw.version) && raw.stream == name,
            |event| {
                *bytes += event.payload.len();
                true
            },
        )?;
        let right =
            events.len() - before == count && events[before].position.get() == entry.position;
        if right {
            Ok(())
        } else {
            Err(EngineError::Row("a stream's list leads to other events").into())
        }
    }
}

/// How many of these entries are worth one read together; at least one.
fn run(entries: &[Entry]) -> usize {
    let first = entries[0].address;
    let close = |pair: &[Entry]| {
        pair[1].address - pair[0].address <= GAP && pair[1].address - first <= WINDOW as u64
    };
    1 + entries.windows(2).take_while(|pair| close(pair)).count()
}
