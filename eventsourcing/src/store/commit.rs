//! [`Commit`]: what one append writes, and what it returns.

use std::collections::HashSet;

use super::{Capabilities, Filter};
use crate::envelope::{NewEvent, RecordedEvent};
use crate::error::AppendError;
use crate::event::ABSORBED;
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
/// consistency boundary.
///
/// Where a decision rests on what was read, read with the same filters to the end and set `after` to the last page's
/// [`next`](crate::LogPage::next): what lies behind it has not been looked at. Where the rule is that there is no such
/// event at all, [`Position::START`] needs no read:
///
/// ```
/// use eventsourcing::{AppendCondition, Filter, Position, Tag};
/// let isbn_is_new = AppendCondition {
///     none_of: vec![Filter::all().tag(Tag::new("isbn:9780131103627")?)],
///     after: Position::START,
/// };
/// # let _ = isbn_is_new;
/// # Ok::<(), eventsourcing::InvalidTag>(())
/// ```
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
        Self {
            commit_id,
            streams: Vec::new(),
            metadata: Metadata::default(),
            condition: None,
        }
    }

    /// Adds events for one stream.
    #[must_use]
    pub fn append(
        mut self,
        stream: StreamId,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Self {
        self.streams.push(StreamAppend {
            stream,
            expected,
            events,
        });
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

    /// Checks what can be checked without looking at the log; every store calls it first.
    ///
    /// # Errors
    /// [`AppendError::InvalidInput`] if the commit or a part is empty, a stream occurs twice or an event has no name,
    /// version 0 or a floor that is not between 1 and its version; [`AppendError::TooLarge`] if it exceeds a limit of the store.
    pub fn validate(&self, limits: &Capabilities) -> Result<(), AppendError> {
        let invalid = |reason: String| Err(AppendError::InvalidInput { reason });
        if self.streams.is_empty() {
            return invalid("the commit is empty".into());
        }
        let mut seen = HashSet::with_capacity(self.streams.len());
        let mut bytes = 0;
        for part in &self.streams {
            if part.events.is_empty() {
                return invalid(format!("there are no events for stream `{}`", part.stream));
            }
            if self.streams.len() > 1 && !seen.insert(&part.stream) {
                return invalid(format!("stream `{}` occurs twice", part.stream));
            }
            for event in &part.events {
                if event.event_type.is_empty() || event.schema_version == 0 {
                    return invalid(format!(
                        "an event for stream `{}` has no name or version 0",
                        part.stream
                    ));
                }
                if *event.event_type == *ABSORBED {
                    return invalid(format!("`{ABSORBED}` is no name for an event"));
                }
                if !(1..=event.schema_version).contains(&event.readable_by) {
                    return invalid(format!(
                        "`{}` v{} for stream `{}` says it is readable by version {}; it is between 1 and its own version",
                        event.event_type, event.schema_version, part.stream, event.readable_by
                    ));
                }
                within(
                    "an event's payload in bytes",
                    event.payload.len(),
                    limits.max_event_bytes,
                )?;
                within(
                    "an event's name in bytes",
                    event.event_type.len(),
                    NewEvent::MAX_TYPE_BYTES,
                )?;
                within(
                    "an event's number of tags",
                    event.tags.len(),
                    NewEvent::MAX_TAGS,
                )?;
                let tags: usize = event.tags.iter().map(|tag| tag.as_str().len()).sum();
                bytes += event.payload.len() + event.event_type.len() + tags;
            }
        }
        bytes += self.metadata.byte_len();
        within(
            "the number of events",
            self.event_count(),
            limits.max_events_per_commit,
        )?;
        within("the commit in bytes", bytes, limits.max_commit_bytes)
    }

    /// Whether these recorded events are this commit: same streams, types, formats, tags and payloads in order. Stores
    /// use it to tell a repeated append from a commit id used twice.
    pub fn is_recorded_as(&self, recorded: &[RecordedEvent]) -> bool {
        self.event_count() == recorded.len()
            && self.events().zip(recorded).all(|((stream, new), old)| {
                *stream == old.stream
                    && new.event_type == old.event_type
                    && new.schema_version == old.schema_version
                    && new.format == old.format
                    && new.tags == old.tags
                    && new.payload == old.payload
            })
    }

    /// Its events with their streams, in log order.
    pub fn events(&self) -> impl Iterator<Item = (&StreamId, &NewEvent)> {
        self.streams
            .iter()
            .flat_map(|part| part.events.iter().map(move |event| (&part.stream, event)))
    }
}

fn within(what: &'static str, actual: usize, limit: usize) -> Result<(), AppendError> {
    if actual > limit {
        Err(AppendError::TooLarge {
            what,
            actual,
            limit,
        })
    } else {
        Ok(())
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

impl Committed {
    /// What a repetition of the commit that wrote exactly these events gets; `None` if there are none.
    pub fn repeated(events: &[RecordedEvent]) -> Option<Self> {
        let (first, last) = (events.first()?, events.last()?);
        let receipt = Receipt {
            commit_id: first.commit_id,
            first: first.position,
            last: last.position,
            recorded_at: first.recorded_at,
        };
        let mut versions: Vec<(StreamId, Version)> = Vec::new();
        for event in events {
            match versions.last_mut() {
                Some((stream, version)) if *stream == event.stream => *version = event.version,
                _ => versions.push((event.stream.clone(), event.version)),
            }
        }
        Some(Self {
            receipt,
            versions,
            duplicate: true,
        })
    }
}
