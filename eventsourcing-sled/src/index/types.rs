//! Which event types the log holds: a row for each, and all of them in memory.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use eventsourcing::{Commit, FormatId, HeldType, NewEvent, Position};

use super::engine::{Engine, EngineError};
use super::keys;
use crate::log::frame::RawEvent;
use crate::log::{Input, put_varint};

/// A type's row key: category, name, schema version, floor and format.
pub(crate) type TypeKey = Box<[u8]>;

/// The types that are known, each with the position where it was written first.
#[derive(Debug, Default)]
pub(crate) struct Types(RwLock<HashMap<TypeKey, u64>>);

impl Types {
    /// Those that sled has.
    pub(crate) fn load(engine: &Engine) -> Result<Self, EngineError> {
        let mut types = HashMap::new();
        let (from, to) = keys::TYPES;
        engine.scan(from..=to, |key, value| {
            let first = Input::new(value).varint().filter(|first| *first > 0);
            let first = first.filter(|_| decode(key).is_some());
            types.insert(key.into(), first.ok_or(EngineError::Row("an event type"))?);
            Ok::<_, EngineError>(())
        })?;
        Ok(Self(RwLock::new(types)))
    }

    /// Takes note of a type; `false` if it is known.
    pub(crate) fn insert(&self, key: &TypeKey, first: u64) -> bool {
        let mut types = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if types.contains_key(key) {
            return false;
        }
        types.insert(key.clone(), first);
        true
    }

    fn knows(&self, key: &[u8]) -> bool {
        let types = self.0.read().unwrap_or_else(PoisonError::into_inner);
        types.contains_key(key)
    }

    /// The types of a commit that are not known, each with its place in the commit.
    pub(crate) fn new_in(&self, commit: &Commit) -> Vec<(TypeKey, u32)> {
        let (mut new, mut place, mut key) = (Vec::new(), 0, Vec::new());
        for part in &commit.streams {
            let mut before: Option<&NewEvent> = None;
            for event in &part.events {
                if !before.is_some_and(|before| same(before, event)) {
                    key.clear();
                    let (category, name) = (part.stream.category(), event.event_type.as_bytes());
                    let versions = (event.schema_version, event.readable_by);
                    encode(&mut key, category, name, versions, event.format);
                    let seen = |(known, _): &(TypeKey, u32)| **known == *key;
                    if !self.knows(&key) && !new.iter().any(seen) {
                        new.push((key.as_slice().into(), place));
                    }
                }
                before = Some(event);
                place += 1;
            }
        }
        new
    }

    /// All of them, by category, name and version.
    pub(crate) fn list(&self) -> Vec<HeldType> {
        let types = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let held = |(key, first): (&TypeKey, &u64)| {
            decode(key).map(|held| HeldType {
                first: Position::new(*first),
                ..held
            })
        };
        let mut list: Vec<HeldType> = types.iter().filter_map(held).collect();
        list.sort_unstable();
        list
    }

    /// All rows as they should be.
    pub(crate) fn rows(&self) -> HashMap<TypeKey, u64> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn same(a: &NewEvent, b: &NewEvent) -> bool {
    a.event_type == b.event_type
        && (a.schema_version, a.readable_by, a.format)
            == (b.schema_version, b.readable_by, b.format)
}

/// The type of an event in a frame.
pub(crate) fn of_raw(category: &str, event: &RawEvent<'_>) -> TypeKey {
    let mut key = Vec::new();
    let versions = (event.schema_version, event.readable_by);
    encode(&mut key, category, event.event_type, versions, event.format);
    key.into()
}

/// Writes the types that a generation has met first.
pub(crate) fn flush(engine: &Engine, types: &[(TypeKey, u64)]) -> Result<(), EngineError> {
    for (key, first) in types {
        let mut row = Vec::with_capacity(10);
        put_varint(&mut row, *first);
        engine.insert(key, &row)?;
    }
    Ok(())
}

fn encode(key: &mut Vec<u8>, category: &str, name: &[u8], versions: (u16, u16), format: FormatId) {
    key.push(keys::TYPE);
    for text in [category.as_bytes(), name] {
        // Both are at most 200 bytes long.
        key.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
        key.extend_from_slice(text);
    }
    key.extend_from_slice(&versions.0.to_be_bytes());
    key.extend_from_slice(&versions.1.to_be_bytes());
    key.push(format.get());
}

/// What a row's key says, with nothing about its first position.
pub(crate) fn decode(key: &[u8]) -> Option<HeldType> {
    let mut input = Input::new(key.strip_prefix(&[keys::TYPE])?);
    let mut text = || {
        let len = usize::from(input.byte()?);
        std::str::from_utf8(input.take(len)?).ok()
    };
    let (category, name) = (text()?, text()?);
    let schema_version = u16::from_be_bytes(input.array()?);
    let readable_by = u16::from_be_bytes(input.array()?);
    let format = FormatId::new(input.byte()?);
    input.is_empty().then(|| HeldType {
        category: category.into(),
        name: name.into(),
        schema_version,
        readable_by,
        format,
        first: Position::START,
    })
}
