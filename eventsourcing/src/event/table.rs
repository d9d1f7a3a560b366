//! The table of stored names and versions that an event set can read.

/// A current event type: what is written today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventType {
    /// Stored name.
    pub name: &'static str,
    /// Current schema version.
    pub version: u16,
    /// Schema version written today: the current one, or an older one while readers are still on their way to it.
    pub writes: u16,
    /// Oldest schema version whose readers can read what is written today.
    pub readable_by: u16,
    /// Former names that are still read.
    pub aliases: &'static [&'static str],
    /// A number that stands for the name where names are too long; unique in its set, never used again.
    pub id: Option<u32>,
    /// The variant's name in the source, never stored; empty in hand-written sets and for events of nested sets.
    pub variant: &'static str,
}

impl EventType {
    /// Describes a current event type.
    pub const fn new(name: &'static str, version: u16, aliases: &'static [&'static str]) -> Self {
        Self {
            name,
            version,
            writes: version,
            readable_by: version,
            aliases,
            id: None,
            variant: "",
        }
    }

    /// The same type with a number.
    #[must_use]
    pub const fn with_id(self, id: u32) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// The same type, written as an older version, which only its own readers are sure to read.
    #[must_use]
    pub const fn writing(self, version: u16) -> Self {
        Self {
            writes: version,
            readable_by: version,
            ..self
        }
    }

    /// The same type, whose payloads can be read by those who know `version` or a newer one.
    #[must_use]
    pub const fn readable_by(self, version: u16) -> Self {
        Self {
            readable_by: version,
            ..self
        }
    }

    /// The same type, as a variant of an enum.
    #[must_use]
    pub const fn of_variant(self, variant: &'static str) -> Self {
        Self { variant, ..self }
    }
}

/// A stored name and version, with what becomes of it on reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredType {
    /// Stored name.
    pub name: &'static str,
    /// Stored schema version.
    pub version: u16,
    /// What becomes of it.
    pub fate: Fate,
    /// Where the numbers in `fate` begin to count: 0, but for the rows of nested sets.
    pub base: usize,
    /// Decoded as the next version's type, with fewer fields: only formats that store the names of fields can read it.
    pub additive: bool,
}

impl StoredType {
    /// Describes a readable name and version.
    pub const fn new(name: &'static str, version: u16, fate: Fate) -> Self {
        Self {
            name,
            version,
            fate,
            base: 0,
            additive: false,
        }
    }

    /// The same row, for a version of which only fields were added to.
    #[must_use]
    pub const fn additive(self) -> Self {
        Self {
            additive: true,
            ..self
        }
    }

    /// The same row, in a set whose types begin with `more` others.
    #[must_use]
    pub const fn within(self, more: usize) -> Self {
        Self {
            base: self.base + more,
            ..self
        }
    }

    /// The event types that it may be read as: indices into [`Event::TYPES`](crate::Event::TYPES).
    pub fn read_as(&self) -> impl Iterator<Item = usize> {
        let (one, many): (_, &[usize]) = match self.fate {
            Fate::Current(index) | Fate::Upcast(index) => (Some(index), &[]),
            Fate::Split(indices) => (None, indices),
            Fate::Retired(_) | Fate::Refused(_) | Fate::Unsupported => (None, &[]),
        };
        let base = self.base;
        one.into_iter()
            .chain(many.iter().copied())
            .map(move |index| base + index)
    }
}

/// What becomes of a stored event on reading. Numbers are indices into [`Event::TYPES`](crate::Event::TYPES), counted
/// from [`StoredType::base`]; [`StoredType::read_as`] adds the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// Decoded as it is.
    Current(usize),
    /// Decoded as an older version and lifted to the current type.
    Upcast(usize),
    /// Decoded as an older version and split into events of these types.
    Split(&'static [usize]),
    /// Read as nothing, for this reason.
    Retired(&'static str),
    /// Reading is an error, for this reason.
    Refused(&'static str),
    /// Declared as never stored (`vN = !`); reading is an error.
    Unsupported,
}

/// The place in an event set's decoder that a stored name and version leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot(u16);

impl Slot {
    /// Wraps an index; only generated code and hand-written [`Event`](crate::Event) impls need it.
    pub const fn new(index: u16) -> Self {
        Self(index)
    }

    /// The index.
    pub const fn index(self) -> u16 {
        self.0
    }
}
