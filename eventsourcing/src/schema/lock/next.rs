//! The lock file as today's code would have it: what is released stays, drafts follow the code.

use std::collections::BTreeMap;

use super::code::{Code, CodeEntry};
use super::{Entry, Lock, LockedVersion, State};

/// The next state of the file, if nothing released is broken.
pub(super) fn next(lock: &Lock, code: &Code) -> Lock {
    let entries = code
        .entries
        .iter()
        .map(|(name, entry)| (name.clone(), follow(lock, name, entry)));
    Lock {
        entries: entries.collect(),
    }
}

/// What becomes of one entry. A renamed event takes over the versions of its former name.
fn follow(lock: &Lock, name: &str, entry: &CodeEntry) -> Entry {
    let own = lock.entries.get(name);
    let former = entry.was.iter().filter_map(|was| lock.entries.get(was));
    // A renaming that is undone before it was released gives the versions back.
    let undone = lock
        .entries
        .values()
        .filter(|locked| locked.was.iter().any(|was| was == name));
    let was_released = undone.clone().next().is_some();
    let mut locked: BTreeMap<u16, &LockedVersion> = BTreeMap::new();
    for version in undone
        .chain(former)
        .chain(own)
        .flat_map(|entry| &entry.versions)
    {
        locked.insert(*version.0, version.1);
    }
    let mut versions = BTreeMap::new();
    for (&number, now) in &entry.versions {
        let version = match locked.get(&number) {
            Some(kept) if kept.state == State::Released => (*kept).clone(),
            other => LockedVersion {
                state: State::Draft,
                // What an additive version looked like is known only from the time when it was the current one.
                shape: match other {
                    Some(kept) if now.same && kept.shape.is_some() => kept.shape.clone(),
                    _ => now.shape.clone(),
                },
                golden: other.map(|kept| kept.golden.clone()).unwrap_or_default(),
            },
        };
        versions.insert(number, version);
    }
    // What was released and is retired now keeps its shape, for those who read the file.
    for (number, kept) in locked {
        if kept.state == State::Released && entry.reserves(number) {
            versions.entry(number).or_insert_with(|| LockedVersion {
                golden: Vec::new(),
                ..kept.clone()
            });
        }
    }
    Entry {
        draft: own.map_or(!was_released, |own| own.draft),
        was: entry.was.clone(),
        // A number stays taken when its event is gone.
        id: entry.id.or(own
            .and_then(|own| own.id)
            .filter(|_| entry.current.is_none())),
        split: entry.split.clone(),
        reserved: entry.reserved.clone(),
        versions,
    }
}
