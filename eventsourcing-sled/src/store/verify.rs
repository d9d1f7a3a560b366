//! Checking a whole store.

use std::collections::HashMap;

use eventsourcing::{Position, ReadError, Timestamp};

use super::SledStore;
use crate::error::LookupError;
use crate::index::{EngineError, IndexError};
use crate::log::frame::{self, Body, Damage, RawType};
use crate::log::{Frame, LogError, LogReader};

/// How much of the log is read at once.
const WINDOW: usize = 1 << 20;
const ALIGN: u64 = frame::ALIGN as u64;

/// What [`SledStore::verify`] has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Number of whole events.
    pub events: u64,
    /// Number of whole commits.
    pub commits: u64,
    /// Number of streams.
    pub streams: u64,
    /// Everything that is wrong, by position.
    pub faults: Vec<Fault>,
}

/// Something that is wrong with a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Stored events are damaged; a backup restores them.
    Log {
        /// First damaged position.
        position: Position,
        /// What was found.
        reason: String,
    },
    /// The index differs from the log; [`SledStore::rebuild_index`] repairs it.
    Index {
        /// First position that is concerned.
        position: Position,
        /// What was found.
        reason: String,
    },
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

impl SledStore {
    /// Reads the whole log and checks every byte of it, then compares the index with it. The store can be used
    /// meanwhile. Blocks until it is done.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] if the system refuses to read; what is damaged is reported, not an error.
    pub fn verify(&self) -> Result<VerifyReport, ReadError> {
        let shared = self.shared();
        let mut walk = Walk::default();
        let end = shared.index.end();
        let (mut address, mut position) = shared.files.start();
        let mut reader = LogReader::new(&shared.files, end.address);
        while position <= end.position {
            match reader.frame(address, position, WINDOW) {
                Ok(frame) => {
                    walk.frame(frame, position);
                    address = frame.header.end();
                    position = frame.header.last() + 1;
                }
                Err(LogError::Corrupt {
                    position: damaged,
                    reason,
                }) => {
                    walk.fault(damaged, reason);
                    let next = reader.find(address + ALIGN).map_err(LookupError::from)?;
                    let Some(next) = next else { break };
                    (address, position) = (next.address, next.first);
                    // What is missing in between has been reported.
                    walk.versions_unknown = true;
                }
                Err(error) => return Err(LookupError::from(error).into()),
            }
        }
        let mut report = walk.report;
        report.streams = walk.versions.len() as u64;
        match shared.index.verify() {
            Ok(mismatches) => report
                .faults
                .extend(mismatches.into_iter().map(index_fault)),
            // Reported above, by position.
            Err(IndexError::Log(LogError::Corrupt { .. })) => {}
            Err(IndexError::Log(error)) => return Err(LookupError::from(error).into()),
            Err(IndexError::Engine(error @ EngineError::Closed)) => {
                return Err(LookupError::from(error).into());
            }
            Err(IndexError::Engine(error)) => {
                let reason = error.to_string();
                report.faults.push(Fault::Index {
                    position: Position::new(1),
                    reason,
                });
            }
        }
        Ok(report)
    }
}

fn index_fault((position, reason): (u64, String)) -> Fault {
    Fault::Index {
        position: Position::new(position),
        reason,
    }
}

/// A walk through the log.
#[derive(Debug, Default)]
struct Walk {
    report: VerifyReport,
    versions: HashMap<String, u64>,
    types: Vec<RawType>,
    recorded_at: Option<Timestamp>,
    /// Something was skipped, so a stream may go on at any later version.
    versions_unknown: bool,
}

impl Walk {
    fn fault(&mut self, position: u64, reason: String) {
        self.report.faults.push(Fault::Log {
            position: Position::new(position),
            reason,
        });
    }

    fn frame(&mut self, frame: Frame<'_>, expected: u64) {
        let header = frame.header;
        if header.first != expected {
            let reason = format!("expected position {expected} here");
            self.fault(header.first, reason);
        }
        if self
            .recorded_at
            .is_some_and(|before| header.recorded_at < before)
        {
            self.fault(
                header.first,
                "recorded before the commit in front of it".into(),
            );
        }
        self.recorded_at = Some(header.recorded_at);
        self.report.commits += 1;
        if let Err(damage) = self.events(frame) {
            self.fault(header.first, damage.reason().into());
        }
    }

    fn events(&mut self, frame: Frame<'_>) -> Result<(), Damage> {
        Body::metadata(frame.bytes(), frame.header)?;
        let mut types = std::mem::take(&mut self.types);
        let mut body = Body::new(frame.bytes(), frame.header, &mut types)?;
        while let Some(event) = body.next()? {
            self.report.events += 1;
            let stream = std::str::from_utf8(event.stream).map_err(|_| Damage::Content)?;
            let known = match self.versions.get_mut(stream) {
                Some(known) => known,
                None => self.versions.entry(stream.to_owned()).or_default(),
            };
            let follows =
                event.version == *known + 1 || (self.versions_unknown && event.version > *known);
            *known = event.version;
            if !follows {
                let version = event.version;
                let reason = format!("version {version} of stream `{stream}` is out of order");
                let position = event.position(frame.header);
                self.report.faults.push(Fault::Log {
                    position: Position::new(position),
                    reason,
                });
            }
        }
        self.types = types;
        Ok(())
    }
}
