//! [`Call`]: one operation on a store, as its caller saw it.

use std::fmt;

use eventsourcing::{
    AppendCondition, AppendError, Commit, CommitId, Committed, ExpectedVersion, Filter, LogPage,
    Position, ReadError, RecordedEvent, StreamHead, StreamId, StreamPage, StreamRange, Version,
};

use super::digest;

/// One operation on a store: when it was invoked, when it returned, and what it said.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it was invoked, by a clock that all calls share.
    pub begun: u64,
    /// When it returned; `None` if its caller never learned what became of it.
    pub ended: Option<u64>,
    /// What was asked and answered.
    pub operation: Operation,
}

/// What was asked of a store and what it answered.
#[derive(Debug, Clone)]
pub struct Operation(pub(super) Asked);

#[derive(Debug, Clone)]
pub(super) enum Asked {
    Append(Box<Append>),
    ReadAll(Box<LogRead>),
    ReadStream(Box<StreamRead>),
    StreamHead(StreamId, Option<StreamHead>),
    Head(Position),
    /// A watch has reported this head, perhaps late.
    Watched(Position),
    /// A read that was given no answer says nothing.
    Failed(String),
}

#[derive(Debug, Clone)]
pub(super) struct Append {
    pub(super) commit_id: CommitId,
    pub(super) parts: Vec<Part>,
    /// Digest of the metadata.
    pub(super) metadata: u64,
    pub(super) condition: Option<AppendCondition>,
    pub(super) answer: Answer,
}

#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) stream: StreamId,
    pub(super) expected: ExpectedVersion,
    /// Digests of the events.
    pub(super) events: Vec<u64>,
}

#[derive(Debug, Clone)]
pub(super) enum Answer {
    Unknown,
    Written(Committed),
    Conflict {
        stream: StreamId,
        actual: Version,
    },
    ConditionFailed(Position),
    Reused(Position),
    /// Nothing was written, for a reason that says nothing about the log.
    Refused(String),
}

#[derive(Debug, Clone)]
pub(super) struct LogRead {
    pub(super) after: Position,
    pub(super) filter: Filter,
    pub(super) limit: usize,
    pub(super) events: Vec<Seen>,
    /// `None` if the read was refused because `after` lies beyond `head`.
    pub(super) next: Option<Position>,
    pub(super) head: Position,
}

#[derive(Debug, Clone)]
pub(super) struct StreamRead {
    pub(super) stream: StreamId,
    pub(super) range: StreamRange,
    pub(super) events: Vec<Seen>,
    pub(super) head: Version,
    pub(super) next: Option<StreamRange>,
    /// The visitor had seen enough, so there may be fewer events than the page holds.
    pub(super) broken_off: bool,
}

/// An event that a reader was shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) position: Position,
    pub(super) digest: u64,
}

impl Seen {
    pub(super) fn of(event: &RecordedEvent) -> Self {
        Self {
            position: event.position,
            digest: digest::of_recorded(event),
        }
    }
}

impl Operation {
    /// An append; `None` if its future was dropped.
    pub fn append(commit: &Commit, result: Option<&Result<Committed, AppendError>>) -> Self {
        let parts = commit.streams.iter().map(|part| Part {
            stream: part.stream.clone(),
            expected: part.expected,
            events: part
                .events
                .iter()
                .map(|event| digest::of_new(&part.stream, event))
                .collect(),
        });
        Self(Asked::Append(Box::new(Append {
            commit_id: commit.commit_id,
            parts: parts.collect(),
            metadata: digest::of_metadata(&commit.metadata),
            condition: commit.condition.clone(),
            answer: result.map_or(Answer::Unknown, Answer::of),
        })))
    }

    /// A read of the log.
    pub fn read_all(
        after: Position,
        filter: &Filter,
        limit: usize,
        result: &Result<LogPage, ReadError>,
    ) -> Self {
        let (events, next, head) = match result {
            Ok(page) => {
                let events = page.events.iter().map(Seen::of).collect();
                (events, Some(page.next), page.head)
            }
            Err(ReadError::PositionBeyondHead { head, .. }) => (Vec::new(), None, *head),
            Err(error) => return Self::failed(error),
        };
        Self(Asked::ReadAll(Box::new(LogRead {
            after,
            filter: filter.clone(),
            limit,
            events,
            next,
            head,
        })))
    }

    /// A read of the log backwards. It shows what a read forwards from where it ended would show, the other way round.
    pub fn read_back(
        before: Position,
        filter: &Filter,
        limit: usize,
        result: &Result<LogPage, ReadError>,
    ) -> Self {
        let page = match result {
            Ok(page) => page,
            Err(error) => return Self::failed(error),
        };
        let before = before.get().min(page.head.get().saturating_add(1));
        let Some(last) = before.checked_sub(1).filter(|last| *last > 0) else {
            // Before the beginning is nothing.
            return Self(Asked::Head(page.head));
        };
        Self(Asked::ReadAll(Box::new(LogRead {
            after: Position::new(page.next.get().saturating_sub(1)),
            filter: filter.clone(),
            limit,
            events: page.events.iter().rev().map(Seen::of).collect(),
            next: Some(Position::new(last)),
            head: page.head,
        })))
    }

    /// A read of a stream.
    pub fn read_stream(
        stream: &StreamId,
        range: StreamRange,
        result: &Result<StreamPage, ReadError>,
    ) -> Self {
        match result {
            Ok(page) => Self(Asked::ReadStream(Box::new(StreamRead {
                stream: stream.clone(),
                range,
                events: page.events.iter().map(Seen::of).collect(),
                head: page.head,
                next: page.next,
                broken_off: false,
            }))),
            Err(error) => Self::failed(error),
        }
    }

    /// A question where a stream ends.
    pub fn stream_head(stream: &StreamId, result: &Result<Option<StreamHead>, ReadError>) -> Self {
        match result {
            Ok(head) => Self(Asked::StreamHead(stream.clone(), *head)),
            Err(error) => Self::failed(error),
        }
    }

    /// A question where the log ends.
    pub fn head(result: &Result<Position, ReadError>) -> Self {
        match result {
            Ok(head) => Self(Asked::Head(*head)),
            Err(error) => Self::failed(error),
        }
    }

    /// A watch's report that the log has reached this head.
    pub fn watched(head: Position) -> Self {
        Self(Asked::Watched(head))
    }

    pub(super) fn failed(error: &ReadError) -> Self {
        Self(Asked::Failed(error.to_string()))
    }

    /// Notes what an append has come to.
    pub(super) fn answer(&mut self, result: &Result<Committed, AppendError>) {
        if let Asked::Append(append) = &mut self.0 {
            append.answer = Answer::of(result);
        }
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(&self.0, Asked::Append(append) if matches!(append.answer, Answer::Unknown))
    }
}

impl Answer {
    fn of(result: &Result<Committed, AppendError>) -> Self {
        match result {
            Ok(committed) => Self::Written(committed.clone()),
            Err(AppendError::Conflict { stream, actual, .. }) => Self::Conflict {
                stream: stream.clone(),
                actual: *actual,
            },
            Err(AppendError::ConditionFailed { position }) => Self::ConditionFailed(*position),
            Err(AppendError::CommitIdReused { position, .. }) => Self::Reused(*position),
            Err(AppendError::OutcomeUnknown { .. }) => Self::Unknown,
            Err(error) => Self::Refused(error.to_string()),
        }
    }
}

impl Append {
    pub(super) fn digests(&self) -> impl Iterator<Item = u64> {
        self.parts
            .iter()
            .flat_map(|part| part.events.iter().copied())
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Asked::Append(append) => append.fmt(f),
            Asked::ReadAll(read) => {
                let LogRead { after, limit, .. } = &**read;
                write!(f, "read_all after {after}, limit {limit}")?;
                if !read.filter.is_all() {
                    write!(f, ", {:?}", read.filter)?;
                }
                let (count, head) = (read.events.len(), read.head);
                match read.next {
                    Some(next) => write!(f, ": {count} events, next {next}, head {head}"),
                    None => write!(f, ": beyond the head {head}"),
                }
            }
            Asked::ReadStream(read) => {
                let (count, head) = (read.events.len(), read.head);
                write!(
                    f,
                    "read_stream `{}`: {count} events, version {head}",
                    read.stream
                )
            }
            Asked::StreamHead(stream, Some(head)) => {
                let StreamHead { version, position } = head;
                write!(
                    f,
                    "stream_head `{stream}`: version {version} at position {position}"
                )
            }
            Asked::StreamHead(stream, None) => write!(f, "stream_head `{stream}`: no events"),
            Asked::Head(head) => write!(f, "head: {head}"),
            Asked::Watched(head) => write!(f, "watch: {head}"),
            Asked::Failed(error) => write!(f, "read: {error}"),
        }
    }
}

impl fmt::Display for Append {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "append of {}", self.commit_id)?;
        for Part {
            stream,
            expected,
            events,
        } in &self.parts
        {
            write!(f, ", {} to `{stream}` at {expected}", events.len())?;
        }
        if let Some(condition) = &self.condition {
            write!(f, ", condition after {}", condition.after)?;
        }
        match &self.answer {
            Answer::Unknown => write!(f, ": outcome unknown"),
            Answer::Written(committed) => {
                let (first, last) = (committed.receipt.first, committed.receipt.last);
                let again = if committed.duplicate {
                    " by an earlier append"
                } else {
                    ""
                };
                write!(f, ": written at {first}..={last}{again}")
            }
            Answer::Conflict { stream, actual } => {
                write!(f, ": conflict, `{stream}` is at version {actual}")
            }
            Answer::ConditionFailed(position) => write!(f, ": condition failed at {position}"),
            Answer::Reused(position) => write!(f, ": id used before, at {position}"),
            Answer::Refused(reason) => write!(f, ": refused, {reason}"),
        }
    }
}
