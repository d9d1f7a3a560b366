//! [`RepositoryExt`]: load, decide, save, and again on conflict.

use async_trait::async_trait;

use super::{ExecuteError, LoadError, Repository, Root, SaveError, Saved};
use crate::aggregate::Aggregate;
use crate::command::{Command, Context};
use crate::error::AppendError;
use crate::ids::CommitId;
use crate::metadata::Metadata;
use crate::store::AppendCondition;
use crate::store::Receipt;
use crate::version::{ExpectedVersion, Version};

/// How a command is executed.
///
/// ```
/// use eventsourcing::{ExecuteOptions, Metadata};
/// let options = ExecuteOptions {
///     idempotency_key: Some("payment-7781".into()),
///     metadata: Metadata::new().with_actor("ada"),
///     ..ExecuteOptions::default()
/// };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecuteOptions {
    /// What the aggregate's version must be, besides not changing between load and save.
    pub expected: ExpectedVersion,
    /// The same key executes once: a repetition returns the first outcome, whatever the command asks for by then. It
    /// names the commit, for good and across all aggregates, so no two commands may share one. A refused command, or one that changed nothing, leaves no trace and may be repeated.
    pub idempotency_key: Option<String>,
    /// A condition over the rest of the log that must hold when the events are written: a rule across aggregates. The
    /// caller has read what it rests on, so a condition that fails is reported and not tried again.
    pub condition: Option<AppendCondition>,
    /// What travels with the events.
    pub metadata: Metadata,
    /// How often the decision is repeated on fresh state after a conflict.
    pub retries: u32,
}

impl Default for ExecuteOptions {
    fn default() -> Self {
        Self {
            expected: ExpectedVersion::Any,
            idempotency_key: None,
            condition: None,
            metadata: Metadata::default(),
            retries: 16,
        }
    }
}

/// What a command led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome<A: Aggregate> {
    /// The events, in order; none if the command changed nothing.
    pub events: Vec<A::Event>,
    /// The aggregate's version after them.
    pub version: Version,
    /// Where they are in the log; `None` if there are none.
    pub receipt: Option<Receipt>,
    /// Whether this is the outcome of an earlier execution with the same idempotency key.
    pub duplicate: bool,
}

impl<A: Aggregate> From<Saved<A>> for Outcome<A> {
    fn from(saved: Saved<A>) -> Self {
        let duplicate = saved
            .committed
            .as_ref()
            .is_some_and(|committed| committed.duplicate);
        let receipt = saved.committed.map(|committed| committed.receipt);
        Self {
            events: saved.events,
            version: saved.version,
            receipt,
            duplicate,
        }
    }
}

/// Conveniences over any repository; implemented for all of them, never by hand.
#[async_trait]
pub trait RepositoryExt<A: Aggregate>: Repository<A> {
    /// Executes a command with the default options.
    ///
    /// # Errors
    /// [`ExecuteError::Rejected`] if the aggregate refuses; the other kinds say what failed around it.
    async fn execute<C>(&self, command: C) -> Result<Outcome<A>, ExecuteError<A::Error>>
    where
        C: Command<Aggregate = A> + Clone + Sync,
    {
        self.execute_with(command, ExecuteOptions::default()).await
    }

    /// Executes a command: loads its aggregate, lets it decide, saves the events; on conflict, again on fresh state.
    ///
    /// # Errors
    /// [`ExecuteError::Rejected`] if the aggregate refuses, [`ExecuteError::Conflict`] if the version is not the
    /// expected one, the condition does not hold or the retries are used up, [`LoadError::OtherStream`] if the idempotency key was used for
    /// another aggregate; the other kinds say what failed around it. After
    /// [`AppendError::OutcomeUnknown`] repeat it with the same idempotency key. Without one, look with
    /// [`Repository::find_saved`] for the commit that the error names before executing it again.
    async fn execute_with<C>(
        &self,
        command: C,
        options: ExecuteOptions,
    ) -> Result<Outcome<A>, ExecuteError<A::Error>>
    where
        C: Command<Aggregate = A> + Clone + Sync,
    {
        let key = options.idempotency_key.as_deref().map(CommitId::from_key);
        let commit_id = key.unwrap_or_else(CommitId::generate);
        let context = Context::new(self.now(), commit_id, options.metadata.clone());
        let (mut attempts, mut turn) = (0, None);
        loop {
            attempts += 1;
            let mut root = self.load(command.target()).await?;
            root.set_context(context.clone());
            root.condition.clone_from(&options.condition);
            let error = match decide(&mut root, command.clone(), options.expected) {
                Ok(()) if root.pending().is_empty() => Stop::Nothing,
                Ok(()) => match self.save(&mut root).await {
                    Ok(saved) => return Ok(saved.into()),
                    Err(SaveError::Append(error))
                        if matches!(error, AppendError::Conflict { .. })
                            && attempts <= options.retries =>
                    {
                        tracing::debug!(stream = %root.stream(), attempts, %error, "conflict; deciding again");
                        match turn {
                            // Within this repository one after the other; against other writers by chance.
                            None => turn = Some(self.turn(command.target()).await),
                            Some(_) => back_off(attempts).await,
                        }
                        continue;
                    }
                    Err(SaveError::Append(source)) if source.is_conflict() => {
                        Stop::Error(ExecuteError::Conflict { attempts, source })
                    }
                    Err(error) => Stop::Error(error.into()),
                },
                Err(Refusal::Rejected(error)) => Stop::Error(ExecuteError::Rejected(error)),
                Err(Refusal::Version(source)) => {
                    Stop::Error(ExecuteError::Conflict { attempts, source })
                }
            };
            // A repetition decides on newer state, so it may come to anything: the earlier commit is the answer.
            if let (Some(commit_id), true) = (key, error.may_be_repetition())
                && let Some(saved) = self.find_saved(command.target(), commit_id).await?
            {
                return Ok(saved.into());
            }
            return match error {
                Stop::Nothing => Ok(Outcome {
                    events: Vec::new(),
                    version: root.version(),
                    receipt: None,
                    duplicate: false,
                }),
                Stop::Error(error) => Err(error),
            };
        }
    }

    /// Loads several aggregates, in the order of the ids.
    ///
    /// # Errors
    /// The first [`LoadError`].
    async fn load_many(&self, ids: &[A::Id]) -> Result<Vec<Root<A>>, LoadError> {
        let mut roots = Vec::with_capacity(ids.len());
        for id in ids {
            roots.push(self.load(id).await?);
        }
        Ok(roots)
    }
}

impl<A: Aggregate, R: Repository<A> + ?Sized> RepositoryExt<A> for R {}

enum Stop<E> {
    /// The command changes nothing.
    Nothing,
    Error(ExecuteError<E>),
}

impl<E> Stop<E> {
    fn may_be_repetition(&self) -> bool {
        match self {
            Self::Nothing
            | Self::Error(ExecuteError::Rejected(_) | ExecuteError::Conflict { .. }) => true,
            Self::Error(ExecuteError::Save(SaveError::Append(error))) => {
                matches!(error, AppendError::CommitIdReused { .. })
            }
            Self::Error(_) => false,
        }
    }
}

enum Refusal<E> {
    Rejected(E),
    Version(AppendError),
}

fn decide<A, C>(
    root: &mut Root<A>,
    command: C,
    expected: ExpectedVersion,
) -> Result<(), Refusal<A::Error>>
where
    A: Aggregate,
    C: Command<Aggregate = A>,
{
    let actual = root.version();
    if !expected.accepts(actual) {
        return Err(Refusal::Version(AppendError::Conflict {
            stream: root.stream().clone(),
            expected,
            actual,
        }));
    }
    root.handle(command).map_err(Refusal::Rejected)
}

/// Lets others go first, for a random while that grows with each attempt. Yields instead of sleeping: a conflict
/// means that somebody else made progress, and no timer is needed on any runtime.
async fn back_off(attempts: u32) {
    for _ in 0..fastrand::u32(0..1 << attempts.min(6)) {
        tokio::task::yield_now().await;
    }
}
