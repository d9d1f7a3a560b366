//! [`Decided`]: what was decided about a projection, from its stream in the log. Rows can be lost, and with a power cut the
//! last of them; this cannot.

use std::collections::HashSet;

use super::catalogue::{Catalogue, Paused};
use super::digest::Seen;
use super::operator::OperatorEvent;
use super::stop::StopReason;
use super::trouble::Trouble;
use crate::envelope::RecordedEvent;
use crate::format::Json;
use crate::store::{EventStore, StreamRange};
use crate::stream_id::StreamId;
use crate::version::Position;

/// What was decided about a projection.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// Behind this position it begins, if it began with what came.
    pub(super) begun: Option<Position>,
    pub(super) paused: Option<Paused>,
    /// Whether the last word was that it goes on.
    resumed: bool,
    skips: Skips,
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
            "es.projection.skipped" => {
                let decoded = event
                    .decode::<OperatorEvent>(&Json)
                    .map_err(|error| Trouble::Stop(StopReason::Store(error.to_string())))?;
                decoded.for_each(|event| {
                    if let OperatorEvent::Skipped(skipped) = event {
                        self.skips.0.insert(skipped.event);
                    }
                });
            }
            // Also what a newer program may have written.
            _ => {}
        }
        Ok(())
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
