//! [`Projections`]: the projections of a runner, to be seen and managed.

use std::fmt;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::runtime;
use tokio::sync::{OwnedMutexGuard, watch};

use super::board::Activity;
use super::driver::{Site, Until};
use super::entry::{Control, Entry, Task};
use super::error::RunnerError;
use super::store::ProjectionStore;
use super::supervisor::Supervisor;

/// Most rounds that process managers go in one call.
const MOST_ROUNDS: usize = 1_000;

/// The projections of a [`ProjectionRunner`](super::ProjectionRunner). Clones are the same; when the last one is dropped, what
/// runs ends where it is, which costs nothing but doing the last batch again.
///
/// Everything works whether a projection runs here or not. What somebody does takes an actor, and is recorded in the log as an
/// [`OperatorEvent`](super::OperatorEvent). The guide `docs/read-models.md` in the repository says when to do what.
///
/// ```
/// # use eventsourcing::{
/// #     Commit, CutOver, Event, EventStore, EventView, ExpectedVersion, Json, MemoryStore, NewEvent, Projection,
/// #     ProjectionOptions, ProjectionRunner, ReadModel, ReadModelError, ReadModels, RecordedEvent, RowTx, StreamId,
/// # };
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// # struct Deposited { cents: u64 }
/// # #[derive(Debug, Clone, PartialEq, Event)]
/// # enum AccountEvent { #[es(name = "account.deposited")] Deposited(Deposited) }
/// # #[derive(EventView)]
/// # #[es(of = AccountEvent)]
/// # enum Seen { Deposited(Deposited) }
/// # #[derive(Debug, thiserror::Error)]
/// # enum FoldError {
/// #     #[error(transparent)] Rows(#[from] ReadModelError),
/// #     #[error("a deposit of nothing")] Nothing,
/// # }
/// # const BALANCES: ReadModel<String, u64> = ReadModel::new("balances");
/// # struct Balances;
/// # impl Projection for Balances {
/// #     const NAME: &'static str = "balances";
/// #     const VERSION: u32 = 1;
/// #     type View = Seen;
/// #     type Tx = RowTx;
/// #     type Error = FoldError;
/// #     async fn handle(&self, event: Seen, recorded: &RecordedEvent, tx: &mut RowTx) -> Result<(), FoldError> {
/// #         let Seen::Deposited(Deposited { cents }) = event;
/// #         if cents == 0 { return Err(FoldError::Nothing) }
/// #         let account = recorded.stream.id().to_owned();
/// #         Ok(tx.update(&BALANCES, &account, |balance| *balance += cents)?)
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (log, models) = (MemoryStore::new(), ReadModels::in_memory());
/// # for (account, cents) in [("1", 5), ("2", 0), ("2", 7)] {
/// #     let event = NewEvent::encode(&AccountEvent::from(Deposited { cents }), &Json)?;
/// #     let stream = StreamId::new("account", account)?;
/// #     log.append(Commit::new().append(stream, ExpectedVersion::Any, vec![event])).await?;
/// # }
/// let by_hand = ProjectionOptions { cut_over: CutOver::ByHand, ..ProjectionOptions::default() };
/// let projections = ProjectionRunner::new(log.clone(), models.clone())
///     .add_with(Balances, by_hand)
///     .idle()?;                                     // nothing runs by itself; with `start`, everything does
/// projections.catch_up().await?;
///
/// // An event of account 2 could not be handled. It is parked, and so is what came after it; all others have gone on.
/// let parked = projections.parked("balances", None, 100).await?;
/// assert_eq!(parked.len(), 2);
/// let failure = parked[0].failure.as_ref().expect("the first of them has failed");
/// assert_eq!(failure.error, "a deposit of nothing");
///
/// // Once the cause is mended: again, in order. It is not, here ..
/// let outcome = projections.retry("balances", Some("account-2"), "ada").await?;
/// assert_eq!((outcome.freed, outcome.parked), (0, 2));
/// // .. so the event is left out for good.
/// let outcome = projections.skip("balances", parked[0].event_id, "ada", "booked by mistake").await?;
/// assert_eq!((outcome.freed, outcome.parked), (2, 0));
///
/// // Nothing is missing, and it has come to the end of the log.
/// projections.catch_up().await?;
/// let coverage = projections.verify("balances").await?;
/// assert!(coverage.is_complete() && coverage.position == coverage.head);
///
/// projections.rebuild("balances", "ada").await?;    // begins: the next `catch_up` does it, where nothing runs
/// projections.catch_up().await?;
/// projections.cut_over("balances", "ada").await?;   // by itself, but for `CutOver::ByHand`
/// assert_eq!(models.view("balances")?.get(&BALANCES, &"2".to_owned())?, Some(7));
/// # Ok(()) }
/// ```
pub struct Projections<P: ProjectionStore> {
    pub(super) site: Arc<Site<P>>,
    pub(super) entries: Arc<Vec<Arc<Entry<P::Tx>>>>,
}

impl<P: ProjectionStore> Clone for Projections<P> {
    fn clone(&self) -> Self {
        Self {
            site: self.site.clone(),
            entries: self.entries.clone(),
        }
    }
}

impl<P: ProjectionStore> Projections<P> {
    pub(super) fn new(site: Arc<Site<P>>, entries: Vec<Arc<Entry<P::Tx>>>) -> Self {
        Self {
            site,
            entries: Arc::new(entries),
        }
    }

    pub(super) fn start_all(&self, runtime: &runtime::Handle) {
        for entry in self.entries.iter() {
            // Nobody else has seen it yet.
            let mut control = entry
                .control
                .try_lock()
                .expect("nobody holds a new projection's control");
            control.started = Some(runtime.clone());
            entry.board.run();
            control.task = Some(self.spawn(entry, runtime));
        }
    }

    /// Handles everything that is in the log now, within this future, and takes rebuilt generations into use. What others write
    /// meanwhile is not waited for. What is paused stays so.
    ///
    /// Process managers come first, so that all others see what they have written; their timers that are due by the runner's
    /// clock fire. They go round by round, each over what the log has when it begins, until nothing follows from what they set
    /// in motion, but at most 1,000 times: two that answer each other for ever, or others who go on writing, do not keep
    /// it. What is left then is for the next call, and a warning says so.
    ///
    /// An event that fails is parked; parked ones that are due by the runner's clock are tried again, and those due later are
    /// not waited for.
    ///
    /// # Errors
    /// [`RunnerError::Stopped`] for the first one that has stopped by itself; the others have been brought up to date. All have, with
    /// [`StopReason::Closed`](super::StopReason::Closed), once the log or the rows were closed.
    /// [`RunnerError::Log`] if the log's end cannot be read.
    pub async fn catch_up(&self) -> Result<(), RunnerError> {
        let (acting, others): (Vec<_>, Vec<_>) =
            self.entries.iter().partition(|entry| entry.grows_log());
        let acted = self.act(&acting).await;
        acted.and(self.catch_up_all(&others).await)
    }

    /// Goes round by round until the log does not grow any more.
    async fn act(&self, acting: &[&Arc<Entry<P::Tx>>]) -> Result<(), RunnerError> {
        if acting.is_empty() {
            return Ok(());
        }
        let (mut going, mut outcome) = (acting.to_vec(), Ok(()));
        // A log that cannot be read is waited for by whoever reads it.
        let mut head = self.site.events.head().await.ok();
        for _ in 0..MOST_ROUNDS {
            let round = self.catch_up_each(&going).await;
            // The others still come to their end.
            let mut went = round.iter().map(Result::is_ok);
            going.retain(|_| went.next() == Some(true));
            outcome = outcome.and(round.into_iter().collect());
            if going.is_empty() {
                return outcome;
            }
            let before = head.replace(self.site.events.head().await?);
            if before == head {
                return outcome;
            }
        }
        tracing::warn!(
            rounds = MOST_ROUNDS,
            ?head,
            "the log grows with every round of the process managers; what is left is for the next time"
        );
        outcome
    }

    async fn catch_up_all(&self, entries: &[&Arc<Entry<P::Tx>>]) -> Result<(), RunnerError> {
        let all = self.catch_up_each(entries).await;
        all.into_iter().collect()
    }

    async fn catch_up_each(&self, entries: &[&Arc<Entry<P::Tx>>]) -> Vec<Result<(), RunnerError>> {
        let all = entries.iter().map(|entry| async {
            let quiet = self.quiet(entry).await;
            let (_keep, mut halt) = watch::channel(false);
            let outcome = self.supervisor(entry).run(Until::Head, &mut halt).await;
            drop(quiet);
            outcome.map_err(|reason| RunnerError::Stopped {
                name: entry.name.to_string(),
                reason,
            })
        });
        join_all(all).await
    }

    /// Lets everything that runs come to the end of its batch, write its progress and end.
    pub async fn shutdown(&self) {
        let all = self.entries.iter().map(|entry| async {
            let mut quiet = self.quiet(entry).await;
            quiet.control.started = None;
            entry.board.activity(Activity::Idle);
        });
        join_all(all).await;
    }

    pub(super) fn entry(&self, name: &str) -> Result<&Arc<Entry<P::Tx>>, RunnerError> {
        let mut entries = self.entries.iter();
        entries
            .find(|entry| *entry.name == *name)
            .ok_or_else(|| RunnerError::Unknown {
                name: name.into(),
                known: self
                    .entries
                    .iter()
                    .map(|entry| entry.name.to_string())
                    .collect(),
            })
    }

    pub(super) fn supervisor(&self, entry: &Arc<Entry<P::Tx>>) -> Supervisor<P> {
        Supervisor {
            site: self.site.clone(),
            entry: entry.clone(),
        }
    }

    fn spawn(&self, entry: &Arc<Entry<P::Tx>>, runtime: &runtime::Handle) -> Task {
        let supervisor = self.supervisor(entry);
        let (halt, mut halted) = watch::channel(false);
        let join = runtime.spawn(async move {
            // What has stopped it is shown on its board.
            let _ = supervisor.run(Until::Told, &mut halted).await;
        });
        Task { halt, join }
    }

    /// Holds a projection still: whatever drives it here has ended, until this is dropped.
    pub(super) async fn quiet(&self, entry: &Arc<Entry<P::Tx>>) -> Quiet<P> {
        let control = entry.control.clone().lock_owned().await;
        let mut quiet = Quiet {
            projections: self.clone(),
            entry: entry.clone(),
            control,
        };
        if let Some(task) = &mut quiet.control.task {
            task.halt.send_replace(true);
            // It has ended, however it did.
            let _ = (&mut task.join).await;
            quiet.control.task = None;
        }
        quiet
    }
}

/// Holds a projection still, and starts it again if it had been started.
pub(super) struct Quiet<P: ProjectionStore> {
    projections: Projections<P>,
    entry: Arc<Entry<P::Tx>>,
    control: OwnedMutexGuard<Control>,
}

impl<P: ProjectionStore> Quiet<P> {
    pub(super) fn entry(&self) -> &Arc<Entry<P::Tx>> {
        &self.entry
    }
}

impl<P: ProjectionStore> Drop for Quiet<P> {
    fn drop(&mut self) {
        // One that was told to end and not waited for is ended for good.
        self.control.task = None;
        match self.control.started.clone() {
            Some(runtime) => {
                self.entry.board.run();
                let task = self.projections.spawn(&self.entry, &runtime);
                self.control.task = Some(task);
            }
            None => self.entry.board.activity(Activity::Idle),
        }
    }
}

impl<P: ProjectionStore> fmt::Debug for Projections<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.entries.iter().map(|entry| &*entry.name);
        f.debug_list().entries(names).finish()
    }
}
