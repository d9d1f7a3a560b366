//! Reading the log as a whole.

use std::cell::Cell;

use eventsourcing::{Filter, LogPage, Position, RecordedEvent};

use super::decode::Loan;
use super::{PAGE_BYTES, WINDOW};
use crate::error::LookupError;
use crate::index::{EngineError, Entry, Index, Way};
use crate::log::{Frame, LogReader};
use crate::store::shared::Shared;

/// A page ends once this much of the log was looked through for it, so that a reader comes up for air.
pub(super) const EXAMINED_BYTES: usize = 16 << 20;
/// Bytes read at once for each event that is asked for.
const BYTES_PER_EVENT: usize = 512;
/// Least bytes read at once when looking here and there.
pub(super) const GLANCE: usize = 4 << 10;

/// Events that are this near to the end of what is wanted are looked through one by one.
const NEAR: u64 = 256;

/// The first and the last position that a filter's times and positions leave, of `first..=last`.
pub(super) fn narrowed(
    index: &Index,
    filter: &Filter,
    mut first: u64,
    mut last: u64,
) -> Result<(u64, u64), LookupError> {
    if let Some(from) = filter.position_from() {
        first = first.max(from.get());
    }
    if let Some(until) = filter.position_until() {
        last = last.min(until.get());
    }
    if let Some(from) = filter.recorded_from() {
        first = first.max(index.first_recorded_from(from)?);
    }
    if let Some(until) = filter.recorded_until() {
        last = last.min(index.last_recorded_until(until)?.unwrap_or(last));
    }
    Ok((first, last))
}

/// Whether the lists are worth a look for what lies at `first..=last`.
pub(super) fn is_worth_lists(filter: &Filter, first: u64, last: u64) -> bool {
    filter.commit_id().is_some() || last.saturating_sub(first) >= NEAR
}

/// Reads a page of the log behind `after`, which is not beyond its end.
pub(in crate::store) fn all(
    shared: &Shared,
    after: Position,
    filter: &Filter,
    limit: usize,
) -> Result<LogPage, LookupError> {
    let end = shared.index.end();
    let (first, last) = narrowed(&shared.index, filter, after.get() + 1, end.position)?;
    let mut page = Page {
        shared,
        decoder: shared.pool.decoder(),
        filter,
        matches_all: filter.is_all(),
        limit,
        events: Vec::with_capacity(limit.min(1024)),
        bytes: 0,
        examined: 0,
        next: first,
        last,
    };
    let mut reader = LogReader::new(&shared.files, end.address);
    let complete = page.fill(&mut reader)?;
    let next = if complete {
        end.position
    } else {
        page.next - 1
    };
    Ok(LogPage {
        events: page.events,
        next: Position::new(next),
        head: Position::new(end.position),
    })
}

/// A frame that the index leads to for a commit must be that commit's.
pub(super) fn check_commit(filter: &Filter, frame: Frame<'_>) -> Result<(), LookupError> {
    let wanted = filter.commit_id();
    if wanted.is_some_and(|id| id != frame.header.commit_id) {
        return Err(EngineError::Row("a commit id leads to another commit").into());
    }
    Ok(())
}

struct Page<'a> {
    shared: &'a Shared,
    decoder: Loan<'a>,
    filter: &'a Filter,
    matches_all: bool,
    limit: usize,
    events: Vec<RecordedEvent>,
    bytes: usize,
    examined: usize,
    /// The first position not yet looked at.
    next: u64,
    /// Nothing behind it can match.
    last: u64,
}

impl Page<'_> {
    /// Fills the page; `true` if there is nothing more to find up to the log's end.
    fn fill(&mut self, reader: &mut LogReader<'_>) -> Result<bool, LookupError> {
        if self.next > self.last {
            return Ok(true);
        }
        let index = &self.shared.index;
        if !is_worth_lists(self.filter, self.next, self.last) {
            return self.scan(reader);
        }
        let Some(mut candidates) = index.candidates(self.filter, Way::Up(self.next - 1))? else {
            return self.scan(reader);
        };
        while !self.is_full() {
            let Some(entry) = candidates.seek(index.engine(), self.next)? else {
                self.next = self.next.max(candidates.known().end() + 1);
                return Ok(self.next > self.last);
            };
            if entry.position > self.last {
                return Ok(true);
            }
            self.next = entry.position;
            let frame = reader.frame(entry.address, entry.position, GLANCE)?;
            check_commit(self.filter, frame)?;
            self.examine(frame)?;
        }
        Ok(self.next > self.last)
    }

    /// Looks through everything from `next` on.
    fn scan(&mut self, reader: &mut LogReader<'_>) -> Result<bool, LookupError> {
        let ahead = (self.limit.saturating_mul(BYTES_PER_EVENT)).clamp(GLANCE, WINDOW);
        let mut at = match self.shared.pool.bookmark(self.next) {
            Some(address) => Entry {
                position: self.next,
                address,
            },
            None => self.shared.index.mark_before(self.next)?,
        };
        while !self.is_full() {
            let frame = reader.frame(at.address, at.position, ahead)?;
            if frame.header.last() >= self.next {
                self.examine(frame)?;
            }
            if self.next <= frame.header.last() {
                // The page is full in the middle of a commit.
                break;
            }
            at = Entry {
                position: frame.header.last() + 1,
                address: frame.header.end(),
            };
            if self.next > self.last {
                break;
            }
        }
        // The reader's next page begins where this one ends.
        self.shared.pool.set_bookmark(self.next, at.address);
        Ok(self.next > self.last)
    }

    /// Takes the matching events of a frame from `next` on.
    fn examine(&mut self, frame: Frame<'_>) -> Result<(), LookupError> {
        let header = frame.header;
        let (from, room) = (self.next, self.limit - self.events.len());
        let (events, bytes) = (&mut self.events, &mut self.bytes);
        let (filter, matches_all) = (self.filter, self.matches_all);
        let mut taken = 0;
        let full_at = Cell::new(None);
        self.decoder.decode(
            frame,
            events,
            |raw| full_at.get().is_none() && raw.position(header) >= from,
            |event| {
                let matches = matches_all || filter.matches(event);
                if matches {
                    taken += 1;
                    *bytes += event.payload.len();
                    if taken == room || *bytes >= PAGE_BYTES {
                        full_at.set(Some(event.position.get()));
                    }
                }
                matches
            },
        )?;
        self.examined += header.len;
        self.next = full_at.get().unwrap_or(header.last()) + 1;
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.events.len() >= self.limit
            || self.bytes >= PAGE_BYTES
            || self.examined >= EXAMINED_BYTES
    }
}
