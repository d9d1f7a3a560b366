//! Checking the index against the log.

use std::collections::HashMap;

use eventsourcing::CommitId;

use super::cursor::{Candidates, ListCursor};
use super::engine::EngineError;
use super::flush::is_time_ordered;
use super::keys::{self, Kind, ListKey};
use super::lists::{self, Entry};
use super::replay::replay;
use super::tail::{Generation, Point, Tail, TailList};
use super::{FLUSH_WEIGHT, Index, IndexError, commits};
use crate::log::Input;

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

impl Index {
    /// Compares what sled has with the log. The index is not flushed meanwhile.
    pub(crate) fn verify(&self) -> Result<Vec<Mismatch>, IndexError> {
        let meta = self.meta();
        let (address, first) = self.files.start();
        let mut tail = Tail::new(Point {
            position: first - 1,
            address,
        });
        let mut check = Check {
            index: self,
            end: meta.end,
            counts: HashMap::new(),
            newest_id: meta.newest_id,
            minute: None,
            minutes: 0,
            found: Vec::new(),
        };
        let mut grown = |tail: &mut Tail, all: bool| -> Result<(), IndexError> {
            if (all || tail.weight() >= FLUSH_WEIGHT)
                && let Some(generation) = tail.rotate()
            {
                check.generation(&generation)?;
                tail.flushing = None;
            }
            Ok(())
        };
        replay(&self.files, &self.keys, &mut tail, meta.end, |tail| {
            grown(tail, false)
        })?;
        grown(&mut tail, true)?;
        check.totals()?;
        let mut found = check.found;
        found.sort();
        Ok(found)
    }
}

struct Check<'a> {
    index: &'a Index,
    end: Point,
    /// Entries by kind, according to the log.
    counts: HashMap<u8, u64>,
    /// What is taken for new without looking it up is greater.
    newest_id: CommitId,
    /// The last minute that something was recorded in, and the number of such minutes.
    minute: Option<i64>,
    minutes: u64,
    found: Vec<Mismatch>,
}

impl Check<'_> {
    fn generation(&mut self, generation: &Generation) -> Result<(), EngineError> {
        for (key, list) in &generation.lists {
            *self.counts.entry(key.kind()).or_default() += list.entries.len() as u64;
            let wrong = if key.is_stream() {
                self.stream(key, list)?
            } else {
                self.list(key, &list.entries)?
            };
            if let Some(entry) = wrong {
                self.found.push((
                    entry.position,
                    format!("missing or wrong in the list of {key}"),
                ));
            }
        }
        for (id, place) in &generation.commits {
            if commits::find(self.index.engine(), *id)? != Some(*place) {
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
        for (minute, entry) in &generation.minutes {
            // It may have begun in the generation before.
            if self.minute.replace(*minute) == Some(*minute) {
                continue;
            }
            self.minutes += 1;
            let row = self.index.engine().get(&keys::minute(*minute))?;
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
        let marks = ListCursor::new(self.index.keys().marks(), self.end.position, Vec::new());
        let mut stored = Candidates::new(vec![vec![marks]], to);
        let mut position = from;
        while let Some(mark) = stored.seek(self.index.engine(), position)? {
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
        lists::stream_entries(
            self.index.engine(),
            key,
            list.first_version,
            to,
            &mut stored,
        )?;
        let mut stored = stored.into_iter();
        Ok(list
            .entries
            .iter()
            .copied()
            .find(|entry| stored.next() != Some(*entry)))
    }

    fn list(&self, key: &ListKey, entries: &[Entry]) -> Result<Option<Entry>, EngineError> {
        let cursor = ListCursor::new(key.clone(), self.end.position, Vec::new());
        let mut stored = Candidates::new(vec![vec![cursor]], self.end.position);
        let mut position = entries.first().map_or(1, |entry| entry.position);
        for entry in entries {
            if stored.seek(self.index.engine(), position)? != Some(*entry) {
                return Ok(Some(*entry));
            }
            position = entry.position + 1;
        }
        Ok(None)
    }

    /// Finds what the index has beyond the log.
    fn totals(&mut self) -> Result<(), EngineError> {
        let (from, to) = (keys::minute(i64::MIN), keys::minute(i64::MAX));
        let (mut minutes, end) = (0, self.end.position);
        self.index.engine().scan(&from..=&to, |_, value| {
            minutes += u64::from(Input::new(value).varint().is_none_or(|first| first <= end));
            Ok::<_, EngineError>(())
        })?;
        if minutes != self.minutes {
            let reason = format!("there are {minutes} minutes instead of {}", self.minutes);
            self.found.push((1, reason));
        }
        for (kind, name) in KINDS {
            let range = keys::lists(kind);
            let mut stored = 0;
            let mut block = Vec::new();
            let end = self.end.position;
            self.index.engine().scan(
                range.start().as_slice()..=range.end().as_slice(),
                |_, value| {
                    block.clear();
                    lists::unpack(value, &mut block)?;
                    stored += block.iter().filter(|entry| entry.position <= end).count() as u64;
                    Ok::<_, EngineError>(())
                },
            )?;
            let logged = self.counts.get(&(kind as u8)).copied().unwrap_or(0);
            if stored != logged {
                let reason =
                    format!("the lists of {name} have {stored} entries instead of {logged}");
                // This belongs to no position in particular.
                self.found.push((1, reason));
            }
        }
        Ok(())
    }
}
