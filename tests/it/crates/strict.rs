//! A library whose lints are as strict as they get: what the derives write for its users is documented and clean.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic
)]
#![forbid(unsafe_code)]

use eventsourcing::{Aggregate, AggregateId, Command, Event, EventView, Schema};
use serde::{Deserialize, Serialize};

/// It was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Painted {
    /// In which colour.
    pub colour: String,
}

/// What happens to a door.
#[derive(Debug, Clone, PartialEq, Eq, Event)]
#[es(handler = DoorEvents, split(name = "door.replaced", v1 = Painted, into(Opened)))]
pub enum DoorEvent {
    /// Somebody opened it.
    #[es(name = "door.opened")]
    Opened {
        /// Who.
        by: String,
    },
    /// It got another colour.
    #[es(name = "door.painted", readable_by = 1)]
    Painted(Painted),
    /// Only with a feature that is off.
    #[cfg(feature = "locks")]
    #[es(name = "door.locked")]
    Locked(MissingType),
    /// Only with a feature that is on.
    #[cfg(feature = "bells")]
    #[cfg_attr(feature = "bells", es(name = "door.rung"))]
    Rung,
}

impl eventsourcing::Split<DoorEvent> for Painted {
    type Output = Option<DoorEvent>;

    fn split(
        self,
        _: &eventsourcing::UpcastCx<'_>,
    ) -> Result<Self::Output, eventsourcing::UpcastError> {
        Ok(None)
    }
}

/// What a painter wants to know.
#[derive(Debug, Clone, PartialEq, Eq, EventView)]
#[es(of = DoorEvent)]
pub enum Painter {
    /// It got another colour.
    Painted(Painted),
    /// Somebody opened it.
    Opened,
    #[cfg(feature = "locks")]
    Locked(MissingType),
}

/// Which door.
#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
pub struct DoorId(String);

/// A door.
#[derive(Debug, Default, Aggregate)]
#[es(name = "door", id = DoorId, event = DoorEvent, error = String)]
pub struct Door {
    open: bool,
}

impl DoorEvents for Door {
    fn opened(&mut self, by: String) {
        self.open = !by.is_empty();
    }
    fn painted(&mut self, _: Painted) {}
    fn rung(&mut self) {}
}

/// Paint it.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Door)]
pub struct Paint {
    /// Which one.
    #[es(id)]
    pub door: DoorId,
}

impl eventsourcing::Handle<Paint> for Door {
    fn handle(
        &self,
        _: Paint,
        _: &eventsourcing::Context,
    ) -> Result<eventsourcing::Events<DoorEvent>, String> {
        Ok(eventsourcing::events![])
    }
}
