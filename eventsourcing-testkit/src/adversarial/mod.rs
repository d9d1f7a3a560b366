//! A store that does what the contract allows and a well-behaved store seldom does.
//!
//! Readers, projections and repositories are written against [`EventStore`], but tried on a
//! store that is quick, answers at once and fills every page. [`Adversarial`] is the other kind:
//!
//! | what it does | why a program must bear it |
//! | --- | --- |
//! | gives way to other tasks before and after every call | a store may wait anywhere |
//! | asks for an append twice | a network repeats what it has not seen answered |
//! | drops an append half-way and asks again | so does who was cancelled, with the same commit id |
//! | cuts pages short, also to none at all, with `next` in between | a page may be shorter than asked |
//! | reports growth late, and several steps at once | a watch is a hint |
//!
//! It passes the same contract suite as the store behind it: [`AdversarialFixture`] mounts that.
//!
//! Two things more it does if asked to, which the contract suite does not bear: reads that fail for the moment
//! ([`Adversarial::with_failing_reads`]) and hints that never come ([`Adversarial::with_lost_hints`]).
//!
//! ```
//! use eventsourcing::{EventStoreExt, Filter, MemoryStore, Position};
//! use eventsourcing_testkit::adversarial::Adversarial;
//! # use eventsourcing::{Commit, EventStore, ExpectedVersion, FormatId, NewEvent};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Adversarial::new(MemoryStore::new(), 7);
//! # let event = NewEvent { event_type: "e".into(), schema_version: 1, readable_by: 1, format: FormatId::JSON, tags: vec![], payload: "{}".into() };
//! store.append(Commit::new().append("account-7".parse()?, ExpectedVersion::Any, vec![event; 9])).await?;
//! // A reader that takes a short page for the end would miss some of the nine.
//! let mut seen = 0;
//! store.for_each_in_log(Position::START, &Filter::all(), |_| { seen += 1; Ok::<_, eventsourcing::ReadError>(()) }).await?;
//! assert_eq!(seen, 9);
//! # Ok(()) }
//! ```

mod append;
mod fixture;
mod hints;
mod sidecar;
mod store;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use eventsourcing::{EventStore, ReadError};

use self::append::Known;
pub use self::fixture::AdversarialFixture;
use self::hints::Hints;

/// A store behind which another one does the work; see the [module](self). Clones share it.
///
/// The seed fixes what it does, not how tasks come to run: a failure under several tasks may need several runs. Commits
/// must all go through it: what reaches the inner store otherwise may be reported as new when it is repeated.
#[derive(Debug, Clone)]
pub struct Adversarial<S> {
    inner: S,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    dice: Mutex<fastrand::Rng>,
    known: Known,
    hints: Hints,
    /// One in so many reads fails; none if 0.
    failing: AtomicU64,
    /// Hints are not passed on any more.
    losing_hints: AtomicBool,
}

impl<S: EventStore> Adversarial<S> {
    /// Makes a store adversarial.
    ///
    /// # Panics
    /// Outside of a tokio runtime, on which the late hints are given.
    pub fn new(inner: S, seed: u64) -> Self {
        let watch = inner.watch();
        let head = watch.head();
        let shared = Arc::new(Shared {
            dice: Mutex::new(fastrand::Rng::with_seed(seed)),
            known: Known::default(),
            hints: Hints::new(head),
            failing: AtomicU64::new(0),
            losing_hints: AtomicBool::new(false),
        });
        tokio::spawn(hints::relay(watch, head, Arc::downgrade(&shared)));
        Self { inner, shared }
    }

    /// From here on about one in `often` reads fails with [`ReadError::Unavailable`]; with 1 every read does, with 0 none.
    pub fn with_failing_reads(self, often: u64) -> Self {
        self.shared.failing.store(often, Ordering::SeqCst);
        self
    }

    /// From here on watches hear of nothing any more, except that the store was closed.
    pub fn with_lost_hints(self) -> Self {
        self.shared.losing_hints.store(true, Ordering::SeqCst);
        self
    }
}

impl Shared {
    /// Gives way, and fails now and then if it was asked to.
    async fn before_reading(&self) -> Result<(), ReadError> {
        self.give_way().await;
        let often = self.failing.load(Ordering::SeqCst);
        if often > 0 && self.roll(often) == 0 {
            let reason = "as the adversary was asked to".into();
            return Err(ReadError::Unavailable {
                reason,
                source: None,
            });
        }
        Ok(())
    }

    /// A number below `sides`, which is at least 1.
    fn roll(&self, sides: u64) -> u64 {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        dice.u64(..sides)
    }

    /// Lets other tasks go first, now and then.
    async fn give_way(&self) {
        for _ in 0..self.roll(4) {
            tokio::task::yield_now().await;
        }
    }
}
