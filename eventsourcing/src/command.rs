//! Commands: requests that an aggregate may refuse.

use std::sync::OnceLock;

use crate::aggregate::Aggregate;
use crate::events::Events;
use crate::ids::{CommitId, CorrelationId};
use crate::metadata::Metadata;
use crate::time::Timestamp;

/// A request to one aggregate instance. `#[derive(Command)]` writes it for a struct with one `#[es(id)]` field, or
/// for an enum of such structs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "missing `#[derive(eventsourcing::Command)]`",
    note = "derive `eventsourcing::Command` and mark the field that names the aggregate with `#[es(id)]`"
)]
pub trait Command: Sized + Send {
    /// The aggregate that decides on it.
    type Aggregate: Aggregate;

    /// Which instance is asked.
    fn target(&self) -> &<Self::Aggregate as Aggregate>::Id;

    /// Lets the aggregate decide, through its [`Handle`].
    ///
    /// # Errors
    /// The aggregate's own error if it refuses.
    fn decide(
        self,
        state: &Self::Aggregate,
        context: &Context,
    ) -> Result<Events<<Self::Aggregate as Aggregate>::Event>, <Self::Aggregate as Aggregate>::Error>;
}

/// An aggregate's decision on one type of command.
///
/// Pure and synchronous: no I/O and no clock of its own. What it needs from outside is looked up before and travels
/// in the command; the time is in the [`Context`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle command `{C}`",
    label = "missing `impl eventsourcing::Handle<{C}> for {Self}`",
    note = "the aggregate decides on every command that names it: implement `eventsourcing::Handle<{C}>`, returning the events or the refusal"
)]
pub trait Handle<C>: Aggregate {
    /// The events that the command leads to (none is fine), or why it is refused.
    ///
    /// # Errors
    /// The aggregate's own error.
    fn handle(&self, command: C, context: &Context) -> Result<Events<Self::Event>, Self::Error>;
}

/// What a decision may know besides state and command. Fixed for one command, however often it is retried.
#[derive(Debug)]
pub struct Context {
    now: Timestamp,
    /// Made when first asked for: a root that only reads needs none.
    command_id: OnceLock<CommitId>,
    metadata: Metadata,
}

impl Context {
    /// A context for the command `command_id`, decided at `now`.
    pub fn new(now: Timestamp, command_id: CommitId, metadata: Metadata) -> Self {
        Self {
            now,
            command_id: command_id.into(),
            metadata,
        }
    }

    /// A context for a command of its own.
    pub(crate) const fn fresh(now: Timestamp, metadata: Metadata) -> Self {
        Self {
            now,
            command_id: OnceLock::new(),
            metadata,
        }
    }

    /// The command's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The command's id, which becomes the id of its commit, unless a [`UnitOfWork`](crate::UnitOfWork) writes it under
    /// its own.
    pub fn command_id(&self) -> CommitId {
        *self.command_id.get_or_init(CommitId::generate)
    }

    /// What travels with the command and its events.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The correlation id that the command's events will have.
    pub fn correlation_id(&self) -> CorrelationId {
        self.metadata
            .correlation_id
            .unwrap_or_else(|| self.command_id().into())
    }
}

impl Clone for Context {
    fn clone(&self) -> Self {
        // Both are the same command, so the id is settled now.
        Self::new(self.now, self.command_id(), self.metadata.clone())
    }
}
