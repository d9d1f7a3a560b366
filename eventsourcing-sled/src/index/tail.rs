//! The part of the index that is still in memory: what the log holds behind the part that sled has.
//!
//! It has up to two generations: the active one, which the writer fills, and one that is being flushed to sled.
//! A reader takes the tail's part of an answer first and then sled's: sled only grows, so nothing can be missed.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use eventsourcing::{CommitId, Timestamp};

use super::commits::CommitPlace;
use super::keys::{ListKey, Prehashed};
use super::lists::Entry;
use super::postings::Postings;
use super::types::{TypeKey, Types};
use crate::log::frame::Header;

/// Bytes of log between two marks.
const MARK_EVERY: u64 = 64 << 10;
/// Microseconds in a minute.
const MINUTE: i64 = 60_000_000;

/// A map by list.
pub(crate) type ListMap<T> = HashMap<ListKey, T, BuildHasherDefault<Prehashed>>;

/// A point between two commits in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    /// Position of the last event before it.
    pub(crate) position: u64,
    /// Address behind it.
    pub(crate) address: u64,
}

/// The last frame of a generation, to recognise the log again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) address: u64,
    pub(crate) checksum: u32,
}

/// A list's entries in one generation.
#[derive(Debug, Default)]
pub(crate) struct TailList {
    /// For a stream: the version of the first entry.
    pub(crate) first_version: u64,
    pub(crate) entries: Vec<Entry>,
}

/// Index entries of a stretch of the log.
#[derive(Debug)]
pub(crate) struct Generation {
    pub(crate) start: Point,
    pub(crate) end: Point,
    pub(crate) last: Option<Seen>,
    pub(crate) lists: ListMap<TailList>,
    pub(crate) commits: HashMap<CommitId, CommitPlace>,
    pub(crate) marks: Vec<Entry>,
    /// The first commit of each minute since 1970.
    pub(crate) minutes: Vec<(i64, Entry)>,
    /// The event types that were met first here, and where.
    pub(crate) types: Vec<(TypeKey, u64)>,
    /// Rough size in memory.
    pub(crate) weight: usize,
}

impl Generation {
    fn new(start: Point) -> Self {
        Self {
            start,
            end: start,
            last: None,
            lists: ListMap::default(),
            commits: HashMap::new(),
            marks: Vec::new(),
            minutes: Vec::new(),
            types: Vec::new(),
            weight: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    fn add(&mut self, header: &Header, postings: &Postings, versions: &[u64]) {
        let address = header.address;
        let entry = |place: u32| Entry {
            position: header.first + u64::from(place),
            address,
        };
        let mut place = 0;
        for ((key, count), version) in postings.streams.iter().zip(versions) {
            self.extend(key, version + 1, (place..place + count).map(entry));
            place += count;
        }
        for (key, places) in &postings.lists {
            self.extend(key, 0, places.iter().map(entry));
        }
        self.weight += 64;
        let place = CommitPlace {
            first: header.first,
            address,
            count: header.count,
        };
        self.commits.insert(header.commit_id, place);
        let minute = minute_of(header.recorded_at);
        if self.minutes.last().is_none_or(|(last, _)| *last != minute) {
            self.minutes.push((minute, entry(0)));
        }
        if self
            .marks
            .last()
            .is_none_or(|mark| address >= mark.address + MARK_EVERY)
        {
            self.marks.push(entry(0));
        }
        self.last = Some(Seen {
            address,
            checksum: header.checksum,
        });
        self.end = Point {
            position: header.last(),
            address: header.end(),
        };
    }

    /// Appends to a list; to a new one from `first_version` on.
    fn extend(&mut self, key: &ListKey, first_version: u64, entries: impl Iterator<Item = Entry>) {
        if let Some(list) = self.lists.get_mut(key) {
            let before = list.entries.len();
            list.entries.extend(entries);
            self.weight += size_of::<Entry>() * (list.entries.len() - before);
        } else {
            let list = TailList {
                first_version,
                entries: entries.collect(),
            };
            self.weight += key.weight() + 64 + size_of::<Entry>() * list.entries.len();
            self.lists.insert(key.clone(), list);
        }
    }
}

/// The minute since 1970 that a time is in.
pub(crate) fn minute_of(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(MINUTE)
}

/// The generations in memory.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) active: Generation,
    pub(crate) flushing: Option<Arc<Generation>>,
    types: Arc<Types>,
}

impl Tail {
    /// An empty tail behind what sled has.
    pub(crate) fn new(start: Point, types: Types) -> Self {
        Self {
            active: Generation::new(start),
            flushing: None,
            types: Arc::new(types),
        }
    }

    /// The event types of all that was added, and of what sled had before.
    pub(crate) fn types(&self) -> &Arc<Types> {
        &self.types
    }

    /// Adds a commit. `versions` are those that its streams had before.
    pub(crate) fn add(&mut self, header: &Header, postings: &Postings, versions: &[u64]) {
        self.active.add(header, postings, versions);
        for (key, place) in &postings.types {
            let first = header.first + u64::from(*place);
            if self.types.insert(key, first) {
                self.active.types.push((key.clone(), first));
            }
        }
    }

    /// The log's end.
    pub(crate) fn end(&self) -> Point {
        self.active.end
    }

    /// Where memory begins: everything up to here is in sled.
    pub(crate) fn start(&self) -> Point {
        self.flushing
            .as_ref()
            .map_or(self.active.start, |flushing| flushing.start)
    }

    pub(crate) fn weight(&self) -> usize {
        self.active.weight + self.flushing.as_ref().map_or(0, |flushing| flushing.weight)
    }

    /// Both generations, the older first.
    pub(crate) fn generations(&self) -> impl DoubleEndedIterator<Item = &Generation> {
        self.flushing.as_deref().into_iter().chain([&self.active])
    }

    /// A list's parts, the older first.
    pub(crate) fn parts(&self, key: &ListKey) -> impl DoubleEndedIterator<Item = &TailList> {
        self.generations()
            .filter_map(move |generation| generation.lists.get(key))
    }

    /// Begins a new active generation and hands out the old one to be flushed. `None` if it is empty or the one before
    /// is not flushed yet.
    pub(crate) fn rotate(&mut self) -> Option<Arc<Generation>> {
        if self.active.is_empty() || self.flushing.is_some() {
            return None;
        }
        let next = Generation::new(self.active.end);
        let full = Arc::new(std::mem::replace(&mut self.active, next));
        self.flushing = Some(full.clone());
        Some(full)
    }
}
