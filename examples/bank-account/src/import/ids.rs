//! The transaction ids of a file.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash, Hasher};

use eventsourcing::CommitId;

use super::row::{BadRow, Row};

/// Which transaction ids have occurred, and in which account.
///
/// Accounts are booked side by side, so which of two accounts uses an id first would be a matter of luck. Here it is
/// the one that comes first in the file.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// Hash of the account, to take little memory. Two accounts of one hash are told apart by the store, as ever.
    seen: HashMap<CommitId, u64>,
}

impl Ids {
    /// Marks a repetition within its account; refuses one from another account.
    pub(super) fn check(&mut self, mut row: Row) -> Result<Row, BadRow> {
        let mut hasher = DefaultHasher::new();
        row.account.hash(&mut hasher);
        let account = hasher.finish();
        match self.seen.entry(CommitId::from_key(&row.idempotency_key())) {
            Entry::Vacant(entry) => {
                entry.insert(account);
            }
            Entry::Occupied(entry) if *entry.get() == account => row.repeated = true,
            Entry::Occupied(_) => return Err(BadRow::IdOfAnotherAccount(row.transaction)),
        }
        Ok(row)
    }
}
