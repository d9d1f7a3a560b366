//! What is checked on a walk through the log.

use std::collections::{BTreeSet, HashMap};

use eventsourcing::{RecordedEvent, StreamId, Timestamp};

use super::{Fault, VerifyReport};
use crate::index::{EngineError, IndexCheck};
use crate::log::{Frame, LogError, Step, positions_lost};
use crate::store::read::Decoder;

/// A walk through the log, with the index compared on the way.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    report: VerifyReport,
    versions: HashMap<StreamId, u64>,
    /// What a reader would make of a frame.
    events: Vec<RecordedEvent>,
    decoder: Decoder,
    recorded_at: Option<Timestamp>,
    /// Streams of which something was skipped.
    concerned: BTreeSet<StreamId>,
    /// Something was skipped, so a stream may go on at any later version.
    skipped: bool,
    index: Option<IndexCheck<'a>>,
}

impl<'a> Walk<'a> {
    /// A walk that begins with the position `first`.
    pub(super) fn new(first: u64, index: Option<IndexCheck<'a>>) -> Self {
        Self {
            report: VerifyReport::default(),
            versions: HashMap::new(),
            events: Vec::new(),
            decoder: Decoder::default(),
            recorded_at: None,
            concerned: BTreeSet::new(),
            skipped: first > 1,
            index,
        }
    }

    pub(super) fn step(&mut self, step: Step<'_>) {
        match step {
            Step::Frame(frame) => self.frame(frame),
            Step::Damage {
                position,
                reason,
                next,
            } => {
                let reason = match &next {
                    Some(next) if next.first > position => {
                        format!("{}: {reason}", positions_lost(position, next.first - 1))
                    }
                    Some(next) => format!("{reason}; it goes on at position {}", next.first),
                    None => format!("{reason}; nothing whole follows"),
                };
                self.fault(position, reason);
                // What is missing in between has been reported.
                self.skipped = true;
                self.events.clear();
                if let (Some(index), Some(next)) = (&mut self.index, next) {
                    index.skip_to(&next);
                }
            }
        }
    }

    pub(super) fn finish(mut self) -> Result<VerifyReport, EngineError> {
        let mut report = self.report;
        report.streams = self.versions.len() as u64;
        if let Some(index) = self.index {
            report.indexed = Some(index.end());
            let (found, concerned) = index.finish()?;
            report.faults.extend(found.into_iter().map(Fault::index));
            self.concerned.extend(concerned);
        }
        report.damaged_streams = self.concerned.into_iter().collect();
        report.faults.sort_by_key(Fault::position);
        Ok(report)
    }

    /// The events of the frame that was looked at last; none if it is damaged.
    pub(super) fn events(&self) -> &[RecordedEvent] {
        &self.events
    }

    /// The first fault so far.
    pub(super) fn fault_found(&self) -> Option<&Fault> {
        self.report.faults.first()
    }

    fn fault(&mut self, position: u64, reason: String) {
        self.report.faults.push(Fault::log((position, reason)));
    }

    pub(super) fn frame(&mut self, frame: Frame<'_>) {
        let header = frame.header;
        if self
            .recorded_at
            .is_some_and(|before| header.recorded_at < before)
        {
            let reason = "recorded before the commit in front of it";
            self.fault(header.first, reason.into());
        }
        self.recorded_at = Some(header.recorded_at);
        self.events.clear();
        let decoded = self
            .decoder
            .decode(frame, &mut self.events, |_| true, |_| true);
        if let Err(error) = decoded {
            let reason = match error {
                LogError::Corrupt { reason, .. } => reason,
                other => other.to_string(),
            };
            self.fault(header.first, reason);
            self.skipped = true;
            self.events.clear();
            if let Some(index) = &mut self.index {
                index.skip(header);
            }
            return;
        }
        self.report.commits += 1;
        self.report.events += self.events.len() as u64;
        self.versions();
        if let Some(index) = &mut self.index {
            index.frame(frame);
        }
    }

    /// Checks that each event follows its stream's event before.
    fn versions(&mut self) {
        for event in &self.events {
            let known = match self.versions.get_mut(&event.stream) {
                Some(known) => known,
                None => self.versions.entry(event.stream.clone()).or_default(),
            };
            let version = event.version.get();
            let behind_damage = self.skipped && version > *known + 1;
            let follows = version == *known + 1 || behind_damage;
            *known = version;
            if behind_damage {
                self.concerned.insert(event.stream.clone());
            }
            if !follows {
                let reason = format!(
                    "version {version} of stream `{}` is out of order",
                    event.stream
                );
                let fault = Fault::log((event.position.get(), reason));
                self.report.faults.push(fault);
            }
        }
    }
}
