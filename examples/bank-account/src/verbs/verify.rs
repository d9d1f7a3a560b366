//! `verify`: whether every stored byte is what was written.

use std::fmt;

use eventsourcing::Position;
use eventsourcing_sled::Fault;
use serde::Serialize;

use crate::error::Error;
use crate::session::Session;
use crate::store::{Store, blocking};

pub(super) async fn run(session: &mut Session, store: &Store) -> Result<(), Error> {
    let Store::Sled(sled) = store else {
        return Err(Error::NothingToVerify("memory"));
    };
    let sled = sled.clone();
    let report = blocking(move || sled.verify()).await??;
    for fault in &report.faults {
        session.out.print(&Found::new(fault))?;
    }
    session.out.print(&Verified {
        events: report.events,
        commits: report.commits,
        streams: report.streams,
        faults: report.faults.len(),
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
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    reason: String,
}

impl Found {
    fn new(fault: &Fault) -> Self {
        let (fault, position, reason) = match fault {
            Fault::Log { position, reason } => ("log", Some(*position), reason.clone()),
            Fault::Index { position, reason } => ("index", Some(*position), reason.clone()),
            other => ("other", None, format!("{other:?}")),
        };
        Self {
            fault,
            position,
            reason,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(
                f,
                "{} fault at position {position}: {}",
                self.fault, self.reason
            ),
            None => write!(f, "{} fault: {}", self.fault, self.reason),
        }
    }
}

/// What was checked.
#[derive(Debug, Serialize)]
struct Verified {
    events: u64,
    commits: u64,
    streams: u64,
    faults: usize,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            events,
            commits,
            streams,
            faults,
        } = self;
        write!(
            f,
            "checked {events} events in {commits} commits and {streams} streams: {faults} faults"
        )
    }
}
