//! [`Filter`]: which events of the log a reader wants.

mod parts;

use std::ops::{Bound, RangeBounds};

use serde::{Deserialize, Serialize};

use crate::event::EventView;
use crate::ids::{CausationId, CommitId, CorrelationId};
use crate::tag::Tag;
use crate::time::Timestamp;
use crate::version::Position;

/// Which events of the log a reader wants. Every part that is set must match; an empty filter matches everything.
///
/// Stores have lists by category, type, tag, correlation id and commit, and know where times and positions lie; for the rest
/// they look through the log, as far as the other parts have not narrowed it down.
///
/// ```
/// use eventsourcing::Filter;
/// let money_in = Filter::all().category("account").event_type("account.deposited").event_type("account.opened");
/// assert!(Filter::all().is_all() && !money_in.is_all());
/// ```
///
/// It can be stored; parts that are not set are left out. What a program does not know of a filter is an error when it is
/// read, never a wider filter:
///
/// ```
/// # use eventsourcing::Filter;
/// let stored = r#"{"categories":["account"],"actor":"ada"}"#;
/// let filter: Filter = serde_json::from_str(stored)?;
/// assert_eq!(filter, Filter::all().category("account").actor("ada"));
/// assert_eq!(serde_json::to_string(&filter)?, stored);
/// assert!(serde_json::from_str::<Filter>(r#"{"colour":"red"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    categories: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    event_types: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<CorrelationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation_id: Option<CausationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_id: Option<CommitId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position_from: Option<Position>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position_until: Option<Position>,
    /// Of each list one must match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    any_of: Vec<Vec<Filter>>,
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
            return self.any_of([]);
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

    /// Wants events whose commit was caused by this message, mostly an event.
    pub fn causation(mut self, id: CausationId) -> Self {
        self.causation_id = Some(id);
        self
    }

    /// Wants events of which [`Metadata::actor`](crate::Metadata::actor) says that this one did it.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
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
        let (first, last) = (
            Timestamp::from_micros(i64::MIN),
            Timestamp::from_micros(i64::MAX),
        );
        let beside = |time: Timestamp, step: i64| {
            let moved = time.as_micros().checked_add(step);
            moved.map(Timestamp::from_micros)
        };
        (self.recorded_from, self.recorded_until) = inclusive(&range, first, last, beside);
        self
    }

    /// Wants events at these positions.
    pub fn positions(mut self, range: impl RangeBounds<Position>) -> Self {
        let beside = |position: Position, step: i64| {
            let moved = position.get().checked_add_signed(step);
            moved.map(Position::new)
        };
        let last = Position::new(u64::MAX);
        (self.position_from, self.position_until) =
            inclusive(&range, Position::START, last, beside);
        self
    }

    /// Wants events that one or more of these filters match, beside everything else that is set. Called again, of each list
    /// one must match. Filters in such a list may have lists of their own; an empty list matches nothing.
    ///
    /// ```
    /// use eventsourcing::Filter;
    /// // (account or loan) and (by Ada or tagged `audit`), but nothing of before last month
    /// let filter = Filter::all()
    ///     .category("account").category("loan")
    ///     .any_of([Filter::all().actor("ada"), Filter::all().tag("audit".parse()?)])
    ///     .recorded("2026-03-01T00:00:00Z".parse::<eventsourcing::Timestamp>()?..);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn any_of(mut self, filters: impl IntoIterator<Item = Self>) -> Self {
        self.any_of.push(filters.into_iter().collect());
        self
    }

    /// Also wants nothing that was recorded earlier.
    pub(crate) fn not_before(mut self, time: Timestamp) -> Self {
        self.recorded_from = self.recorded_from.max(Some(time));
        self
    }

    /// Wherever one of these names is wanted, `others` are wanted too.
    pub(crate) fn widen_types(&mut self, is_wide: &impl Fn(&str) -> bool, others: &[&'static str]) {
        if self.event_types.iter().any(|name| is_wide(name)) {
            self.event_types
                .extend(others.iter().map(|name| (*name).to_owned()));
        }
        for alternative in self.any_of.iter_mut().flatten() {
            alternative.widen_types(is_wide, others);
        }
    }
}

/// A range's ends, both included. Beyond an end of what there is lies nothing.
fn inclusive<T: Copy>(
    range: &impl RangeBounds<T>,
    first: T,
    last: T,
    beside: impl Fn(T, i64) -> Option<T>,
) -> (Option<T>, Option<T>) {
    let nothing = (Some(last), Some(first));
    let from = match range.start_bound() {
        Bound::Included(from) => Some(*from),
        Bound::Excluded(from) => match beside(*from, 1) {
            Some(next) => Some(next),
            None => return nothing,
        },
        Bound::Unbounded => None,
    };
    let until = match range.end_bound() {
        Bound::Included(until) => Some(*until),
        Bound::Excluded(until) => match beside(*until, -1) {
            Some(before) => Some(before),
            None => return nothing,
        },
        Bound::Unbounded => None,
    };
    (from, until)
}
