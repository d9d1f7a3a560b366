//! [`Repair`]: what a person can do about damage.

use std::fmt;

use uuid::Uuid;

use crate::format::VERSION;

/// What a person can do about something that is damaged. Its text is a sentence without an end, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repair {
    /// Events are lost: [`SledStore::restore`](crate::SledStore::restore) the latest backup into a new directory. What can
    /// still be read of the damaged store, [`SledStore::salvage`](crate::SledStore::salvage) reads.
    RestoreBackup,
    /// Events at the end are lost, which the latest backup may have. Deleting the directory `index` gives them up: then
    /// the store opens with the rest.
    DeleteIndex,
    /// No event is lost: [`SledStore::rebuild_index`](crate::SledStore::rebuild_index).
    RebuildIndex,
    /// No event is lost: the file FORMAT has to be written anew, as the text says.
    WriteFormat {
        /// The store's id, as its log has it.
        store: Uuid,
    },
    /// No event is lost, only how far readers had come, and leases: restore the latest backup, or put a file that holds the
    /// word `none` in the place of `checkpoints`, and readers begin again.
    DropCheckpoints,
    /// Nothing is lost: opening the store mends it.
    Reopen,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RestoreBackup => {
                f.write_str("restore the latest backup; `salvage` reads what is not damaged")
            }
            Self::DeleteIndex => f.write_str(
                "restore the latest backup, or delete the directory `index` to go on with what is left",
            ),
            Self::RebuildIndex => f.write_str("no event is lost: rebuild the index"),
            Self::WriteFormat { store } => write!(
                f,
                "the log is untouched: write the file FORMAT anew, as three lines, `eventsourcing-sled`, `format {VERSION}` and \
                 `store {store}`"
            ),
            Self::DropCheckpoints => f.write_str(
                "no event is lost: restore the latest backup, or put a file that holds the word `none` in its place, to go on \
                 without the checkpoints and leases in it",
            ),
            Self::Reopen => f.write_str("nothing is lost: opening the store anew mends it"),
        }
    }
}
