//! The log in memory: a list of events, and where each stream's and commit's events are in it.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use crate::envelope::RecordedEvent;
use crate::error::AppendError;
use crate::ids::CommitId;
use crate::store::{
    AppendCondition, Commit, Committed, Direction, Filter, HeldType, HeldTypes, LogPage, Receipt,
    StreamHead, StreamPage, StreamRange, StreamRest, Visitor,
};
use crate::stream_id::StreamId;
use crate::time::Timestamp;
use crate::version::{Position, Version};

/// Position `p` is at index `p - 1`.
#[derive(Debug, Default)]
pub(super) struct Log {
    events: Vec<RecordedEvent>,
    streams: HashMap<StreamId, Vec<usize>>,
    commits: HashMap<CommitId, Range<usize>>,
}

impl Log {
    pub(super) fn head(&self) -> Position {
        Position::new(self.events.len() as u64)
    }

    pub(super) fn event_types(&self) -> Vec<HeldType> {
        let mut types = HeldTypes::default();
        self.events.iter().for_each(|event| types.add(event));
        types.list()
    }

    /// Decides everything first and writes last, so that an error leaves nothing behind.
    pub(super) fn append(
        &mut self,
        commit: Commit,
        now: Timestamp,
    ) -> Result<Committed, AppendError> {
        if let Some(range) = self.commits.get(&commit.commit_id) {
            let recorded = &self.events[range.clone()];
            if commit.is_recorded_as(recorded) {
                return Ok(Committed {
                    duplicate: true,
                    ..Self::committed(recorded)
                });
            }
            let position = recorded[0].position;
            return Err(AppendError::CommitIdReused {
                commit_id: commit.commit_id,
                position,
            });
        }
        for part in &commit.streams {
            let actual = self.version(&part.stream);
            if !part.expected.accepts(actual) {
                let (stream, expected) = (part.stream.clone(), part.expected);
                return Err(AppendError::Conflict {
                    stream,
                    expected,
                    actual,
                });
            }
        }
        if let Some(condition) = &commit.condition {
            self.check(condition)?;
        }
        // The clock may step back; recorded times must not.
        let recorded_at = self
            .events
            .last()
            .map_or(now, |last| last.recorded_at.max(now));
        Ok(self.write(commit, recorded_at))
    }

    fn check(&self, condition: &AppendCondition) -> Result<(), AppendError> {
        if condition.after > self.head() {
            let (after, head) = (condition.after, self.head());
            let reason = format!(
                "the condition's position {after} is beyond the end of the log, which is at {head}"
            );
            return Err(AppendError::InvalidInput { reason });
        }
        match self
            .after(condition.after)
            .iter()
            .find(|e| condition.none_of.iter().any(|f| f.matches(e)))
        {
            Some(event) => Err(AppendError::ConditionFailed {
                position: event.position,
            }),
            None => Ok(()),
        }
    }

    fn write(&mut self, commit: Commit, recorded_at: Timestamp) -> Committed {
        let first = self.events.len();
        let commit_len = u32::try_from(commit.event_count()).unwrap_or(u32::MAX); // limited by `validate`
        let metadata = Arc::new(commit.metadata);
        for part in commit.streams {
            let indices = self.streams.entry(part.stream.clone()).or_default();
            for event in part.events {
                let index = self.events.len();
                indices.push(index);
                self.events.push(RecordedEvent {
                    position: Position::new(index as u64 + 1),
                    stream: part.stream.clone(),
                    version: Version::new(indices.len() as u64),
                    commit_id: commit.commit_id,
                    commit_index: u32::try_from(index - first).unwrap_or(u32::MAX),
                    commit_len,
                    event_type: event.event_type,
                    schema_version: event.schema_version,
                    readable_by: event.readable_by,
                    format: event.format,
                    recorded_at,
                    metadata: metadata.clone(),
                    tags: event.tags,
                    payload: event.payload,
                });
            }
        }
        self.commits
            .insert(commit.commit_id, first..self.events.len());
        Self::committed(&self.events[first..])
    }

    fn committed(events: &[RecordedEvent]) -> Committed {
        let (first, last) = (&events[0], &events[events.len() - 1]);
        let receipt = Receipt {
            commit_id: first.commit_id,
            first: first.position,
            last: last.position,
            recorded_at: first.recorded_at,
        };
        let ends = events
            .iter()
            .zip(events.iter().skip(1))
            .filter(|(this, next)| this.stream != next.stream);
        let versions = ends
            .map(|(this, _)| this)
            .chain([last])
            .map(|e| (e.stream.clone(), e.version))
            .collect();
        Committed {
            receipt,
            versions,
            duplicate: false,
        }
    }

    fn version(&self, stream: &StreamId) -> Version {
        Version::new(
            self.streams
                .get(stream)
                .map_or(0, |indices| indices.len() as u64),
        )
    }

    /// Everything past a position at or before the head.
    fn after(&self, position: Position) -> &[RecordedEvent] {
        let index = usize::try_from(position.get()).unwrap_or(usize::MAX);
        self.events.get(index..).unwrap_or_default()
    }

    pub(super) fn read_stream(&self, stream: &StreamId, range: StreamRange) -> StreamPage {
        let mut events = Vec::new();
        let StreamRest { head, next } = self.visit_stream(stream, range, &mut |event| {
            events.push(event.clone());
            ControlFlow::Continue(())
        });
        StreamPage { events, head, next }
    }

    pub(super) fn visit_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
        each: &mut Visitor<'_>,
    ) -> StreamRest {
        let indices = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let head = Version::new(indices.len() as u64);
        let start = range.from.get().saturating_sub(1).min(head.get());
        let end = range.to.get().min(head.get()).max(start);
        let index = |version: u64| usize::try_from(version).unwrap_or(usize::MAX);
        let wanted = &indices[index(start)..index(end)];
        let sizes = |index: &usize| self.events[*index].payload.len();
        let count = match range.direction {
            Direction::Forward => page_len(wanted.iter().map(sizes), range.limit),
            Direction::Backward => page_len(wanted.iter().rev().map(sizes), range.limit),
        };
        let page = match range.direction {
            Direction::Forward => &wanted[..count],
            Direction::Backward => &wanted[wanted.len() - count..],
        };
        let each = |index: &usize| each(&self.events[*index]);
        let (last, _) = match range.direction {
            Direction::Forward => (page.last(), page.iter().try_for_each(each)),
            Direction::Backward => (page.first(), page.iter().rev().try_for_each(each)),
        };
        let next = last.and_then(|last| range.rest_after(self.events[*last].version, head));
        StreamRest { head, next }
    }

    pub(super) fn read_all(&self, after: Position, filter: &Filter, limit: usize) -> LogPage {
        let head = self.head();
        let candidates = self.candidates(after, Position::new(u64::MAX), filter);
        let (events, cut) = page(candidates.iter(), filter, limit);
        let next = cut.unwrap_or(head);
        LogPage { events, next, head }
    }

    pub(super) fn read_back(&self, before: Position, filter: &Filter, limit: usize) -> LogPage {
        let candidates = self.candidates(Position::START, before, filter);
        let (events, cut) = page(candidates.iter().rev(), filter, limit);
        let next = cut.filter(|last| last.get() > 1).unwrap_or_default();
        let head = self.head();
        LogPage { events, next, head }
    }

    /// The events between two positions that may match.
    fn candidates(&self, after: Position, before: Position, filter: &Filter) -> &[RecordedEvent] {
        let mut wanted = match filter.commit_id() {
            Some(id) => self.commits.get(&id).cloned().unwrap_or_default(),
            None => 0..self.events.len(),
        };
        let index = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
        wanted.start = wanted.start.max(index(after.get()));
        wanted.end = wanted.end.min(index(before.get().saturating_sub(1)));
        if let Some(from) = filter.position_from() {
            wanted.start = wanted.start.max(index(from.get().saturating_sub(1)));
        }
        if let Some(until) = filter.position_until() {
            wanted.end = wanted.end.min(index(until.get()));
        }
        self.events.get(wanted).unwrap_or_default()
    }

    pub(super) fn stream_head(&self, stream: &StreamId) -> Option<StreamHead> {
        let last = &self.events[*self.streams.get(stream)?.last()?];
        Some(StreamHead {
            version: last.version,
            position: last.position,
        })
    }
}

/// How many of the events with payloads of these sizes make a page.
fn page_len(sizes: impl Iterator<Item = usize>, limit: usize) -> usize {
    let (mut len, mut bytes) = (0, 0);
    for size in sizes.take(limit) {
        (len, bytes) = (len + 1, bytes + size);
        if bytes >= StreamRange::PAGE_BYTES {
            break;
        }
    }
    len
}

/// The first page of what matches, and its last position if there may be more.
fn page<'a>(
    candidates: impl Iterator<Item = &'a RecordedEvent>,
    filter: &Filter,
    limit: usize,
) -> (Vec<RecordedEvent>, Option<Position>) {
    let (mut events, mut bytes) = (Vec::new(), 0);
    for event in candidates.filter(|event| filter.matches(event)) {
        bytes += event.payload.len();
        events.push(event.clone());
        if events.len() == limit || bytes >= StreamRange::PAGE_BYTES {
            return (events, Some(event.position));
        }
    }
    (events, None)
}
