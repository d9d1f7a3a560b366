//! [`Filter`]: which events of the log a reader wants.

use std::ops::{Bound, RangeBounds};

use serde::{Deserialize, Serialize};

use crate::envelope::RecordedEvent;
use crate::event::EventView;
use crate::ids::{CommitId, CorrelationId};
use crate::tag::Tag;
use crate::time::Timestamp;

/// Which events of the log a reader wants. Every part that is set must match; an empty filter matches everything.
///
/// ```
/// use eventsourcing::Filter;
/// let money_in = Filter::all().category("account").event_type("account.deposited").event_type("account.opened");
/// assert!(Filter::all().is_all() && !money_in.is_all());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filter {
    categories: Vec<String>,
    event_types: Vec<String>,
    tags: Vec<Tag>,
    correlation_id: Option<CorrelationId>,
    commit_id: Option<CommitId>,
    recorded_from: Option<Timestamp>,
    recorded_until: Option<Timestamp>,
}

impl Filter {
    /// Matches every event.
    pub fn all() -> Self {
        Self::default()
    }

    /// Wants events of this category; called again, of either.
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.categories.push(category.into());
        self
    }

    /// Wants events stored under this name; called again, under either. Former names are names of their own.
    pub fn event_type(mut self, name: impl Into<String>) -> Self {
        self.event_types.push(name.into());
        self
    }

    /// Wants the events of a view or of a whole event set, former names and the sources of splits included.
    ///
    /// A view without events wants none, so it is not a wish for all.
    pub fn view<V: EventView<'static>>(mut self) -> Self {
        let names = V::names();
        if names.is_empty() {
            return self.never();
        }
        self.event_types
            .extend(names.into_iter().map(str::to_owned));
        self
    }

    /// Wants events with this tag; called again, with both.
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tags.push(tag);
        self
    }

    /// Wants events with this correlation id, the ones of the commit that started the chain included.
    pub fn correlation(mut self, id: CorrelationId) -> Self {
        self.correlation_id = Some(id);
        self
    }

    /// Wants the events of this commit.
    pub fn commit(mut self, id: CommitId) -> Self {
        self.commit_id = Some(id);
        self
    }

    /// Wants events recorded within this range of time.
    ///
    /// ```
    /// use eventsourcing::{Filter, Timestamp};
    /// let march: Timestamp = "2026-03-01T00:00:00Z".parse()?;
    /// let filter = Filter::all().recorded(march..);
    /// # Ok::<(), eventsourcing::ParseTimestampError>(())
    /// ```
    pub fn recorded(mut self, range: impl RangeBounds<Timestamp>) -> Self {
        self.recorded_from = match range.start_bound() {
            Bound::Included(from) => Some(*from),
            Bound::Excluded(from) => match from.as_micros().checked_add(1) {
                Some(next) => Some(Timestamp::from_micros(next)),
                None => return self.never(),
            },
            Bound::Unbounded => None,
        };
        self.recorded_until = match range.end_bound() {
            Bound::Included(until) => Some(*until),
            Bound::Excluded(until) => match until.as_micros().checked_sub(1) {
                Some(last) => Some(Timestamp::from_micros(last)),
                None => return self.never(),
            },
            Bound::Unbounded => None,
        };
        self
    }

    /// Also wants nothing that was recorded earlier.
    pub(crate) fn not_before(mut self, time: Timestamp) -> Self {
        self.recorded_from = self.recorded_from.max(Some(time));
        self
    }

    /// Beyond an end of time nothing was recorded.
    fn never(mut self) -> Self {
        self.recorded_from = Some(Timestamp::from_micros(i64::MAX));
        self.recorded_until = Some(Timestamp::from_micros(i64::MIN));
        self
    }

    /// Whether it matches everything.
    pub fn is_all(&self) -> bool {
        self == &Self::default()
    }

    /// Categories, any of which an event must have; none means all.
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// Stored names, any of which an event must have; none means all.
    pub fn event_types(&self) -> &[String] {
        &self.event_types
    }

    /// Tags, all of which an event must have.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The wanted correlation id.
    pub fn correlation_id(&self) -> Option<CorrelationId> {
        self.correlation_id
    }

    /// The wanted commit.
    pub fn commit_id(&self) -> Option<CommitId> {
        self.commit_id
    }

    /// Earliest wanted time, inclusive.
    pub fn recorded_from(&self) -> Option<Timestamp> {
        self.recorded_from
    }

    /// Latest wanted time, inclusive.
    pub fn recorded_until(&self) -> Option<Timestamp> {
        self.recorded_until
    }

    /// Whether an event matches. Stores may use indexes to find candidates; this decides.
    pub fn matches(&self, event: &RecordedEvent) -> bool {
        (self.categories.is_empty() || self.categories.iter().any(|c| c == event.stream.category()))
            && (self.event_types.is_empty()
                || self.event_types.iter().any(|t| **t == *event.event_type))
            && self.tags.iter().all(|tag| event.tags.contains(tag))
            && self
                .correlation_id
                .is_none_or(|id| id == event.correlation_id())
            && self.commit_id.is_none_or(|id| id == event.commit_id)
            && self
                .recorded_from
                .is_none_or(|from| event.recorded_at >= from)
            && self
                .recorded_until
                .is_none_or(|until| event.recorded_at <= until)
    }
}
