//! What a filter consists of, and whether an event matches it.

use super::Filter;
use crate::envelope::RecordedEvent;
use crate::ids::{CausationId, CommitId, CorrelationId};
use crate::tag::Tag;
use crate::time::Timestamp;
use crate::version::Position;

impl Filter {
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

    /// The wanted causation id.
    pub fn causation_id(&self) -> Option<CausationId> {
        self.causation_id
    }

    /// The wanted commit.
    pub fn commit_id(&self) -> Option<CommitId> {
        self.commit_id
    }

    /// Who must have done it.
    pub fn wanted_actor(&self) -> Option<&str> {
        self.actor.as_deref()
    }

    /// Earliest wanted time, inclusive.
    pub fn recorded_from(&self) -> Option<Timestamp> {
        self.recorded_from
    }

    /// Latest wanted time, inclusive.
    pub fn recorded_until(&self) -> Option<Timestamp> {
        self.recorded_until
    }

    /// First wanted position, inclusive.
    pub fn position_from(&self) -> Option<Position> {
        self.position_from
    }

    /// Last wanted position, inclusive.
    pub fn position_until(&self) -> Option<Position> {
        self.position_until
    }

    /// Lists of filters, of each of which one must match.
    pub fn alternatives(&self) -> &[Vec<Self>] {
        &self.any_of
    }

    /// Whether an event matches. Stores may use indexes to find candidates; this decides.
    pub fn matches(&self, event: &RecordedEvent) -> bool {
        let metadata = &event.metadata;
        (self.categories.is_empty() || self.categories.iter().any(|c| c == event.stream.category()))
            && (self.event_types.is_empty()
                || self.event_types.iter().any(|t| **t == *event.event_type))
            && self.tags.iter().all(|tag| event.tags.contains(tag))
            && self
                .correlation_id
                .is_none_or(|id| id == event.correlation_id())
            && self.commit_id.is_none_or(|id| id == event.commit_id)
            && (self.causation_id.is_none() || self.causation_id == metadata.causation_id)
            && (self.actor.is_none() || self.actor == metadata.actor)
            && self
                .recorded_from
                .is_none_or(|from| event.recorded_at >= from)
            && self
                .recorded_until
                .is_none_or(|until| event.recorded_at <= until)
            && self.position_from.is_none_or(|from| event.position >= from)
            && self
                .position_until
                .is_none_or(|until| event.position <= until)
            && self
                .any_of
                .iter()
                .all(|filters| filters.iter().any(|filter| filter.matches(event)))
    }
}
