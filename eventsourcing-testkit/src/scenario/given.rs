//! [`Given`]: what has happened so far.

use std::fmt::Debug;

use bytes::Bytes;
use eventsourcing::{
    Aggregate, Command, CommitId, Context, Format, FormatId, Json, Metadata, Timestamp, stream_id,
};

use super::history::History;
use super::when::When;

/// Starts a scenario on an aggregate without events, whose payloads are JSON.
///
/// # Panics
/// If the aggregate's name cannot name streams.
#[track_caller]
pub fn given<A: Aggregate>() -> Given<A> {
    Given {
        history: History::new(Json),
    }
}

/// What has happened so far. Add events, then let a command come with [`Given::when`], or look at the state.
#[must_use = "a scenario checks nothing until `when` and `then`, or `then_state`"]
pub struct Given<A: Aggregate, F: Format = Json> {
    history: History<A, F>,
}

impl<A: Aggregate, F: Format> Given<A, F> {
    /// Starts a scenario whose payloads are written and read in this format.
    ///
    /// # Panics
    /// If the aggregate's name cannot name streams.
    #[track_caller]
    pub fn in_format(format: F) -> Self {
        Self {
            history: History::new(format),
        }
    }

    /// Sets the time: of the events that follow and of the command.
    pub fn at(mut self, now: Timestamp) -> Self {
        self.history.now = now;
        self
    }

    /// Sets what travels with the events that follow and with the command.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.history.metadata = metadata;
        self
    }

    /// Sets whose history it is, for upcasts that look at the stream.
    ///
    /// # Panics
    /// If the id cannot name a stream.
    #[track_caller]
    pub fn id(mut self, id: &A::Id) -> Self {
        match stream_id::<A>(id) {
            Ok(stream) => self.history.stream = stream,
            Err(error) => panic!("{error}"),
        }
        self
    }

    /// An event has happened. It is written and read back, so it also shows that it survives its format.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn event(mut self, event: impl Into<A::Event>) -> Self
    where
        A::Event: PartialEq + Debug,
    {
        self.history.typed(&event.into());
        self
    }

    /// Several events have happened, each as with [`Given::event`].
    ///
    /// # Panics
    /// If one of them does not survive its format.
    #[track_caller]
    pub fn events(mut self, events: impl IntoIterator<Item = A::Event>) -> Self
    where
        A::Event: PartialEq + Debug,
    {
        for event in events {
            self.history.typed(&event);
        }
        self
    }

    /// An event was stored in these bytes, perhaps long ago under a former name or version. It is read as any stored
    /// event is: through the upcasts.
    ///
    /// # Panics
    /// If it cannot be read; the message is that of the [`DecodeError`](eventsourcing::DecodeError).
    #[track_caller]
    pub fn stored(
        mut self,
        name: &str,
        version: u16,
        format: FormatId,
        payload: impl AsRef<[u8]>,
    ) -> Self {
        let payload = Bytes::copy_from_slice(payload.as_ref());
        self.history.stored(name, version, format, payload);
        self
    }

    /// A command comes.
    pub fn when<C: Command<Aggregate = A>>(self, command: C) -> When<A, F> {
        let history = self.history;
        let (now, id) = (history.now, CommitId::from_key("when"));
        let context = Context::new(now, id, history.metadata.clone());
        let decision = command.decide(&history.state, &context);
        When { history, decision }
    }

    /// Checks the state that the history leads to.
    ///
    /// # Panics
    /// If the predicate does not hold.
    #[track_caller]
    pub fn then_state(self, predicate: impl FnOnce(&A) -> bool)
    where
        A: Debug,
    {
        super::then::check_state(&self.history.state, predicate);
    }
}

impl<A: Aggregate + Debug, F: Format> Debug for Given<A, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given")
            .field("state", &self.history.state)
            .finish_non_exhaustive()
    }
}
