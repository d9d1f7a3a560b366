//! [`Projection`]: a read model's code.

use std::borrow::Cow;
use std::fmt;

use super::store::ProjectionTx;
use crate::envelope::RecordedEvent;
use crate::event::EventView;
use crate::store::Filter;

/// A read model folded from the log: which events it wants, and what each does to its rows.
///
/// A [`ProjectionRunner`](super::ProjectionRunner) hands it the events in the order of the log, each once: what
/// [`Projection::handle`] writes is committed together with the progress. An event may be handed over again if that commit
/// did not come about, so nothing but the transaction is to be changed.
///
/// An event that fails is parked at once, the later ones of its [key](Projection::key) behind it, and tried again there with
/// growing delays; after the last try somebody has to decide. All others go on. It makes no difference whether it happens
/// live or in a rebuild.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "missing `impl eventsourcing::Projection`"
)]
pub trait Projection: Send + Sync + 'static {
    /// Its name, which is stored: never change it. It is part of a stream's name, `projection-<NAME>`.
    const NAME: &'static str;
    /// Count up whenever the code means something else than before: the read model is then built anew beside the one that
    /// is read, and takes its place once it has come as far.
    const VERSION: u32;

    /// The events it wants.
    type View: for<'de> EventView<'de> + Send;
    /// The transaction of the store that keeps its rows.
    type Tx: ProjectionTx;
    /// Why an event could not be handled. Its text is kept with the parked event.
    type Error: fmt::Display + Send;

    /// Which events of the log it is shown; those of its view unless it says otherwise. Another filter is another
    /// read model, which is built anew.
    fn filter(&self) -> Filter {
        Filter::all().view::<Self::View>()
    }

    /// What the event is about: events of one key are handled in order and wait behind one that failed. The event's stream
    /// unless it says otherwise. It says the same of an event each time: code that says otherwise is another
    /// [`VERSION`](Projection::VERSION). Else, with several partitions, an event that one has come to and another has not may be left
    /// out or handled twice, which [`Projections::verify`](super::Projections::verify) tells, and later events do not wait behind those that were
    /// parked under the former key, which it does not.
    fn key<'a>(&self, event: &'a RecordedEvent) -> Cow<'a, str> {
        Cow::Borrowed(event.stream.as_str())
    }

    /// Does to the rows what the event says. The parts of a split event come one after the other, in one step.
    /// [`aggregate_id::<Account>(&recorded.stream)`](crate::aggregate_id) is the typed id of the aggregate that the event is of.
    ///
    /// # Errors
    /// Whatever keeps this event from being handled. What the store has refused within `tx` is no fault of the event and
    /// need not be told from other errors: the runner looks at [`ProjectionTx::failure`].
    fn handle(
        &self,
        event: Self::View,
        recorded: &RecordedEvent,
        tx: &mut Self::Tx,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
