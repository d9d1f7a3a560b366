//! [`Decided`]: what was decided about a projection, from its stream in the log. Rows can be lost, and with a power cut the
//! last of them; this cannot.

use std::collections::HashSet;

use super::catalogue::{Catalogue, Code, Paused};
use super::digest::Seen;
use super::operator::OperatorEvent;
use super::stop::StopReason;
use super::trouble::Trouble;
use crate::envelope::RecordedEvent;
use crate::format::Json;
use crate::ids::EventId;
use crate::store::{EventStore, StreamRange};
use crate::stream_id::StreamId;
use crate::time::Timestamp;
use crate::version::Position;

/// What was decided about a projection.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// Behind this position it begins, if it began with what came.
    begun: Option<Position>,
    /// Where it begins anew, as was said last.
    anew: Option<Anew>,
    pub(super) paused: Option<Paused>,
    /// Whether the last word was that it goes on.
    resumed: bool,
    skips: Skips,
}

/// Somebody has said where it begins anew.
#[derive(Debug, Clone)]
pub(super) struct Anew {
    /// Behind this position.
    pub(super) after: Position,
    /// Where that stands in the log.
    pub(super) decided: Position,
    /// All such decisions of the log, this one last.
    pub(super) decisions: Vec<EventId>,
    pub(super) by: String,
}

impl Decided {
    pub(super) async fn load(log: &dyn EventStore, stream: &StreamId) -> Result<Self, Trouble> {
        let (mut decided, mut range) = (Self::default(), StreamRange::all());
        loop {
            let page = log.read_stream(stream, range).await?;
            for event in &page.events {
                decided.add(event)?;
            }
            match page.next {
                Some(next) => range = next,
                None => return Ok(decided),
            }
        }
    }

    fn add(&mut self, event: &RecordedEvent) -> Result<(), Trouble> {
        match &*event.event_type {
            // The first one counts, should two have begun at the same moment.
            "es.projection.begun" => drop(self.begun.get_or_insert(event.position)),
            "es.projection.paused" => {
                self.resumed = false;
                self.paused.get_or_insert_with(|| Paused {
                    actor: event.metadata.actor.clone().unwrap_or_default(),
                    at: event.recorded_at,
                });
            }
            "es.projection.resumed" => (self.paused, self.resumed) = (None, true),
            "es.projection.skipped" | "es.projection.begun-anew" => {
                let decoded = event
                    .decode::<OperatorEvent>(&Json)
                    .map_err(|error| Trouble::Stop(StopReason::Store(error.to_string())))?;
                decoded.for_each(|decided| match decided {
                    OperatorEvent::Skipped(skipped) => drop(self.skips.0.insert(skipped.event)),
                    OperatorEvent::BegunAnew(anew) => {
                        let earlier = self.anew.take().map(|anew| anew.decisions);
                        let mut decisions = earlier.unwrap_or_default();
                        decisions.push(event.event_id());
                        self.anew = Some(Anew {
                            after: anew.after,
                            decided: event.position,
                            decisions,
                            by: event.metadata.actor.clone().unwrap_or_default(),
                        });
                    }
                    _ => {}
                });
            }
            // Also what a newer program may have written.
            _ => {}
        }
        Ok(())
    }

    /// Behind which position it begins, if that is written down.
    pub(super) fn base(&self) -> Option<Position> {
        self.anew.as_ref().map(|anew| anew.after).or(self.begun)
    }

    /// Begins anew if the rows have not come to know that it is to. A decision that a restored log has lost is not taken back
    /// by an earlier one.
    pub(super) fn begin_anew(&self, catalogue: &mut Catalogue, code: Code, now: Timestamp) {
        if let Some(anew) = self.anew.as_ref().filter(|anew| catalogue.lacks(anew)) {
            catalogue.begin_anew(anew, code, now);
        }
    }

    /// Corrects rows that have not come to know whether it is paused.
    pub(super) fn correct(&self, catalogue: &mut Catalogue) {
        if self.resumed {
            catalogue.paused = None;
        } else if let Some(paused) = &self.paused {
            catalogue.paused.get_or_insert_with(|| paused.clone());
        }
    }
}

/// Events that are left out.
#[derive(Debug, Default)]
pub(super) struct Skips(HashSet<Seen>);

impl Skips {
    /// Reads which events somebody has decided to leave out.
    pub(super) async fn load(log: &dyn EventStore, stream: &StreamId) -> Result<Self, Trouble> {
        Ok(Decided::load(log, stream).await?.skips)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Seen> {
        self.0.iter()
    }

    pub(super) fn contains(&self, event: Seen) -> bool {
        self.0.contains(&event)
    }
}
