//! Which lists lead to the events that a filter wants.

use std::ops::RangeInclusive;

use eventsourcing::{CommitId, Filter};

use super::Index;
use super::candidates::{Candidates, Places};
use super::cursor::ListCursor;
use super::engine::EngineError;
use super::keys::{Keys, ListKey};
use super::lists::Entry;
use super::tail::Tail;

/// Most entries of one list that a reader copies out of memory.
const TAIL_ENTRIES: usize = 4096;
/// With more lists than this for one choice between filters, looking through the log costs less.
const MOST_LISTS: usize = 64;

/// Which way candidates are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Upwards from behind this position.
    Up(u64),
    /// Downwards from before this position.
    Down(u64),
}

/// Lists and commits, joined by and and or.
enum Plan {
    List(ListKey),
    Commit(CommitId),
    All(Vec<Plan>),
    Any(Vec<Plan>),
}

impl Plan {
    /// `None` if the filter names nothing that leads to its events.
    fn of(keys: &Keys, filter: &Filter) -> Option<Self> {
        if let Some(id) = filter.commit_id() {
            return Some(Self::Commit(id));
        }
        if let Some(id) = filter.correlation_id() {
            // The list has the commits that were given the id; the one that has it for its own is not in it.
            let own = CommitId::from_uuid(*id.as_uuid());
            let given = Self::List(keys.correlation(id));
            return Some(Self::Any(vec![given, Self::Commit(own)]));
        }
        let any = |names: &[String], key: &dyn Fn(&str) -> ListKey| {
            let lists = names.iter().map(|name| Self::List(key(name)));
            (!names.is_empty()).then(|| Self::Any(lists.collect()))
        };
        let tags = filter.tags().iter();
        let mut all: Vec<_> = tags
            .map(|tag| Self::List(keys.tag(tag.as_str())))
            .chain(any(filter.event_types(), &|name| keys.event_type(name)))
            .chain(
                filter
                    .alternatives()
                    .iter()
                    .filter_map(|any| Self::of_any(keys, any)),
            )
            .collect();
        // A type mostly belongs to one category: reading both lists would not narrow anything.
        if all.is_empty() {
            all.extend(any(filter.categories(), &|name| keys.category(name)));
        }
        (!all.is_empty()).then_some(Self::All(all))
    }

    /// A choice is of use only if each of its filters is.
    fn of_any(keys: &Keys, filters: &[Filter]) -> Option<Self> {
        let plans: Option<Vec<_>> = filters
            .iter()
            .map(|filter| Self::of(keys, filter))
            .collect();
        let any = Self::Any(plans?);
        (any.len() <= MOST_LISTS).then_some(any)
    }

    /// The number of lists and commits.
    fn len(&self) -> usize {
        match self {
            Self::List(_) | Self::Commit(_) => 1,
            Self::All(plans) | Self::Any(plans) => plans.iter().map(Self::len).sum(),
        }
    }

    fn open(self, tail: &Tail, way: Way, known: &mut RangeInclusive<u64>) -> Places {
        let mut open = |plans: Vec<Self>| {
            let places = plans.into_iter().map(|plan| plan.open(tail, way, known));
            places.collect()
        };
        match self {
            Self::All(plans) => Places::All(open(plans)),
            Self::Any(plans) => Places::Any(open(plans)),
            Self::Commit(id) => Places::Commit(id, None),
            Self::List(key) => {
                let newer = match way {
                    Way::Up(after) => upwards(tail, &key, after, known),
                    Way::Down(before) => downwards(tail, &key, before, known),
                };
                Places::List(ListCursor::new(key, tail.start().position, newer))
            }
        }
    }
}

/// The first entries behind a position that are in memory.
fn upwards(tail: &Tail, key: &ListKey, after: u64, known: &mut RangeInclusive<u64>) -> Vec<Entry> {
    let mut newer: Vec<Entry> = Vec::new();
    for list in tail.parts(key) {
        let first = list
            .entries
            .partition_point(|entry| entry.position <= after);
        let room = TAIL_ENTRIES - newer.len();
        newer.extend(list.entries[first..].iter().take(room));
    }
    if newer.len() == TAIL_ENTRIES {
        *known = *known.start()..=newer[TAIL_ENTRIES - 1].position.min(*known.end());
    }
    newer
}

/// The last entries before a position that are in memory.
fn downwards(
    tail: &Tail,
    key: &ListKey,
    before: u64,
    known: &mut RangeInclusive<u64>,
) -> Vec<Entry> {
    let mut newer: Vec<Entry> = Vec::new();
    for list in tail.parts(key).rev() {
        let behind = list
            .entries
            .partition_point(|entry| entry.position < before);
        let room = TAIL_ENTRIES - newer.len();
        newer.extend(list.entries[..behind].iter().rev().take(room));
    }
    newer.reverse();
    if newer.len() == TAIL_ENTRIES {
        *known = newer[0].position.max(*known.start())..=*known.end();
    }
    newer
}

impl Index {
    /// Where events that match may be; `None` if only looking through the log tells.
    pub(crate) fn candidates(
        &self,
        filter: &Filter,
        way: Way,
    ) -> Result<Option<Candidates>, EngineError> {
        let Some(plan) = Plan::of(&self.keys, filter) else {
            return Ok(None);
        };
        let (mut places, known) = {
            let state = self.tail();
            let mut known = 1..=state.tail.end().position;
            (plan.open(&state.tail, way, &mut known), known)
        };
        // Not before: a commit that has come meanwhile lies behind what is known, one that was missed might not.
        places.resolve(&|id| self.commit(id))?;
        Ok(Some(Candidates::new(places, known)))
    }
}
