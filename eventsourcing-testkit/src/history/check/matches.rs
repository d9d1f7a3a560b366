//! Which events of the final log match a filter.

use std::collections::HashMap;
use std::rc::Rc;

use eventsourcing::{Filter, Position, Tag};

use super::log::Log;

/// Looks each filter up once.
pub(super) struct Matches<'a> {
    log: &'a Log<'a>,
    by_category: HashMap<&'a str, Vec<usize>>,
    by_type: HashMap<&'a str, Vec<usize>>,
    by_tag: HashMap<&'a Tag, Vec<usize>>,
    found: HashMap<&'a Filter, Rc<[usize]>>,
}

impl<'a> Matches<'a> {
    pub(super) fn new(log: &'a Log<'a>) -> Self {
        let mut matches = Self {
            log,
            by_category: HashMap::new(),
            by_type: HashMap::new(),
            by_tag: HashMap::new(),
            found: HashMap::new(),
        };
        for (index, event) in log.events.iter().enumerate() {
            let category = event.stream.category();
            matches.by_category.entry(category).or_default().push(index);
            let name = &*event.event_type;
            matches.by_type.entry(name).or_default().push(index);
            for tag in &event.tags {
                let tagged = matches.by_tag.entry(tag).or_default();
                if tagged.last() != Some(&index) {
                    tagged.push(index);
                }
            }
        }
        matches
    }

    /// The indices of all matching events, in order.
    pub(super) fn of(&mut self, filter: &'a Filter) -> Rc<[usize]> {
        if let Some(found) = self.found.get(filter) {
            return found.clone();
        }
        let found: Rc<[usize]> = self.find(filter).into();
        self.found.insert(filter, found.clone());
        found
    }

    /// The first matching event behind a position.
    pub(super) fn first_behind(&mut self, filter: &'a Filter, after: Position) -> Option<usize> {
        let found = self.of(filter);
        let start = self.log.behind(after);
        let at = found.partition_point(|index| *index < start);
        found.get(at).copied()
    }

    fn find(&self, filter: &Filter) -> Vec<usize> {
        let events = self.log.events;
        let matching = |index: &usize| filter.matches(&events[*index]);
        if let Some(id) = filter.commit_id() {
            let commit = self.log.by_id.get(&id);
            let range = commit.map_or(0..0, |commit| self.log.commits[*commit].clone());
            return range.filter(matching).collect();
        }
        match self.shortest_list(filter) {
            Some(list) => list.iter().copied().filter(matching).collect(),
            None => (0..events.len()).filter(matching).collect(),
        }
    }

    /// The shortest list that holds all that can match, if the filter names anything that has a list.
    fn shortest_list(&self, filter: &Filter) -> Option<&[usize]> {
        fn list(found: Option<&Vec<usize>>) -> &[usize] {
            found.map_or(&[], Vec::as_slice)
        }
        let tags = filter.tags().iter().map(|tag| list(self.by_tag.get(tag)));
        let only_type = match filter.event_types() {
            [name] => Some(list(self.by_type.get(name.as_str()))),
            _ => None,
        };
        let only_category = match filter.categories() {
            [name] => Some(list(self.by_category.get(name.as_str()))),
            _ => None,
        };
        tags.chain(only_type)
            .chain(only_category)
            .min_by_key(|list| list.len())
    }
}
