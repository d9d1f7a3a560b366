//! `verify`: whether every stored byte is what was written.

use std::fmt;

use eventsourcing::Position;
use eventsourcing_sled::{Fault, Repair, SledStore};
use serde::Serialize;

use crate::args::StoreUrl;
use crate::error::Error;
use crate::output::{Printer, amount_of};
use crate::store::blocking;

/// Does not open the store: what is damaged may keep it from opening, and opening repairs what it can.
pub(super) async fn run(out: &mut Printer, url: &StoreUrl) -> Result<(), Error> {
    let StoreUrl::Sled(path) = url else {
        return Err(Error::InMemory("verify"));
    };
    let path = path.clone();
    let report = blocking(move || SledStore::verify_at(path)).await??;
    for fault in &report.faults {
        out.print(&Found::new(fault))?;
    }
    out.print(&Verified {
        events: report.events,
        commits: report.commits,
        streams: report.streams,
        faults: report.faults.len(),
        unfinished_bytes: report.unfinished_bytes,
    })?;
    match report.faults.len() {
        0 => Ok(()),
        faults => Err(Error::Faults(faults)),
    }
}

/// Something that is wrong.
#[derive(Debug, Serialize)]
struct Found {
    fault: &'static str,
    /// Not there if it is about the store as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    reason: String,
    repair: String,
}

impl Found {
    fn new(fault: &Fault) -> Self {
        let repair = match fault.repair() {
            Repair::RebuildIndex => "no event is lost: run `rebuild-index`".to_owned(),
            Repair::RestoreBackup => {
                "move the store away and `restore` the latest backup".to_owned()
            }
            other => other.to_string(),
        };
        Self {
            fault: fault.kind(),
            position: Some(fault.position()).filter(|position| *position > Position::START),
            reason: fault.reason().into(),
            repair,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fault", self.fault)?;
        if let Some(position) = self.position {
            write!(f, " at position {position}")?;
        }
        write!(f, ": {}\n  {}", self.reason, self.repair)
    }
}

/// What was checked.
#[derive(Debug, Serialize)]
struct Verified {
    events: u64,
    commits: u64,
    streams: u64,
    faults: usize,
    /// What a crash has left behind the last commit.
    #[serde(skip_serializing_if = "is_zero")]
    unfinished_bytes: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            events,
            commits,
            streams,
            faults,
            unfinished_bytes: unfinished,
        } = self;
        if *unfinished > 0 {
            writeln!(
                f,
                "{unfinished} bytes follow the last commit: what a crash has left of one that was never acknowledged, \
                 or damage to the last one; they are cut when the store is opened"
            )?;
        }
        write!(
            f,
            "checked {} in {} and {}: {}",
            amount_of(*events, "event"),
            amount_of(*commits, "commit"),
            amount_of(*streams, "stream"),
            amount_of(*faults as u64, "fault"),
        )
    }
}
