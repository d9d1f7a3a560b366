//! Reading one stream.

use std::cell::Cell;
use std::ops::ControlFlow;

use eventsourcing::{
    Direction, RecordedEvent, StreamId, StreamPage, StreamRange, StreamRest, Version, Visitor,
};

use super::decode::{Loan, Scratch};
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

/// Where a page of a stream lies.
struct Plan {
    entries: Vec<Entry>,
    /// Version of the first entry.
    first: u64,
    head: Version,
}

impl Plan {
    fn of(shared: &Shared, stream: &StreamId, range: StreamRange) -> Result<Self, LookupError> {
        let key = shared.index.keys().stream(stream.as_str());
        let (head, known_from, known) = shared.index.stream_end(&key)?.unwrap_or_default();
        let from = range.from.get().max(1);
        let to = range.to.get().min(head);
        let mut plan = Self {
            entries: Vec::new(),
            first: from,
            head: Version::new(head),
        };
        if from > to {
            return Ok(plan);
        }
        let wanted = (range.limit as u64).min(PAGE_EVENTS).min(to - from + 1);
        let (from, to) = match range.direction {
            Direction::Forward => (from, from + wanted - 1),
            Direction::Backward => (to - wanted + 1, to),
        };
        plan.first = from;
        plan.entries = if known_from <= from && !known.is_empty() {
            let (skip, take) = (to_usize(from - known_from), to_usize(to - from + 1));
            known.into_iter().skip(skip).take(take).collect()
        } else {
            shared.index.stream_entries(&key, from, to)?
        };
        if plan.entries.len() as u64 != wanted {
            return Err(EngineError::Row("a stream's list has a hole").into());
        }
        if !plan.entries.is_sorted_by(in_log_order) {
            return Err(EngineError::Row("a stream's list is out of order").into());
        }
        Ok(plan)
    }
}

fn in_log_order(a: &Entry, b: &Entry) -> bool {
    a.position < b.position && a.address <= b.address
}

/// Reads a page of a stream.
pub(in crate::store) fn stream(
    shared: &Shared,
    stream: &StreamId,
    range: StreamRange,
) -> Result<StreamPage, LookupError> {
    let plan = Plan::of(shared, stream, range)?;
    let mut pages = Pages {
        reader: LogReader::new(&shared.files, shared.index.end().address),
        decoder: shared.pool.decoder(),
        stream,
        events: Vec::with_capacity(plan.entries.len()),
        bytes: 0,
        most_bytes: PAGE_BYTES,
    };
    match range.direction {
        Direction::Forward => pages.forward(&plan.entries, plan.first)?,
        Direction::Backward => pages.backward(&plan.entries, plan.first)?,
    }
    let events = pages.events;
    let next = events
        .last()
        .and_then(|last| range.rest_after(last.version, plan.head));
    Ok(StreamPage {
        events,
        next,
        head: plan.head,
    })
}

/// Shows a page of a stream, oldest first, without copying an event out. `range` loses what was shown, so that doing it
/// again after an error shows nothing twice.
pub(in crate::store) fn visit(
    shared: &Shared,
    stream: &StreamId,
    range: &mut StreamRange,
    each: &mut Visitor<'_>,
) -> Result<StreamRest, LookupError> {
    let plan = Plan::of(shared, stream, *range)?;
    let mut reader = LogReader::new(&shared.files, shared.index.end().address);
    let mut decoder = shared.pool.decoder();
    let (mut scratch, mut bytes, mut reads) = (Scratch::default(), 0, Reads::default());
    let (mut broken_off, mut last) = (false, Version::EMPTY);
    while reads.done < plan.entries.len() && bytes < PAGE_BYTES && !broken_off {
        let (entry, count, ahead) = reads.next(&plan.entries);
        let version = plan.first + reads.done as u64;
        let versions = version..version + count as u64;
        let frame = reader.frame(entry.address, entry.position, ahead)?;
        let mut shown = 0;
        let flow = decoder.visit(frame, stream, versions, &mut scratch, |event| {
            shown += 1;
            bytes += event.payload.len();
            (last, range.from) = (event.version, event.version.next());
            broken_off = each(event).is_break();
            if broken_off || bytes >= PAGE_BYTES {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        if flow.is_continue() && shown != count {
            return Err(leads_elsewhere());
        }
        reads.done += count;
    }
    if broken_off {
        // What the page holds does not depend on how much of it was looked at.
        last = Version::new(plan.first + plan.entries.len() as u64 - 1);
    }
    let next = (last > Version::EMPTY)
        .then(|| range.rest_after(last, plan.head))
        .flatten();
    Ok(StreamRest {
        head: plan.head,
        next,
    })
}

/// Which entries are read together.
#[derive(Default)]
struct Reads {
    done: usize,
    run_end: usize,
}

impl Reads {
    /// The next frame's first entry, how many entries it holds, and how much to read from there.
    fn next(&mut self, entries: &[Entry]) -> (Entry, usize, usize) {
        let (entry, left) = (entries[self.done], &entries[self.done..]);
        if self.done >= self.run_end {
            self.run_end = self.done + run(left);
        }
        let ahead = to_usize(entries[self.run_end - 1].address - entry.address) + GUESS;
        let same = |e: &&Entry| e.address == entry.address;
        (entry, left.iter().take_while(same).count(), ahead)
    }
}

fn leads_elsewhere() -> LookupError {
    EngineError::Row("a stream's list leads to other events").into()
}

struct Pages<'a> {
    reader: LogReader<'a>,
    decoder: Loan<'a>,
    stream: &'a StreamId,
    events: Vec<RecordedEvent>,
    bytes: usize,
    /// With so many bytes or more there is no room for another event.
    most_bytes: usize,
}

impl Pages<'_> {
    /// Reads the versions from `first` on that these entries lead to, until the page is full.
    fn forward(&mut self, entries: &[Entry], first: u64) -> Result<(), LookupError> {
        let mut reads = Reads::default();
        while reads.done < entries.len() && self.bytes < self.most_bytes {
            let (entry, count, ahead) = reads.next(entries);
            self.frame(entry, first + reads.done as u64, count, ahead)?;
            reads.done += count;
        }
        Ok(())
    }

    /// The same from the end: run by run, each read forward and turned round.
    fn backward(&mut self, entries: &[Entry], first: u64) -> Result<(), LookupError> {
        let (mut left, mut bytes) = (entries, 0);
        // The last events of a run are wanted first, so there is no telling from its beginning which fit.
        self.most_bytes = usize::MAX;
        while let Some(last) = left.last()
            && bytes < PAGE_BYTES
        {
            let start = left.partition_point(|e| e.address + (WINDOW as u64 / 4) < last.address);
            // All of a frame, should the run begin within one.
            let begin = left[start].address;
            let start = left.partition_point(|e| e.address < begin);
            let before = self.events.len();
            self.forward(&left[start..], first + start as u64)?;
            let run = &mut self.events[before..];
            run.reverse();
            let fits = |event: &&RecordedEvent| {
                let fits = bytes < PAGE_BYTES;
                bytes += event.payload.len();
                fits
            };
            let count = run.iter().take_while(fits).count();
            self.events.truncate(before + count);
            left = &left[..start];
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
        let (events, bytes, most) = (&mut self.events, Cell::new(self.bytes), self.most_bytes);
        self.decoder.decode(
            frame,
            events,
            |raw| bytes.get() < most && versions.contains(&raw.version) && raw.stream == name,
            |event| {
                bytes.set(bytes.get() + event.payload.len());
                true
            },
        )?;
        self.bytes = bytes.get();
        let (found, first) = (events.len() - before, events.get(before));
        let complete = found == count || self.bytes >= most;
        if complete && first.is_some_and(|first| first.position.get() == entry.position) {
            Ok(())
        } else {
            Err(leads_elsewhere())
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
