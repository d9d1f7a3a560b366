//! [`Dispatch`]: from a process manager's commands to those who decide on them.

use std::error::Error;
use std::fmt::Display;

use crate::aggregate::Aggregate;
use crate::command::Command;
use crate::error::{AppendError, ReadError};
use crate::format::Format;
use crate::repository::{
    EventSourced, ExecuteError, ExecuteOptions, LoadError, RepositoryExt, SaveError,
};
use crate::store::EventStore;

/// Executes the commands of a process manager.
///
/// A repository is one for the commands of its aggregate; for several aggregates, match and hand on:
///
/// ```
/// # use eventsourcing::{Command, Dispatch, DispatchError, EventSourced, ExecuteOptions, MemoryStore, Aggregate};
/// # use std::sync::Arc;
/// # fn demo<Account: Aggregate, Order: Aggregate, Pay: Command<Aggregate = Account> + Clone + Sync + 'static, Ship: Command<Aggregate = Order> + Clone + Sync + 'static>() {
/// enum Task<Pay, Ship> { Pay(Pay), Ship(Ship) }
/// struct Shop<A: Aggregate, O: Aggregate> { accounts: EventSourced<A, MemoryStore>, orders: EventSourced<O, MemoryStore> }
///
/// impl<Account: Aggregate, Order: Aggregate, Pay, Ship> Dispatch<Task<Pay, Ship>> for Shop<Account, Order>
/// # where Account::Error: std::fmt::Display, Order::Error: std::fmt::Display, Pay: Command<Aggregate = Account> + Clone + Sync + 'static, Ship: Command<Aggregate = Order> + Clone + Sync + 'static
/// {
///     async fn dispatch(&self, task: Task<Pay, Ship>, options: ExecuteOptions) -> Result<(), DispatchError> {
///         match task {
///             Task::Pay(command) => self.accounts.dispatch(command, options).await,
///             Task::Ship(command) => self.orders.dispatch(command, options).await,
///         }
///     }
/// }
/// # }
/// ```
pub trait Dispatch<C>: Send + Sync + 'static {
    /// Executes a command, once per idempotency key in `options`: it may be asked for again, after a crash or when the rows of the
    /// process were lost. A command that leads to no event leaves no trace of its key, and may find more to do the next time; let
    /// the domain refuse it instead if that matters. A command that goes to several aggregates needs a key for each.
    ///
    /// # Errors
    /// [`DispatchError`]; its kind decides what becomes of the process.
    fn dispatch(
        &self,
        command: C,
        options: ExecuteOptions,
    ) -> impl Future<Output = Result<(), DispatchError>> + Send;
}

/// Why a command was not executed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// The domain has refused it. The process manager learns of it and may compensate.
    #[error("refused: {reason}")]
    Refused {
        /// The text of the refusal.
        reason: String,
    },
    /// What it needs is not there at the moment. It is tried again until it is; nothing is parked. Meanwhile the whole process
    /// manager waits, all instances and timers, and [`Projections::catch_up`](crate::Projections::catch_up) does not return, until
    /// [`ProjectionOptions::patience`](crate::ProjectionOptions) is used up: say it of what concerns all of them, and
    /// [`DispatchError::Failed`] of what concerns this instance only.
    #[error("not possible at the moment: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It cannot be executed as it is. The instance is parked.
    #[error("it cannot be executed: {0}")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl<E: Display + Send + 'static> From<ExecuteError<E>> for DispatchError {
    fn from(error: ExecuteError<E>) -> Self {
        // The refusal's type is the user's; all others are told by their texts.
        let passes = match &error {
            ExecuteError::Rejected(refusal) => {
                let reason = refusal.to_string();
                return Self::Refused { reason };
            }
            ExecuteError::Conflict { .. } => true,
            ExecuteError::Load(error) | ExecuteError::Save(SaveError::Reload(error)) => {
                load_passes(error)
            }
            ExecuteError::Save(SaveError::Append(error)) => append_passes(error),
            ExecuteError::Save(SaveError::Encode { .. }) => false,
        };
        let text = match error {
            ExecuteError::Rejected(_) => String::new(), // returned above
            ExecuteError::Conflict { source, .. } => source.to_string(),
            ExecuteError::Load(error) => error.to_string(),
            ExecuteError::Save(error) => error.to_string(),
        };
        if passes {
            Self::Unavailable(text.into())
        } else {
            Self::Failed(text.into())
        }
    }
}

fn load_passes(error: &LoadError) -> bool {
    matches!(
        error,
        LoadError::Read {
            source: ReadError::Unavailable { .. },
            ..
        }
    )
}

/// Whether an append that failed so may succeed when it is repeated as it is.
pub(super) fn append_passes(error: &AppendError) -> bool {
    matches!(
        error,
        AppendError::Unavailable { .. }
            | AppendError::OutcomeUnknown { .. }
            | AppendError::StorageFull { .. }
            | AppendError::Poisoned { .. }
            | AppendError::Conflict { .. }
            | AppendError::ConditionFailed { .. }
    )
}

impl<A, S, F, C> Dispatch<C> for EventSourced<A, S, F>
where
    A: Aggregate,
    A::Error: Display,
    S: EventStore,
    F: Format,
    C: Command<Aggregate = A> + Clone + Sync + 'static,
{
    async fn dispatch(&self, command: C, options: ExecuteOptions) -> Result<(), DispatchError> {
        self.execute_with(command, options).await?;
        Ok(())
    }
}
