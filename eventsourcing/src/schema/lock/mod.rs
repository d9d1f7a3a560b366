//! [`Lock`]: the shapes of all stored events, as a file that is committed with the code.

mod advice;
mod code;
mod file;
mod golden;
mod in_order;
mod judge;
mod next;
mod reader;
mod report;
mod run;
mod versus;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

pub use self::code::{LockedSet, Payloads, SchemaIn};
pub use self::report::{Finding, Report};
pub use self::run::{Check, LockError};

use super::shape::Shape;

/// The shapes of all stored events, by name.
///
/// Read one with `text.parse()`, write it with `to_string()`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// What is known of each stored name.
    pub entries: BTreeMap<String, Entry>,
}

/// What is known of one stored name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Whether the name was never released.
    pub draft: bool,
    /// Former names that are still read.
    pub was: Vec<String>,
    /// The number that stands for the name.
    pub id: Option<u32>,
    /// The events it is split into, if it is.
    pub split: Option<Vec<String>>,
    /// Versions that are read as nothing, or not at all.
    pub reserved: Vec<Reserved>,
    /// Its versions.
    pub versions: BTreeMap<u16, LockedVersion>,
}

/// Versions that are read as nothing, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    /// Which.
    pub versions: RangeInclusive<u16>,
    /// Whether reading one is an error.
    pub refused: bool,
    /// Why.
    pub reason: String,
}

/// What is known of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedVersion {
    /// Whether it may still change.
    pub state: State,
    /// Its shape; `None` if it was never stored.
    pub shape: Option<Shape>,
    /// Payloads with what they are read as.
    pub golden: Vec<Golden>,
}

/// Whether a version may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// No store outside holds such an event yet.
    Draft,
    /// Stores hold such events.
    Released,
}

/// A payload with what it is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Golden {
    /// The format's name.
    pub format: String,
    /// The payload: as it is in JSON, otherwise in hexadecimal digits.
    pub payload: String,
    /// Headers of the commit it stands in.
    pub headers: BTreeMap<String, String>,
    /// Why it is read as something else than it was once, if somebody wanted that.
    pub corrected: Option<String>,
    /// What it is read as; `None` if nobody looked yet.
    pub reads: Option<Vec<Reading>>,
}

/// A current event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u16,
    /// Its payload, in JSON.
    pub payload: String,
}

impl Lock {
    /// Turns all drafts into released lines; the number of versions that were drafts.
    pub fn release(&mut self) -> usize {
        let mut released = 0;
        for entry in self.entries.values_mut() {
            entry.draft = false;
            for version in entry.versions.values_mut() {
                released += usize::from(version.state == State::Draft);
                version.state = State::Released;
            }
        }
        released
    }

    /// What happened between an earlier state of this file and this one: what was released must not have changed.
    pub fn against(&self, base: &Self) -> Report {
        versus::against(self, base)
    }

    /// The differences to an earlier state, for a reviewer: a text each, none if there are none.
    pub fn diff(&self, base: &Self) -> Vec<String> {
        versus::diff(self, base)
    }
}

impl Entry {
    /// Whether a version is declared as retired or refused.
    fn reserves(&self, version: u16) -> bool {
        self.reserved
            .iter()
            .any(|reserved| reserved.versions.contains(&version))
    }

    /// Whether stores may hold events of it.
    fn released(&self) -> bool {
        !self.draft
    }
}
