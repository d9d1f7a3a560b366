//! `backup`: a copy of the store.

use std::fmt;
use std::path::PathBuf;

use eventsourcing::Position;
use eventsourcing_sled::BackupReport;
use serde::Serialize;

use crate::args;
use crate::error::Error;
use crate::output::{amount_of, bytes};
use crate::session::Session;
use crate::store::{Store, blocking};

pub(super) async fn run(
    session: &mut Session,
    store: &Store,
    args: args::Backup,
) -> Result<(), Error> {
    let Store::Sled(sled) = store else {
        return Err(Error::InMemory("back up"));
    };
    let (sled, target) = (sled.clone(), args.target.clone());
    let taken = blocking(move || sled.backup(target)).await?;
    let report = taken.map_err(|source| Error::Backup {
        what: "no backup was taken",
        source,
    })?;
    let done = Copied::new(&report, args.target);
    session.out.print(&BackedUp { backed_up: done })
}

/// What a backup holds, and where it or what was made of it is.
#[derive(Debug, Serialize)]
pub(super) struct Copied {
    into: PathBuf,
    events: u64,
    head: Position,
    log_bytes: u64,
    checkpoints: usize,
    taken_at: String,
}

impl Copied {
    pub(super) fn new(report: &BackupReport, into: PathBuf) -> Self {
        Self {
            into,
            events: report.events,
            head: report.head,
            log_bytes: report.bytes,
            checkpoints: report.checkpoints,
            taken_at: report.taken_at.to_string(),
        }
    }
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (events, bytes) = (amount_of(self.events, "event"), bytes(self.log_bytes));
        let (head, into) = (self.head, self.into.display());
        write!(f, "{events} ({bytes}) up to position {head} into {into}")
    }
}

#[derive(Debug, Serialize)]
struct BackedUp {
    backed_up: Copied,
}

impl fmt::Display for BackedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backed up {}", self.backed_up)
    }
}
