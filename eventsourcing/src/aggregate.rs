//! [`Aggregate`]: state folded from its own events.

use crate::aggregate_id::{AggregateId, ParseId};
use crate::event::Event;
use crate::stream_id::{InvalidStreamId, StreamId};

/// The consistency boundary: a state, its events, its id and the error of its decisions.
///
/// `#[derive(Aggregate)]` writes it for a struct with `#[es(name = "..", id = .., event = .., error = ..)]`; by hand
/// it takes one `match` in [`Aggregate::evolve`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "missing `#[derive(eventsourcing::Aggregate)]`",
    note = "derive `eventsourcing::Aggregate` and give its keys: `#[es(name = \"..\", id = .., event = .., error = ..)]`"
)]
pub trait Aggregate: Sized + Send + Sync + 'static {
    /// Category of its streams: lower-case letters, digits, `.` and `_`. Stored; never change it. `projection` and whatever
    /// begins with `es.` are the toolkit's own; the derive refuses them.
    const NAME: &'static str;
    /// Changes whenever the state's shape does; a snapshot of another shape is replayed, never trusted.
    ///
    /// The derive computes it from the fields as they are written and the user's `snapshot = N`. A hand-written impl
    /// counts it up by hand.
    const STATE_FINGERPRINT: u64 = 0;

    /// Type of its ids.
    type Id: AggregateId;
    /// Its events.
    type Event: Event + Clone + Send + Sync + 'static;
    /// Why a command may be refused.
    type Error: Send + 'static;

    /// The state before the first event.
    fn initial() -> Self;

    /// Applies one event to the state.
    fn evolve(&mut self, event: Self::Event);
}

/// The stream of an aggregate instance.
///
/// # Errors
/// [`InvalidStreamId`] if the aggregate's name or the id's text cannot be part of a stream id.
pub fn stream_id<A: Aggregate>(id: &A::Id) -> Result<StreamId, InvalidStreamId> {
    StreamId::of(A::NAME, id)
}

/// Why a stream does not belong to an aggregate type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrongStream {
    /// It is a stream of another category.
    #[error("stream `{stream}` is not of category `{expected}`")]
    Category {
        /// The stream.
        stream: StreamId,
        /// The aggregate's category.
        expected: &'static str,
    },
    /// Its id cannot be read as the aggregate's id type.
    #[error("`{}` in stream `{stream}` is not an id of `{aggregate}`: {source}", stream.id())]
    Id {
        /// The stream.
        stream: StreamId,
        /// The aggregate's name.
        aggregate: &'static str,
        /// What the id type says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The aggregate id in a stream's name: the way back from [`stream_id`].
///
/// # Errors
/// [`WrongStream`] if the stream belongs to another category, or its id does not parse or is not how the id is written
/// (`007` for 7).
pub fn aggregate_id<A: Aggregate>(stream: &StreamId) -> Result<A::Id, WrongStream> {
    if stream.category() != A::NAME {
        return Err(WrongStream::Category {
            stream: stream.clone(),
            expected: A::NAME,
        });
    }
    let wrong = |source| WrongStream::Id {
        stream: stream.clone(),
        aggregate: A::NAME,
        source,
    };
    let id = <A::Id as ParseId>::parse_id(stream.id()).map_err(wrong)?;
    let text = id.to_string();
    if text != stream.id() {
        return Err(wrong(
            format!("it reads as `{text}`, whose stream is another").into(),
        ));
    }
    Ok(id)
}
