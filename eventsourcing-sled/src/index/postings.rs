//! Which lists a commit belongs into.

use std::collections::HashMap;

use eventsourcing::{Commit, CorrelationId};

use super::keys::{Keys, Kind, ListKey};
use super::types::{self, TypeKey, Types};
use crate::log::Frame;
use crate::log::LogError;
use crate::log::frame::{Body, Damage, RawType};

/// The lists that one commit's events go into. Made by the task that appends, like the frame.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    /// Per stream, in the commit's order: its list and its number of events.
    pub(crate) streams: Vec<(ListKey, u32)>,
    /// All other lists, each with the places in the commit of the events that go into it.
    pub(crate) lists: Vec<(ListKey, Places)>,
    /// Event types that may be new, each with the place of its first event.
    pub(crate) types: Vec<(TypeKey, u32)>,
}

/// Places in a commit, ascending.
#[derive(Debug)]
pub(crate) enum Places {
    /// All of these.
    Range(u32, u32),
    /// Some here and there.
    Some(Vec<u32>),
}

impl Places {
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let (range, some) = match self {
            Self::Range(from, to) => (*from..*to, &[][..]),
            Self::Some(places) => (0..0, places.as_slice()),
        };
        range.chain(some.iter().copied())
    }

    /// Adds a place behind all others; one that is there already stays once.
    fn push(&mut self, place: u32) {
        match self {
            Self::Range(_, to) if *to == place => *to = place + 1,
            Self::Range(_, to) if *to > place => {}
            Self::Range(from, to) => *self = Self::Some((*from..*to).chain([place]).collect()),
            Self::Some(places) => {
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
    }
}

/// So many lists are looked through.
const FEW: usize = 8;

/// Collects a commit's postings event by event.
struct Collector<'a> {
    keys: &'a Keys,
    postings: Postings,
    /// The first lists, in order.
    known: Vec<(Kind, &'a str)>,
    /// All others.
    many: HashMap<(Kind, &'a str), usize>,
}

impl<'a> Collector<'a> {
    fn new(keys: &'a Keys) -> Self {
        Self {
            keys,
            postings: Postings::default(),
            known: Vec::with_capacity(FEW),
            many: HashMap::new(),
        }
    }

    fn add(&mut self, kind: Kind, term: &'a str, place: u32) {
        let known = self.known.iter().position(|known| *known == (kind, term));
        let known = known.or_else(|| self.many.get(&(kind, term)).copied());
        let index = known.unwrap_or_else(|| {
            let key = match kind {
                Kind::Category => self.keys.category(term),
                Kind::Type => self.keys.event_type(term),
                _ => self.keys.tag(term),
            };
            let index = self.postings.lists.len();
            self.postings.lists.push((key, Places::Range(place, place)));
            // Most commits have few lists: looking through them is faster than a map.
            if self.known.len() < FEW {
                self.known.push((kind, term));
            } else {
                self.many.insert((kind, term), index);
            }
            index
        });
        self.postings.lists[index].1.push(place);
    }

    fn stream(&mut self, stream: &str, count: u32) {
        self.postings
            .streams
            .push((self.keys.stream(stream), count));
    }

    fn finish(mut self, correlation: Option<CorrelationId>, count: u32) -> Postings {
        if let Some(id) = correlation {
            self.postings
                .lists
                .push((self.keys.correlation(id), Places::Range(0, count)));
        }
        self.postings
    }
}

impl Postings {
    /// The postings of a commit.
    pub(crate) fn of_commit(keys: &Keys, types: &Types, commit: &Commit) -> Self {
        let mut collector = Collector::new(keys);
        let mut place = 0;
        for part in &commit.streams {
            collector.stream(
                part.stream.as_str(),
                u32::try_from(part.events.len()).unwrap_or(u32::MAX),
            );
            for event in &part.events {
                collector.add(Kind::Category, part.stream.category(), place);
                collector.add(Kind::Type, &event.event_type, place);
                for tag in &event.tags {
                    collector.add(Kind::Tag, tag.as_str(), place);
                }
                place += 1;
            }
        }
        collector.postings.types = types.new_in(commit);
        collector.finish(commit.metadata.correlation_id, place)
    }

    /// The postings of a frame, with the version that each stream had before it.
    pub(crate) fn of_frame(
        keys: &Keys,
        frame: Frame<'_>,
        types: &mut Vec<RawType>,
    ) -> Result<(Self, Vec<u64>), LogError> {
        let header = frame.header;
        let damage = |damage: Damage| LogError::Corrupt {
            position: header.first,
            reason: damage.reason().into(),
        };
        let mut events = Vec::new();
        let mut body = Body::new(frame.bytes(), header, types).map_err(damage)?;
        while let Some(event) = body.next().map_err(damage)? {
            events.push(event);
        }
        let mut collector = Collector::new(keys);
        let mut versions = Vec::new();
        for event in &events {
            let stream = text(event.stream).map_err(damage)?;
            if event.part == versions.len() {
                versions.push(event.version - 1);
                collector.stream(stream, 0);
            }
            if let Some((_, count)) = collector.postings.streams.last_mut() {
                *count += 1;
            }
            let category = stream
                .split_once('-')
                .map_or(stream, |(category, _)| category);
            collector.add(Kind::Category, category, event.index);
            let held = types::of_raw(category, event);
            let last = &mut collector.postings.types;
            if last.last().is_none_or(|(known, _)| *known != held) {
                last.push((held, event.index));
            }
            let event_type = text(event.event_type).map_err(damage)?;
            collector.add(Kind::Type, event_type, event.index);
            for tag in event.tags() {
                collector.add(Kind::Tag, tag, event.index);
            }
        }
        let metadata = Body::metadata(frame.bytes(), header).map_err(damage)?;
        let correlation = metadata.and_then(|metadata| metadata.correlation_id);
        Ok((collector.finish(correlation, header.count), versions))
    }
}

fn text(bytes: &[u8]) -> Result<&str, Damage> {
    std::str::from_utf8(bytes).map_err(|_| Damage::Content)
}
