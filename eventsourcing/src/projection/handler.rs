//! [`Handler`]: what a driver hands events to. Projections are one kind of it.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use async_trait::async_trait;

use super::define::Projection;
use super::failing::FailingTimer;
use super::fingerprint::Fingerprint;
use super::store::{ProjectionStoreError, ProjectionTx};
use crate::envelope::RecordedEvent;
use crate::event::EventView;
use crate::format::Json;
use crate::store::Filter;
use crate::time::Timestamp;
use crate::version::Position;

/// What a driver hands events to, with a transaction to write into.
#[async_trait]
pub(crate) trait Handler<T: ProjectionTx>: Send + Sync + 'static {
    /// The name under which its progress is kept.
    fn name(&self) -> &'static str;

    /// What its rows depend on.
    fn fingerprint(&self, partitions: u32) -> Fingerprint;

    /// Whether its rows may be made anew by handling everything again.
    fn is_rebuildable(&self) -> bool {
        true
    }

    /// Whether what it does makes the log grow, so that it has caught up only once nothing more follows.
    fn grows_log(&self) -> bool {
        false
    }

    /// The events that it wants.
    fn filter(&self) -> Filter;

    /// What the event is about: the unit of order and of parking.
    fn key<'a>(&self, event: &'a RecordedEvent) -> Cow<'a, str>;

    /// Handles an event.
    async fn handle(
        &self,
        event: &RecordedEvent,
        place: Place,
        tx: &mut T,
    ) -> Result<(), HandlerError>;

    /// What it means that an event was not handled for so long.
    fn timed_out(&self, longest: Duration) -> HandlerError {
        HandlerError::Failed(format!("it took longer than {longest:?}"))
    }

    /// Writes what a page of the log says, from behind `after`, and returns where the next begins: what `base` and its filter keep
    /// from it may have led to something. Called before anything else for what cannot be rebuilt, and again from the start if that was
    /// interrupted.
    async fn take_up(
        &self,
        _base: Position,
        _after: Position,
        _tx: &mut T,
    ) -> Result<Option<Position>, HandlerError> {
        Ok(None)
    }

    /// When it wants [`Handler::due`] to be called, as its rows say. Asked after every step, in its transaction, in which it may put its rows in
    /// another order; that transaction may come to nothing. What is
    /// about a key with events that wait waits behind them, until [`Handler::freed`].
    async fn next_due(
        &self,
        _waits: Waits<'_>,
        _tx: &mut T,
    ) -> Result<Option<Timestamp>, HandlerError> {
        Ok(None)
    }

    /// The events of a key wait no longer; told in the transaction in which they cease to.
    async fn freed(&self, _key: &str, _tx: &mut T) -> Result<(), HandlerError> {
        Ok(())
    }

    /// Does what is due, or a bounded part of it: it is asked again until nothing is.
    async fn due(&self, _due: Due, _waits: Waits<'_>, _tx: &mut T) -> Result<(), HandlerError> {
        Ok(())
    }

    /// Timers that it could not react to, of a key or of all, the first so many.
    async fn failing(
        &self,
        _key: Option<&str>,
        _limit: usize,
        _tx: &mut T,
    ) -> Result<Vec<FailingTimer>, HandlerError> {
        Ok(Vec::new())
    }

    /// Makes the failing timers of a key due, or those of all keys; says whether there are any.
    async fn hasten(
        &self,
        _key: Option<&str>,
        _now: Timestamp,
        _tx: &mut T,
    ) -> Result<bool, HandlerError> {
        Ok(false)
    }
}

/// Where an event is handled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Whether it was parked, so that later ones may have been handled before it.
    pub(crate) late: bool,
    /// Before this position nothing is parked; `None` if nothing is at all.
    pub(crate) parked: Option<Position>,
}

/// What is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    /// What wants to be done at this time, or before.
    pub(crate) until: Timestamp,
    /// The time at which it is done: `until` may be long ago.
    pub(crate) now: Timestamp,
    /// Every event up to here has been handled.
    pub(crate) handled: Position,
}

/// Whether events of a key wait.
pub(crate) type Waits<'a> = &'a (dyn Fn(&str) -> bool + Send + Sync);

/// What the event is about. If the handler panics over that it is the event's stream: handling it then fails or not by itself,
/// and no other event is kept waiting.
pub(super) fn key_of<'a, T: ProjectionTx>(
    handler: &dyn Handler<T>,
    event: &'a RecordedEvent,
) -> Cow<'a, str> {
    // Asking changes nothing, so nothing is left half done.
    catch_unwind(AssertUnwindSafe(|| handler.key(event))).unwrap_or_else(|_| {
        let (name, position) = (handler.name(), event.position);
        tracing::warn!(projection = name, %position, "its code panicked over what an event is about; its stream is taken for that");
        Cow::Borrowed(event.stream.as_str())
    })
}

/// Why a handler could not do something.
#[derive(Debug)]
pub(crate) enum HandlerError {
    /// It is this event's fault: park it, and try it again there a few times.
    Failed(String),
    /// What it needs is not there at the moment: try again until it is, and park nothing.
    Unavailable(String),
}

impl From<ProjectionStoreError> for HandlerError {
    /// The driver looks at the transaction and sees what it was.
    fn from(error: ProjectionStoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A projection as a handler.
pub(super) struct Fold<J>(pub(super) J);

#[async_trait]
impl<J: Projection> Handler<J::Tx> for Fold<J> {
    fn name(&self) -> &'static str {
        J::NAME
    }

    fn fingerprint(&self, partitions: u32) -> Fingerprint {
        Fingerprint::new(J::VERSION, &self.filter(), &J::View::names(), partitions)
    }

    fn filter(&self) -> Filter {
        self.0.filter()
    }

    fn key<'a>(&self, event: &'a RecordedEvent) -> Cow<'a, str> {
        self.0.key(event)
    }

    async fn handle(
        &self,
        event: &RecordedEvent,
        _place: Place,
        tx: &mut J::Tx,
    ) -> Result<(), HandlerError> {
        let failed = |error: &dyn std::fmt::Display| HandlerError::Failed(error.to_string());
        // JSON reads all other formats as well.
        let decoded = event
            .view::<J::View>(&Json)
            .map_err(|error| failed(&error))?;
        for part in decoded.into_vec() {
            self.0
                .handle(part, event, tx)
                .await
                .map_err(|error| failed(&error))?;
        }
        Ok(())
    }
}
