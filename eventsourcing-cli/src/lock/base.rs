//! The earlier state of a lock file, where it was then.

use std::path::Path;

use eventsourcing::schema::Lock;

use super::{parse, read};
use crate::Failure;
use crate::git::Commit;

/// An earlier state, and what there is to say about where it is from.
pub(super) struct Base {
    pub(super) lock: Lock,
    pub(super) notes: Vec<String>,
}

/// The state that `base` names: a file, or a commit as `git:REF`. A file that the commit does not have is new, or was
/// moved: then it is compared with the lock files that are gone and shared events with it.
pub(super) fn find(base: &str, file: &Path, head: &Lock) -> Result<Base, Failure> {
    let Some(reference) = base.strip_prefix("git:") else {
        return Ok(Base {
            lock: read(Path::new(base))?,
            notes: Vec::new(),
        });
    };
    let commit = Commit::find(reference, file)?;
    if let Some(text) = commit.text()? {
        return Ok(Base {
            lock: parse(format!("{} in {base}", file.display()), &text)?,
            notes: Vec::new(),
        });
    }
    let mut found = Base {
        lock: Lock::default(),
        notes: Vec::new(),
    };
    let mut apart = Vec::new();
    for (path, text) in commit.vanished()? {
        // Other files may begin their lines as a lock file does.
        let Ok(lock) = text.parse::<Lock>() else {
            continue;
        };
        if shares_events(head, &lock) {
            found.notes.push(format!(
                "{} is not in {base}: compared with {path}, which is gone and had events of it",
                file.display()
            ));
            found.lock.entries.extend(lock.entries);
        } else {
            apart.push(format!(
                "{path} of {base} is gone, and no event of it is in {}",
                file.display()
            ));
        }
    }
    if found.notes.is_empty() {
        found.notes.push(format!(
            "{} is not in {base}: all of it is new",
            file.display()
        ));
        found.notes.append(&mut apart);
    }
    Ok(found)
}

fn shares_events(head: &Lock, base: &Lock) -> bool {
    head.entries.iter().any(|(name, entry)| {
        let mut names = std::iter::once(name).chain(&entry.was);
        names.any(|name| base.entries.contains_key(name))
    })
}
