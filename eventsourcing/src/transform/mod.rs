//! [`StreamTransform`]: reading a stream as another one, where an event-by-event upcast is not enough.

mod contexts;
mod rewriter;
mod store;

pub use self::store::TransformedStore;

use crate::envelope::RecordedEvent;
use crate::event::Event;
use crate::upcast::UpcastError;

/// Reads the streams of one category as if other events had been stored: several events as one, or an event that needs
/// to know what came before it.
///
/// What a stored event can tell by itself is an [`Upcast`](crate::Upcast) or a [`Split`](crate::Split): the compiler
/// checks those, and every reader has them. A transform is for the rest, and it is explicit: only who reads through a
/// [`TransformedStore`] sees it. It is pure: every replay must give the same.
///
/// Versions and positions stay those of the stored events, so expected versions, checkpoints and snapshots mean the same
/// with and without it. That is why each stored event becomes one event or nothing, never more.
///
/// # Example
/// Early on, moving house was stored as two events, street and town. Today it is one.
///
/// ```
/// use eventsourcing::{
///     Event, EventStore, Filter, Json, MemoryStore, Position, RecordedEvent, Rewrite, StreamTransform, TransformedStore,
///     UpcastError,
/// };
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// pub struct Moved { pub street: String, pub town: String }
///
/// #[derive(Debug, Clone, PartialEq, Event)]
/// pub enum PersonEvent {
///     #[es(name = "person.moved")]
///     Moved(Moved),
/// }
///
/// // What was stored in those days. Only the transform knows it.
/// #[derive(Debug, Serialize, Deserialize)]
/// pub struct StreetChanged { street: String }
/// #[derive(Debug, Serialize, Deserialize)]
/// pub struct TownChanged { town: String }
///
/// #[derive(Debug, Event)]
/// pub enum Early {
///     #[es(name = "person.street-changed")]
///     Street(StreetChanged),
///     #[es(name = "person.town-changed")]
///     Town(TownChanged),
/// }
///
/// #[derive(Debug)]
/// struct OneMove;
///
/// impl StreamTransform for OneMove {
///     const NAME: &'static str = "one-move/1";
///     const CATEGORY: &'static str = "person";
///     type Stored = Early;
///     type Event = PersonEvent;
///     type Context = String; // the street, until the town comes
///
///     fn rewrite(
///         &self,
///         street: &mut String,
///         event: Early,
///         _: &RecordedEvent,
///     ) -> Result<Rewrite<PersonEvent>, UpcastError> {
///         Ok(match event {
///             Early::Street(early) => {
///                 *street = early.street;
///                 Rewrite::Absorb
///             }
///             Early::Town(TownChanged { town }) => {
///                 let street = std::mem::take(street);
///                 Rewrite::Replace(Moved { street, town }.into())
///             }
///         })
///     }
/// }
///
/// # use eventsourcing::{Commit, ExpectedVersion, NewEvent, StreamId};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let inner = MemoryStore::new();
/// # let street = NewEvent::encode(&Early::Street(StreetChanged { street: "High Street".into() }), &Json)?;
/// # let town = NewEvent::encode(&Early::Town(TownChanged { town: "Ely".into() }), &Json)?;
/// # inner.append(Commit::new().append(StreamId::new("person", "7")?, ExpectedVersion::Any, vec![street, town])).await?;
/// let store = TransformedStore::new(inner, OneMove);       // any store; give it to a repository
/// let moves = Filter::all().event_type("person.moved");
/// let page = store.read_all(Position::START, &moves, 100).await?;
/// let moved = page.events[0].decode::<PersonEvent>(&Json)?.into_vec();
/// assert_eq!(moved, [PersonEvent::Moved(Moved { street: "High Street".into(), town: "Ely".into() })]);
/// # Ok(()) }
/// ```
pub trait StreamTransform: Send + Sync + 'static {
    /// Names this transform. Snapshots taken through it carry the name: give it another one, `one-move/2`, whenever
    /// [`StreamTransform::rewrite`] changes, and they are taken anew.
    const NAME: &'static str;
    /// The category whose streams are rewritten; all others pass through as they are.
    const CATEGORY: &'static str;
    /// The stored events that are rewritten or give context. All others stay as they are, unread.
    type Stored: Event;
    /// What comes out in their place.
    type Event: Event;
    /// What is remembered of a stream from one event to the next; `default()` in front of its first. The store keeps it
    /// for recently read streams and works it out again for others, so it should be small.
    type Context: Default + Clone + Send + Sync + 'static;

    /// Says what becomes of a stored event. Sees every event of a stream that is in [`StreamTransform::Stored`], in
    /// order.
    ///
    /// # Errors
    /// Whatever makes it impossible; the read then fails with [`ReadError::Transform`](crate::ReadError::Transform).
    fn rewrite(
        &self,
        context: &mut Self::Context,
        event: Self::Stored,
        recorded: &RecordedEvent,
    ) -> Result<Rewrite<Self::Event>, UpcastError>;
}

/// What becomes of a stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrite<E> {
    /// It is read as it is stored.
    Keep,
    /// It reads as nothing: what it says has gone into the context. Its version and position stay taken.
    Absorb,
    /// It is read as another one, in the same place: with that one's name, version and payload, and the stored one's
    /// tags, by which stores have found it already. `tags = path` of the new event's set is not asked.
    Replace(E),
}
