//! [`Commit`]: what one append writes, and what it returns.

use crate::envelope::NewEvent;
use crate::filter::Filter;
use crate::ids::CommitId;
use crate::metadata::Metadata;
use crate::stream_id::StreamId;
use crate::time::Timestamp;
use crate::version::{ExpectedVersion, Position, Version};

/// What one append writes, all or nothing: events for one or more streams, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id. Appending the same id again returns the first result and writes nothing.
    pub commit_id: CommitId,
    /// The parts, one per stream, in the order in which they enter the log. No stream occurs twice.
    pub streams: Vec<StreamAppend>,
    /// What travels with every event of the commit.
    pub metadata: Metadata,
    /// A condition over the rest of the log that must hold as well.
    pub condition: Option<AppendCondition>,
}

/// The part of a commit that goes to one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamAppend {
    /// The stream.
    pub stream: StreamId,
    /// What it must look like.
    pub expected: ExpectedVersion,
    /// What is appended to it; at least one event.
    pub events: Vec<NewEvent>,
}

/// Refuses a commit if any event behind [`AppendCondition::after`] matches one of the filters: the dynamic
/// consistency boundary. Read with the same filters, decide, append with `after` set to the
/// [`head`](crate::LogPage::head) that the read returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendCondition {
    /// The commit is refused if an event matches any of these.
    pub none_of: Vec<Filter>,
    /// Events up to here are known to the decision and do not count.
    pub after: Position,
}

impl Commit {
    /// An empty commit with a fresh id; fill it with [`Commit::append`].
    pub fn new() -> Self {
        Self::with_id(CommitId::generate())
    }

    /// An empty commit with this id.
    pub fn with_id(commit_id: CommitId) -> Self {
        Self { commit_id, streams: Vec::new(), metadata: Metadata::default(), condition: None }
    }

    /// Adds events for one stream.
    #[must_use]
    pub fn append(mut self, stream: StreamId, expected: ExpectedVersion, events: Vec<NewEvent>) -> Self {
        self.streams.push(StreamAppend { stream, expected, events });
        self
    }

    /// Sets what travels with the events.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Adds a condition over the rest of the log.
    #[must_use]
    pub fn with_condition(mut self, condition: AppendCondition) -> Self {
        self.condition = Some(condition);
        self
    }

    /// The number of events in it.
    pub fn event_count(&self) -> usize {
        self.streams.iter().map(|part| part.events.len()).sum()
    }

    /// Its events with their streams, in log order.
    pub fn events(&self) -> impl Iterator<Item = (&StreamId, &NewEvent)> {
        self.streams.iter().flat_map(|part| part.events.iter().map(move |event| (&part.stream, event)))
    }
}

impl Default for Commit {
    fn default() -> Self {
        Self::new()
    }
}

/// What an append returns; a reader can wait until a read model has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The commit.
    pub commit_id: CommitId,
    /// Position of its first event.
    pub first: Position,
    /// Position of its last event.
    pub last: Position,
    /// When the store recorded it.
    pub recorded_at: Timestamp,
}

/// The result of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Where the commit is in the log.
    pub receipt: Receipt,
    /// Version of each of its streams after the commit, in the commit's order.
    pub versions: Vec<(StreamId, Version)>,
    /// Whether the commit had been written before and this call wrote nothing.
    pub duplicate: bool,
}
