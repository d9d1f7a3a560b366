//! Recording what happens to a store and proving afterwards that it kept its word.
//!
//! [`Recorded`] wraps a store and notes of each call when it was invoked, when it returned, and what it said, in a
//! [`History`]. Once all is done, [`History::check`] compares that with the log as it is in the end. Any number of tasks may
//! write and read, futures may be dropped, and the store may be closed, crash and be opened again in between: as long as
//! everything goes through one history, the checker tells whether
//!
//! - every acknowledged commit is there once, whole, with its content, where its receipt says;
//! - what was refused is absent, and what became of an unknown outcome is all or nothing;
//! - streams are numbered 1..n, each expected version has one winner, each condition held when its commit was written;
//! - refusals told the truth: the version or event they name was there between invocation and answer;
//! - each read shows a prefix of the log, nothing of it missing, nothing of a commit apart;
//! - time does not run backwards: what was acknowledged or read before a call began is there for that call.
//!
//! It asks of a store to be one: what one handle acknowledged, another one shows, and a commit id is remembered for as long
//! as the history lasts.
//!
//! The log's own order is the only one that can explain the calls, so no search is needed: checking takes `n log n` time,
//! for filters that many calls share or that match little.
//!
//! ```
//! use eventsourcing::{Commit, EventStore, ExpectedVersion, FormatId, MemoryStore, NewEvent, StreamId};
//! use eventsourcing_testkit::history::{History, Recorded};
//! # fn opened() -> NewEvent {
//! #     NewEvent { event_type: "opened".into(), schema_version: 1, readable_by: 1, format: FormatId::JSON, tags: vec![], payload: "{}".into() }
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let history = History::new();
//! let store = Recorded::new(MemoryStore::new(), &history);
//! let ada = StreamId::new("account", "ada")?;
//! store.append(Commit::new().append(ada, ExpectedVersion::NoStream, vec![opened()])).await?;
//! let checked = history.check(store.inner()).await?;
//! assert_eq!((checked.acknowledged, checked.events), (1, 1));
//! # Ok::<_, Box<dyn std::error::Error>>(()) })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Load`] is a ready-made load: many writers that do everything a writer can do, and readers that follow them.

mod call;
mod check;
mod digest;
mod dropped;
mod load;
mod recorded;
mod violation;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventsourcing::{EventStore, EventStoreExt, Filter, Position, ReadError, RecordedEvent};

pub use self::call::{Call, Operation};
pub use self::check::Checked;
pub use self::dropped::drop_after;
pub use self::load::{Load, Loaded};
pub use self::recorded::Recorded;
pub use self::violation::{Violation, ViolationKind};

/// What was asked of a store that was empty at first, and what it said. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct History {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    clock: AtomicU64,
    calls: Mutex<Vec<Call>>,
}

impl History {
    /// An empty history.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a call that was observed by other means than [`Recorded`], with times of its own making.
    pub fn note(&self, call: Call) {
        self.calls().push(call);
    }

    /// Notes that a [`HeadWatch`](eventsourcing::HeadWatch) reported this head just now.
    pub fn note_watched(&self, head: Position) {
        let now = self.tick();
        self.note(Call {
            begun: now,
            ended: Some(now),
            operation: Operation::watched(head),
        });
    }

    /// Number of calls so far.
    pub fn len(&self) -> usize {
        self.calls().len()
    }

    /// Whether nothing was noted yet.
    pub fn is_empty(&self) -> bool {
        self.calls().is_empty()
    }

    /// Reads the whole log and checks the history against it. All calls must have returned or been dropped.
    ///
    /// # Errors
    /// The first [`Violation`] that was found; also if the log cannot be read.
    pub async fn check<S: EventStore>(&self, store: &S) -> Result<Checked, Violation> {
        let (mut log, all) = (Vec::new(), Filter::all());
        let each = |event| {
            log.push(event);
            Ok::<_, ReadError>(())
        };
        let read = store.for_each_in_log(Position::START, &all, each).await;
        match read {
            Ok(_) => self.check_log(&log),
            Err(error) => Err(Violation::unreadable(&error)),
        }
    }

    /// Checks the history against this final log.
    ///
    /// # Errors
    /// The first [`Violation`] that was found.
    pub fn check_log(&self, log: &[RecordedEvent]) -> Result<Checked, Violation> {
        check::check(&self.calls(), log)
    }

    /// The next moment of the logical clock: whoever returned before another was invoked has the smaller number.
    fn tick(&self) -> u64 {
        self.shared.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Notes an append as invoked, with an unknown outcome until [`History::answered`] tells it.
    fn invoked(&self, operation: Operation) -> usize {
        let mut calls = self.calls();
        calls.push(Call {
            begun: self.tick(),
            ended: None,
            operation,
        });
        calls.len() - 1
    }

    fn answered(&self, call: usize, answer: impl FnOnce(&mut Operation)) {
        let ended = self.tick();
        let call = &mut self.calls()[call];
        answer(&mut call.operation);
        call.ended = (!call.operation.is_unknown()).then_some(ended);
    }

    fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        // Every change is a single push or assignment, so a panic elsewhere cannot leave it torn.
        self.shared
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
