//! Reading the log backwards.

use eventsourcing::{Filter, LogPage, Position, RecordedEvent};

use super::PAGE_BYTES;
use super::decode::Loan;
use super::log::{EXAMINED_BYTES, GLANCE, check_commit, is_worth_lists, narrowed};
use crate::error::LookupError;
use crate::index::{Entry, Way};
use crate::log::LogReader;
use crate::store::shared::Shared;

/// Read at once when looking through the log: what lies between two marks, mostly.
const STRETCH: usize = 80 << 10;

/// Reads a page of the log before `before`, newest first.
pub(in crate::store) fn back(
    shared: &Shared,
    before: Position,
    filter: &Filter,
    limit: usize,
) -> Result<LogPage, LookupError> {
    let end = shared.index.end();
    let last = end.position.min(before.get().saturating_sub(1));
    let (first, last) = narrowed(&shared.index, filter, 1, last)?;
    let mut page = Page {
        shared,
        decoder: shared.pool.decoder(),
        filter,
        limit,
        events: Vec::with_capacity(limit.min(1024)),
        bytes: 0,
        examined: 0,
        next: last + 1,
        first,
    };
    let mut reader = LogReader::new(&shared.files, end.address);
    page.fill(&mut reader)?;
    let next = if page.next <= page.first {
        0
    } else {
        page.next
    };
    Ok(LogPage {
        events: page.events,
        next: Position::new(next),
        head: Position::new(end.position),
    })
}

struct Page<'a> {
    shared: &'a Shared,
    decoder: Loan<'a>,
    filter: &'a Filter,
    limit: usize,
    events: Vec<RecordedEvent>,
    bytes: usize,
    examined: usize,
    /// Everything from here on has been looked at.
    next: u64,
    /// Nothing before it can match.
    first: u64,
}

impl Page<'_> {
    fn fill(&mut self, reader: &mut LogReader<'_>) -> Result<(), LookupError> {
        let index = &self.shared.index;
        let mut candidates = if is_worth_lists(self.filter, self.first, self.next - 1) {
            index.candidates(self.filter, Way::Down(self.next))?
        } else {
            None
        };
        while !self.is_full() && self.next > self.first {
            let Some(candidates) = &mut candidates else {
                let mark = index.mark_before(self.next - 1)?;
                self.take(reader, mark, STRETCH)?;
                continue;
            };
            let Some(entry) = candidates.seek_back(index.engine(), self.next - 1)? else {
                self.next = self.next.min(*candidates.known().start());
                return Ok(());
            };
            if entry.position < self.first {
                self.next = self.first;
                return Ok(());
            }
            self.next = entry.position + 1;
            let frame = reader.frame(entry.address, entry.position, GLANCE)?;
            check_commit(self.filter, frame)?;
            let start = Entry {
                position: frame.header.first,
                ..entry
            };
            self.take(reader, start, GLANCE)?;
        }
        Ok(())
    }

    /// Takes what matches from the frame at `start` up to `next`, which it moves there.
    fn take(
        &mut self,
        reader: &mut LogReader<'_>,
        start: Entry,
        ahead: usize,
    ) -> Result<(), LookupError> {
        let (from, before) = (start.position.max(self.first), self.next);
        let (filter, mut found, mut at) = (self.filter, Vec::new(), start);
        while at.position < before {
            let frame = reader.frame(at.address, at.position, ahead)?;
            let header = frame.header;
            self.decoder.decode(
                frame,
                &mut found,
                |raw| (from..before).contains(&raw.position(header)),
                |event| filter.matches(event),
            )?;
            self.examined += header.len;
            at = Entry {
                position: header.last() + 1,
                address: header.end(),
            };
        }
        self.next = from;
        for event in found.into_iter().rev() {
            let position = event.position.get();
            self.bytes += event.payload.len();
            self.events.push(event);
            if self.has_enough() {
                // The rest is for the next page.
                self.next = position;
                break;
            }
        }
        Ok(())
    }

    fn has_enough(&self) -> bool {
        self.events.len() >= self.limit || self.bytes >= PAGE_BYTES
    }

    fn is_full(&self) -> bool {
        self.has_enough() || self.examined >= EXAMINED_BYTES
    }
}
