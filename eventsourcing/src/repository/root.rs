//! [`Root`]: a loaded aggregate.

use std::fmt;

use crate::aggregate::Aggregate;
use crate::command::{Command, Context};
use crate::envelope::NewEvent;
use crate::event::Event;
use crate::format::Format;
use crate::ids::{CommitId, EventId};
use crate::metadata::Metadata;
use crate::repository::error::SaveError;
use crate::store::AppendCondition;
use crate::stream_id::StreamId;
use crate::time::Timestamp;
use crate::version::Version;

/// A loaded aggregate: its state, its version, and the events recorded since it was loaded or saved.
///
/// Saving it twice works: after a save it stands at the new version with nothing pending.
pub struct Root<A: Aggregate> {
    pub(super) id: A::Id,
    pub(super) stream: StreamId,
    pub(super) state: A,
    /// Version without the pending events.
    pub(super) base: Version,
    /// The event at `base`, if there is one.
    pub(super) last_event: Option<EventId>,
    /// How many events had to be read to load it.
    pub(super) replayed: u64,
    pub(super) pending: Vec<A::Event>,
    pub(super) context: Context,
    pub(super) condition: Option<AppendCondition>,
}

impl<A: Aggregate> Root<A> {
    /// An aggregate before its first event.
    pub(super) fn initial(id: A::Id, stream: StreamId, now: Timestamp) -> Self {
        let context = Context::fresh(now, Metadata::default());
        let (base, pending) = (Version::EMPTY, Vec::new());
        Self {
            id,
            stream,
            state: A::initial(),
            base,
            last_event: None,
            replayed: 0,
            pending,
            context,
            condition: None,
        }
    }

    /// Its id.
    pub fn id(&self) -> &A::Id {
        &self.id
    }

    /// Its stream.
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// Its state, the pending events included.
    pub fn state(&self) -> &A {
        &self.state
    }

    /// Gives up the root for its state.
    pub fn into_state(self) -> A {
        self.state
    }

    /// Its version, the pending events included.
    pub fn version(&self) -> Version {
        self.base.plus(self.pending.len() as u64)
    }

    /// Whether it has any events, the pending ones included.
    pub fn exists(&self) -> bool {
        self.version() > Version::EMPTY
    }

    /// The events that the next save writes.
    pub fn pending(&self) -> &[A::Event] {
        &self.pending
    }

    /// What decisions on this root know besides its state. Its command id becomes the next commit's id. Its time is that
    /// of loading, also after a save.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Replaces the context, for example to carry metadata or an idempotency key into the next save.
    pub fn set_context(&mut self, context: Context) {
        self.context = context;
    }

    /// Makes the next save depend on a condition over the rest of the log as well. A
    /// [`UnitOfWork`](crate::UnitOfWork) has its own instead.
    pub fn set_condition(&mut self, condition: AppendCondition) {
        self.condition = Some(condition);
    }

    /// Lets the aggregate decide on a command and records the events.
    ///
    /// # Errors
    /// The aggregate's own error; then nothing is recorded.
    ///
    /// # Panics
    /// If the command names another aggregate: events would go to the wrong stream.
    pub fn handle<C: Command<Aggregate = A>>(&mut self, command: C) -> Result<(), A::Error> {
        assert!(
            *command.target() == self.id,
            "the command is for {:?}, this root is {:?}",
            command.target(),
            self.id
        );
        let events = command.decide(&self.state, &self.context)?;
        events.into_iter().for_each(|event| self.record(event));
        Ok(())
    }

    /// Records an event as it is, without a decision.
    pub fn record(&mut self, event: impl Into<A::Event>) {
        let event = event.into();
        self.pending.push(event.clone());
        self.state.evolve(event);
    }

    /// The pending events as bytes.
    pub(super) fn encode_pending(&self, format: &impl Format) -> Result<Vec<NewEvent>, SaveError> {
        let encode = |event: &A::Event| {
            NewEvent::encode(event, format).map_err(|source| SaveError::Encode {
                event_type: A::Event::TYPES[event.type_index()].name,
                stream: self.stream.clone(),
                source,
            })
        };
        self.pending.iter().map(encode).collect()
    }

    /// Takes the pending events as written by `commit_id`, the last of them at `last_index` in it and at `version` in
    /// the stream.
    pub(super) fn mark_saved(
        &mut self,
        commit_id: CommitId,
        last_index: u32,
        version: Version,
    ) -> Vec<A::Event> {
        if version == self.version() {
            self.base = version;
            self.last_event = Some(commit_id.event_id(last_index));
        } else {
            // A repeated commit: the root had been loaded with these events and has now applied them twice. From
            // version 0 nothing can be saved to this stream, so the root cannot hide a conflict.
            self.state = A::initial();
            (self.base, self.last_event) = (Version::EMPTY, None);
        }
        self.context = Context::fresh(self.context.now(), self.context.metadata().clone());
        self.condition = None;
        std::mem::take(&mut self.pending)
    }
}

impl<A: Aggregate + fmt::Debug> fmt::Debug for Root<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root")
            .field("stream", &self.stream)
            .field("version", &self.version())
            .field("pending", &self.pending.len())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
