//! Sets inside sets: their tables in one, their events in the outer set's. For generated code.

use super::{Decoded, EventType, Fate, StoredType};
#[cfg(doc)]
use super::{Event, Slot};

/// The tables of one set: [`Event::TYPES`] and [`Event::STORED`].
pub type Tables = (&'static [EventType], &'static [StoredType]);

/// A set with sets inside.
pub trait Nesting {
    /// The tables of its own events, then of each set inside.
    const PARTS: &'static [Tables];
}

/// Number of types in all parts.
pub const fn types_of(parts: &[Tables]) -> usize {
    types_before(parts, parts.len())
}

/// Number of types in the parts before the one at `end`.
pub const fn types_before(parts: &[Tables], end: usize) -> usize {
    let (mut part, mut types) = (0, 0);
    while part < end {
        types += parts[part].0.len();
        part += 1;
    }
    types
}

/// Number of stored names and versions in all parts.
pub const fn stored_of(parts: &[Tables]) -> usize {
    stored_before(parts, parts.len())
}

const fn stored_before(parts: &[Tables], end: usize) -> usize {
    let (mut part, mut stored) = (0, 0);
    while part < end {
        stored += parts[part].1.len();
        part += 1;
    }
    stored
}

/// The first slot of the part at `part`: each part takes as many as it has stored names and versions.
///
/// # Panics
/// If there are too many for a [`Slot`], at compile time.
#[allow(clippy::cast_possible_truncation)] // checked in the line before
pub const fn first_slot(parts: &[Tables], part: usize) -> u16 {
    let first = stored_before(parts, part);
    assert!(
        first <= u16::MAX as usize,
        "a set of events has too many stored names and versions"
    );
    first as u16
}

/// [`Event::TYPES`] of all parts.
pub const fn join_types<const N: usize>(parts: &[Tables]) -> [EventType; N] {
    let mut all = [EventType::new("", 0, &[]); N];
    let (mut part, mut next) = (0, 0);
    while part < parts.len() {
        let mut row = 0;
        while row < parts[part].0.len() {
            all[next] = parts[part].0[row];
            if part > 0 {
                // In the outer set it is not a variant of its own.
                all[next].variant = "";
            }
            next += 1;
            row += 1;
        }
        part += 1;
    }
    all
}

/// [`Event::STORED`] of all parts.
pub const fn join_stored<const N: usize>(parts: &[Tables]) -> [StoredType; N] {
    let mut all = [StoredType::new("", 0, Fate::Unsupported); N];
    let (mut part, mut next) = (0, 0);
    while part < parts.len() {
        let (base, mut row) = (types_before(parts, part), 0);
        while row < parts[part].1.len() {
            all[next] = parts[part].1[row].within(base);
            next += 1;
            row += 1;
        }
        part += 1;
    }
    all
}

/// Whether no two parts share a stored name.
pub const fn no_name_is_shared(parts: &[Tables]) -> bool {
    let mut second = 1;
    while second < parts.len() {
        let mut first = 0;
        while first < second {
            if share_a_name(parts[first].1, parts[second].1) {
                return false;
            }
            first += 1;
        }
        second += 1;
    }
    true
}

const fn share_a_name(a: &[StoredType], b: &[StoredType]) -> bool {
    let mut i = 0;
    while i < a.len() {
        // The versions of a name stand together.
        let seen = i > 0 && same(a[i].name.as_bytes(), a[i - 1].name.as_bytes());
        let mut j = 0;
        while !seen && j < b.len() {
            if same(a[i].name.as_bytes(), b[j].name.as_bytes()) {
                return true;
            }
            j += 1;
        }
        i += 1;
    }
    false
}

/// Compares from the end: names of one program often begin alike.
pub(super) const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut left = a.len();
    while left > 0 {
        left -= 1;
        if a[left] != b[left] {
            return false;
        }
    }
    true
}

/// What an event of a nested set became, as events of the outer one.
#[inline]
pub fn wrap<I, E>(decoded: Decoded<I>, wrap: impl Fn(I) -> E) -> Decoded<E> {
    match decoded {
        Decoded::One(event) => Decoded::One(wrap(event)),
        Decoded::Many(events) => Decoded::Many(events.into_iter().map(wrap).collect()),
        Decoded::Skipped(why) => Decoded::Skipped(why),
    }
}
