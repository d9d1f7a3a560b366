//! [`HeldType`]: which event types a store holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::envelope::RecordedEvent;
use crate::format::FormatId;
use crate::version::Position;

/// An event type that a store holds: what was written, whatever the program knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldType {
    /// Category of the streams that hold it.
    pub category: Arc<str>,
    /// Stored name.
    pub name: Arc<str>,
    /// Schema version.
    pub schema_version: u16,
    /// Oldest schema version whose readers can read it too.
    pub readable_by: u16,
    /// Format of the payloads.
    pub format: FormatId,
    /// Where it was written first.
    pub first: Position,
}

/// Collects the types of events, each once.
#[derive(Debug, Clone, Default)]
pub struct HeldTypes(BTreeMap<Key, Position>);

/// Category, name, schema version, floor and format.
type Key = (Arc<str>, Arc<str>, u16, u16, FormatId);

impl HeldTypes {
    /// Takes note of an event; they come in log order.
    pub fn add(&mut self, event: &RecordedEvent) {
        let key: Key = (
            Arc::from(event.stream.category()),
            event.event_type.clone(),
            event.schema_version,
            event.readable_by,
            event.format,
        );
        self.0.entry(key).or_insert(event.position);
    }

    /// The types, by category, name and version.
    pub fn list(&self) -> Vec<HeldType> {
        let held = |(key, first): (&Key, &Position)| {
            let (category, name, schema_version, readable_by, format) = key.clone();
            HeldType {
                category,
                name,
                schema_version,
                readable_by,
                format,
                first: *first,
            }
        };
        self.0.iter().map(held).collect()
    }
}
