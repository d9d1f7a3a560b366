//! Where events that may match a filter are: lists and commits, joined by and and or.

use std::ops::RangeInclusive;

use eventsourcing::CommitId;

use super::commits::CommitPlace;
use super::cursor::ListCursor;
use super::engine::{Engine, EngineError};
use super::lists::Entry;

/// Places in the log, in order of their positions.
#[derive(Debug)]
pub(super) enum Places {
    /// The entries of a list.
    List(ListCursor),
    /// The events of a commit; its place is looked up after all lists have been opened.
    Commit(CommitId, Option<CommitPlace>),
    /// What is in every one of these; there is at least one.
    All(Vec<Places>),
    /// What is in any of these.
    Any(Vec<Places>),
}

/// Events that may match a filter.
#[derive(Debug)]
pub(crate) struct Candidates {
    places: Places,
    /// Before and behind these positions it knows nothing.
    known: RangeInclusive<u64>,
}

impl Candidates {
    pub(super) fn new(places: Places, known: RangeInclusive<u64>) -> Self {
        Self { places, known }
    }

    /// How far the candidates reach: what is before or behind needs another look.
    pub(crate) fn known(&self) -> RangeInclusive<u64> {
        self.known.clone()
    }

    /// The first candidate at or behind `position`. Positions asked for must not fall.
    pub(crate) fn seek(
        &mut self,
        engine: &Engine,
        position: u64,
    ) -> Result<Option<Entry>, EngineError> {
        let entry = self.places.seek(engine, position)?;
        Ok(entry.filter(|entry| entry.position <= *self.known.end()))
    }

    /// The last candidate at or before `position`. Positions asked for must not rise.
    pub(crate) fn seek_back(
        &mut self,
        engine: &Engine,
        position: u64,
    ) -> Result<Option<Entry>, EngineError> {
        let entry = self.places.seek_back(engine, position)?;
        Ok(entry.filter(|entry| entry.position >= *self.known.start()))
    }
}

impl Places {
    fn seek(&mut self, engine: &Engine, position: u64) -> Result<Option<Entry>, EngineError> {
        match self {
            Self::List(list) => list.seek(engine, position),
            Self::Commit(_, place) => Ok(place.and_then(|place| {
                let behind = place.first + u64::from(place.count);
                (position < behind).then(|| Entry {
                    position: position.max(place.first),
                    address: place.address,
                })
            })),
            Self::Any(any) => {
                let entries = any.iter_mut().map(|places| places.seek(engine, position));
                first_of(entries, |entry| entry.position)
            }
            Self::All(all) => meet(all, position, |places, at| places.seek(engine, at)),
        }
    }

    fn seek_back(&mut self, engine: &Engine, position: u64) -> Result<Option<Entry>, EngineError> {
        match self {
            Self::List(list) => list.seek_back(engine, position),
            Self::Commit(_, place) => Ok(place.and_then(|place| {
                let last = place.first + u64::from(place.count) - 1;
                (position >= place.first).then(|| Entry {
                    position: position.min(last),
                    address: place.address,
                })
            })),
            Self::Any(any) => {
                let entries = any
                    .iter_mut()
                    .map(|places| places.seek_back(engine, position));
                first_of(entries, |entry| u64::MAX - entry.position)
            }
            Self::All(all) => meet(all, position, |places, at| places.seek_back(engine, at)),
        }
    }

    /// Looks up the places of the commits in it.
    pub(super) fn resolve(
        &mut self,
        find: &impl Fn(CommitId) -> Result<Option<CommitPlace>, EngineError>,
    ) -> Result<(), EngineError> {
        match self {
            Self::List(_) => Ok(()),
            Self::Commit(id, place) => {
                *place = find(*id)?;
                Ok(())
            }
            Self::All(places) | Self::Any(places) => places
                .iter_mut()
                .try_for_each(|places| places.resolve(find)),
        }
    }
}

/// The entry with the lowest key.
fn first_of(
    entries: impl Iterator<Item = Result<Option<Entry>, EngineError>>,
    key: impl Fn(&Entry) -> u64,
) -> Result<Option<Entry>, EngineError> {
    let mut first: Option<Entry> = None;
    for entry in entries {
        first = first.into_iter().chain(entry?).min_by_key(&key);
    }
    Ok(first)
}

/// The next entry that all have: each goes on to where the one before it is, until they meet.
fn meet(
    all: &mut [Places],
    mut position: u64,
    mut seek: impl FnMut(&mut Places, u64) -> Result<Option<Entry>, EngineError>,
) -> Result<Option<Entry>, EngineError> {
    'again: loop {
        let mut met: Option<Entry> = None;
        for places in &mut *all {
            let Some(entry) = seek(places, position)? else {
                return Ok(None);
            };
            position = entry.position;
            if met.is_some_and(|met| met.position != position) {
                continue 'again;
            }
            met = Some(entry);
        }
        return Ok(met);
    }
}
