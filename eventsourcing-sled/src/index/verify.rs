//! Checking the index against the log.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use eventsourcing::{CommitId, Position, StreamId};
use uuid::Uuid;

use super::cursor::ListCursor;
use super::engine::{Engine, EngineError};
use super::flush::{Meta, is_time_ordered};
use super::keys::{self, Keys, Kind, ListKey};
use super::lists::{self, Entry};
use super::open::{lost, replaced};
use super::postings::Postings;
use super::tail::{Generation, Point, Tail, TailList};
use super::types::Types;
use super::{FLUSH_WEIGHT, Index, commits};
use crate::log::frame::{Header, RawType};
use crate::log::{Frame, Input, LogError, LogFiles, LogReader};

/// The kinds of lists that are made from the log's events.
const KINDS: [(Kind, &str); 5] = [
    (Kind::Stream, "streams"),
    (Kind::Category, "categories"),
    (Kind::Type, "types"),
    (Kind::Tag, "tags"),
    (Kind::Correlation, "correlations"),
];

/// Something that the index has wrong: from which position on, and what.
pub(crate) type Mismatch = (u64, String);

/// The index of a store that is not open.
#[derive(Debug)]
pub(crate) struct ClosedIndex {
    engine: Engine,
    keys: Keys,
    meta: Option<Meta>,
}

/// Why an index cannot be looked at.
#[derive(Debug)]
pub(crate) enum NotOpened {
    /// It is damaged, or that of another store.
    Unfit(String),
    /// The system refuses, which says nothing about what is stored.
    Refused(EngineError),
}

/// Bytes of memory for an index that is only looked at.
const CACHE: u64 = 64 << 20;

impl ClosedIndex {
    /// Opens it as it is; or says why that cannot be done.
    pub(crate) fn open(dir: &Path, store: Option<Uuid>) -> Result<Self, NotOpened> {
        let opened = Engine::open(dir, CACHE).and_then(|engine| Ok((Meta::load(&engine)?, engine)));
        let (meta, engine) = opened.map_err(|error| {
            if error.is_damage() {
                NotOpened::Unfit(format!("it cannot be opened: {error}"))
            } else {
                NotOpened::Refused(error)
            }
        })?;
        match (&meta, store) {
            (Some(meta), Some(store)) if meta.store != store => {
                let reason = format!("it belongs to another store, {}", meta.store);
                Err(NotOpened::Unfit(reason))
            }
            _ => Ok(Self {
                engine,
                keys: Keys::default(),
                meta,
            }),
        }
    }

    /// What proves that events are gone which this index was made from, in a log that ends at `end`.
    pub(crate) fn proof_of_loss(&self, files: &LogFiles, end: Point) -> Option<LogError> {
        let meta = self.meta?;
        let indexed = meta.end.position;
        if indexed > end.position || meta.end.address > end.address {
            return Some(lost(indexed, end.position));
        }
        let mut reader = LogReader::new(files, end.address);
        let frame = reader.frame(meta.last?.address, indexed, 0);
        // If it is damaged, that is known already.
        frame
            .is_ok_and(|frame| !meta.names(frame.header))
            .then(|| replaced(indexed))
    }

    /// Begins to compare it with the log.
    pub(crate) fn check<'a>(&'a self, files: &'a LogFiles) -> IndexCheck<'a> {
        let nothing = || Meta::new(Uuid::nil(), start_of(files));
        let meta = self.meta.unwrap_or_else(nothing);
        IndexCheck::new(&self.engine, &self.keys, files, &meta)
    }
}

impl Index {
    /// What sled has now.
    pub(crate) fn covered(&self) -> Meta {
        *self.meta()
    }

    /// Begins to compare what sled had then with the log. It may grow meanwhile: what it had does not change.
    pub(crate) fn check<'a>(&'a self, covered: &Meta, files: &'a LogFiles) -> IndexCheck<'a> {
        IndexCheck::new(&self.engine, &self.keys, files, covered)
    }

    /// The store that it belongs to.
    pub(crate) fn store(&self) -> Uuid {
        self.store
    }
}

fn start_of(files: &LogFiles) -> Point {
    let (address, first) = files.start();
    Point {
        position: first - 1,
        address,
    }
}

/// Compares an index with the log, frame by frame.
#[derive(Debug)]
pub(crate) struct IndexCheck<'a> {
    engine: &'a Engine,
    keys: &'a Keys,
    files: &'a LogFiles,
    /// Entries of the log that have not been compared yet.
    tail: Tail,
    types: Vec<RawType>,
    /// What lies behind is not the index's business yet.
    end: Point,
    /// Entries by kind, according to the log.
    counts: HashMap<u8, u64>,
    commits: u64,
    /// What is taken for new without looking it up is greater.
    newest_id: CommitId,
    /// The last minute that something was recorded in, and the number of such minutes.
    minute: Option<i64>,
    minutes: u64,
    /// Some of the log was skipped, so numbers say nothing.
    skipped: bool,
    /// First and last position of what was skipped.
    passed: Vec<(u64, u64)>,
    /// The engine has failed: nothing more can be compared.
    failed: bool,
    /// It refuses to answer, which says nothing about what is stored.
    refused: Option<EngineError>,
    found: Vec<Mismatch>,
}

impl<'a> IndexCheck<'a> {
    fn new(engine: &'a Engine, keys: &'a Keys, files: &'a LogFiles, meta: &Meta) -> Self {
        let start = start_of(files);
        Self {
            engine,
            keys,
            files,
            tail: Tail::new(start, Types::default()),
            types: Vec::new(),
            end: meta.end,
            counts: HashMap::new(),
            commits: 0,
            newest_id: meta.newest_id,
            minute: None,
            minutes: 0,
            skipped: start.position > 0,
            passed: Vec::from_iter((start.position > 0).then_some((1, start.position))),
            failed: false,
            refused: None,
            found: Vec::new(),
        }
    }

    /// How far the index reached when this began.
    pub(crate) fn end(&self) -> Position {
        Position::new(self.end.position)
    }

    /// Takes the log's next frame, which a reader can read.
    pub(crate) fn frame(&mut self, frame: Frame<'_>) {
        if self.failed || frame.header.last() > self.end.position {
            return;
        }
        match Postings::of_frame(self.keys, frame, &mut self.types) {
            Ok((postings, versions)) => self.tail.add(frame.header, &postings, &versions),
            Err(_) => return self.skip(frame.header),
        }
        if self.tail.weight() >= FLUSH_WEIGHT {
            self.compare();
        }
    }

    /// Leaves out a frame.
    pub(crate) fn skip(&mut self, frame: &Header) {
        self.go_on_behind(frame.last(), frame.end());
    }

    /// Leaves out everything up to a frame.
    pub(crate) fn skip_to(&mut self, next: &Header) {
        self.go_on_behind(next.first - 1, next.address);
    }

    fn go_on_behind(&mut self, position: u64, address: u64) {
        self.compare();
        self.skipped = true;
        self.passed.push((self.tail.end().position + 1, position));
        self.tail = Tail::new(Point { position, address }, Types::default());
    }

    /// What was found, and the streams that have events in what was skipped; an error if the engine refuses to answer, for
    /// another reason than damage.
    pub(crate) fn finish(mut self) -> Result<(Vec<Mismatch>, BTreeSet<StreamId>), EngineError> {
        self.compare();
        let reached = self.tail.end().position;
        if reached < self.end.position {
            self.passed.push((reached + 1, self.end.position));
        }
        let mut concerned = BTreeSet::new();
        if !self.failed {
            // Otherwise some of what the index has to have cannot be known.
            let whole = !self.skipped && self.passed.is_empty();
            let compared = if whole {
                self.totals()
            } else {
                self.streams_passed(&mut concerned)
            };
            self.note(1, compared);
        }
        self.found.sort();
        self.refused.map_or(Ok((self.found, concerned)), Err)
    }

    /// Finds the streams that have events in what was skipped.
    fn streams_passed(&self, concerned: &mut BTreeSet<StreamId>) -> Result<(), EngineError> {
        let range = keys::lists(Kind::Stream);
        let mut block = Vec::new();
        let passed = |entry: &Entry| {
            let within = |&(first, last): &_| (first..=last).contains(&entry.position);
            self.passed.iter().any(within)
        };
        self.engine.scan(
            range.start().as_slice()..=range.end().as_slice(),
            |key, value| {
                block.clear();
                lists::unpack(value, &mut block)?;
                if block.iter().any(passed) {
                    concerned.extend(keys::term_in(key).and_then(|name| name.parse().ok()));
                }
                Ok::<_, EngineError>(())
            },
        )
    }

    fn compare(&mut self) {
        if let Some(generation) = self.tail.rotate() {
            self.tail.flushing = None;
            if !self.failed {
                let compared = self.generation(&generation);
                self.note(generation.start.position + 1, compared);
            }
        }
    }

    fn note(&mut self, from: u64, compared: Result<(), EngineError>) {
        if let Err(error) = compared {
            self.failed = true;
            if error.is_damage() {
                self.found
                    .push((from, format!("it cannot be read: {error}")));
            } else {
                self.refused = Some(error);
            }
        }
    }

    fn generation(&mut self, generation: &Generation) -> Result<(), EngineError> {
        // Neighbours share a page, so each page is fetched once.
        let mut lists: Vec<_> = generation.lists.iter().collect();
        lists.sort_unstable_by(|(a, _), (b, _)| a.bytes().cmp(b.bytes()));
        for (key, list) in lists {
            *self.counts.entry(key.kind()).or_default() += list.entries.len() as u64;
            let wrong = if key.is_stream() {
                self.stream(key, list)?
            } else {
                self.list(key, &list.entries)?
            };
            if let Some(entry) = wrong {
                let reason = format!("missing or wrong in the list of {key}");
                self.found.push((entry.position, reason));
            }
        }
        self.commits += generation.commits.len() as u64;
        let mut commits: Vec<_> = generation.commits.iter().collect();
        commits.sort_unstable_by_key(|(id, _)| **id);
        for (id, place) in commits {
            if commits::find(self.engine, *id)? != Some(*place) {
                self.found
                    .push((place.first, format!("commit id {id} is missing or wrong")));
            }
            if is_time_ordered(*id) && *id > self.newest_id {
                let reason = format!("commit id {id} would be taken for a new one");
                self.found.push((place.first, reason));
            }
        }
        self.minutes(generation)?;
        self.marks(generation)
    }

    fn minutes(&mut self, generation: &Generation) -> Result<(), EngineError> {
        let mut minutes = generation.minutes.iter();
        if self.skipped {
            // It may have begun in what was skipped.
            self.minute = minutes.next().map(|(minute, _)| *minute);
        }
        for (minute, entry) in minutes {
            // It may have begun in the generation before.
            if self.minute.replace(*minute) == Some(*minute) {
                continue;
            }
            self.minutes += 1;
            let row = self.engine.get(&keys::minute(*minute))?;
            let stored = row.and_then(|row| {
                let mut input = Input::new(&row);
                Some((input.varint()?, input.varint()?))
            });
            if stored != Some((entry.position, entry.address)) {
                let reason = format!("minute {minute} since 1970 is missing or wrong");
                self.found.push((entry.position, reason));
            }
        }
        Ok(())
    }

    /// Which frames are marked depends on when the index was written: each mark must be a frame.
    fn marks(&mut self, generation: &Generation) -> Result<(), EngineError> {
        let frames: HashMap<_, _> = generation
            .commits
            .values()
            .map(|place| (place.first, place.address))
            .collect();
        let (from, to) = (generation.start.position + 1, generation.end.position);
        let mut marks = ListCursor::new(self.keys.marks(), self.end.position, Vec::new());
        let mut position = from;
        while let Some(mark) = marks.seek(self.engine, position)?
            && mark.position <= to
        {
            if frames.get(&mark.position) != Some(&mark.address) {
                let reason = "no commit begins where a mark says".into();
                self.found.push((mark.position, reason));
            }
            position = mark.position + 1;
        }
        Ok(())
    }

    /// The first entry that differs.
    fn stream(&self, key: &ListKey, list: &TailList) -> Result<Option<Entry>, EngineError> {
        let mut stored = Vec::with_capacity(list.entries.len());
        let to = list.first_version + list.entries.len() as u64 - 1;
        lists::stream_entries(self.engine, key, list.first_version, to, &mut stored)?;
        let mut stored = stored.into_iter();
        Ok(list
            .entries
            .iter()
            .copied()
            .find(|entry| stored.next() != Some(*entry)))
    }

    fn list(&self, key: &ListKey, entries: &[Entry]) -> Result<Option<Entry>, EngineError> {
        let mut stored = ListCursor::new(key.clone(), self.end.position, Vec::new());
        let mut position = entries.first().map_or(1, |entry| entry.position);
        for entry in entries {
            if stored.seek(self.engine, position)? != Some(*entry) {
                return Ok(Some(*entry));
            }
            position = entry.position + 1;
        }
        Ok(None)
    }

    /// Each type is where the log has it first, and no other is there.
    fn types(&mut self) -> Result<(), EngineError> {
        let (mut logged, end) = (self.tail.types().rows(), self.end.position);
        let stored = Types::load(self.engine)?.rows();
        for (key, first) in stored.into_iter().filter(|(_, first)| *first <= end) {
            let at = logged.remove(&key);
            if at != Some(first) {
                let reason = "an event type that is not written there first".into();
                self.found.push((at.unwrap_or(first), reason));
            }
        }
        for first in logged.into_values() {
            self.found.push((first, "an event type is missing".into()));
        }
        Ok(())
    }

    /// Finds what the index has beyond the log.
    fn totals(&mut self) -> Result<(), EngineError> {
        self.types()?;
        let end = self.end.position;
        let (from, to) = (keys::minute(i64::MIN), keys::minute(i64::MAX));
        let mut minutes = 0;
        self.engine.scan(&from..=&to, |_, value| {
            minutes += u64::from(Input::new(value).varint().is_none_or(|first| first <= end));
            Ok::<_, EngineError>(())
        })?;
        self.total("there are", "minutes", minutes, self.minutes);
        let mut commits = 0;
        commits::scan(self.engine, |_, place| {
            commits += u64::from(place.first <= end);
        })?;
        if commits != self.commits {
            self.phantoms()?;
        }
        for (kind, name) in KINDS {
            let range = keys::lists(kind);
            let mut stored = 0;
            let mut block = Vec::new();
            self.engine.scan(
                range.start().as_slice()..=range.end().as_slice(),
                |_, value| {
                    block.clear();
                    lists::unpack(value, &mut block)?;
                    stored += block.iter().filter(|entry| entry.position <= end).count() as u64;
                    Ok::<_, EngineError>(())
                },
            )?;
            let logged = self.counts.get(&(kind as u8)).copied().unwrap_or(0);
            self.total(
                &format!("the lists of {name} have"),
                "entries",
                stored,
                logged,
            );
        }
        Ok(())
    }

    /// Finds the commit ids that lead to another commit, or to none.
    fn phantoms(&mut self) -> Result<(), EngineError> {
        let mut reader = LogReader::new(self.files, self.end.address);
        commits::scan(self.engine, |id, place| {
            if place.first <= self.end.position {
                let found = reader.frame(place.address, place.first, 0);
                if !found.is_ok_and(|frame| frame.header.commit_id == id) {
                    let reason = format!("commit id {id} is not in the log");
                    self.found.push((place.first, reason));
                }
            }
        })
    }

    fn total(&mut self, who: &str, what: &str, stored: u64, logged: u64) {
        if stored != logged {
            let reason = format!("{who} {stored} {what} instead of {logged}");
            // This belongs to no position in particular.
            self.found.push((1, reason));
        }
    }
}
