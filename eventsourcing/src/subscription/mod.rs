//! Subscriptions: the log as it grows.

mod error;
mod run;
mod start;

use std::fmt;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};

pub use self::error::SubscriptionError;
use self::run::Run;
pub use self::start::StartAt;
use crate::backoff::Backoff;
use crate::envelope::RecordedEvent;
use crate::store::{EventStore, Filter, StreamRange};
use crate::time::{Clock, SystemClock};
use crate::version::Position;

/// Follows the log: first what is there, then what comes, in order, each event once, without a gap between the two.
///
/// It reads a page when it is asked for more than it has, so a slow reader holds it up and nothing piles up; what it holds
/// is bounded by [`StreamRange::PAGE_BYTES`]. All its futures may be dropped at any point: nothing is lost, the next call
/// goes on. It reads again at once when the store hints at more, and every quarter of a second without a hint. A store that
/// is unavailable for a while is asked again with growing delays ([`Subscription::backoff`]).
///
/// Reading what is there needs no runtime; waiting for more takes place on the [`Clock`], which by default needs tokio's
/// timer.
///
/// ```
/// use eventsourcing::{Filter, MemoryStore, StartAt, Subscription};
/// # use eventsourcing::{Commit, EventStore, ExpectedVersion, FormatId, NewEvent};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// # let event = NewEvent { event_type: "account.opened".into(), schema_version: 1, readable_by: 1, format: FormatId::JSON, tags: vec![], payload: "{}".into() };
/// # store.append(Commit::new().append("account-7".parse()?, ExpectedVersion::Any, vec![event])).await?;
/// let mut accounts = Subscription::new(store.clone())
///     .filter(Filter::all().category("account"))
///     .from(StartAt::Beginning);
/// let event = accounts.next().await?;
/// println!("{} {}", event.position, event.event_type);
/// // Where to go on after the program was started again:
/// let bookmark = StartAt::After(accounts.position());
/// # assert_eq!(bookmark, StartAt::After(eventsourcing::Position::new(1)));
/// # Ok(()) }
/// ```
pub struct Subscription<S> {
    store: S,
    filter: Filter,
    start: StartAt,
    page_bytes: usize,
    backoff: Backoff,
    clock: Arc<dyn Clock>,
    run: Run,
}

/// A stretch of the log, as a [`Subscription`] hands it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The matching events, in log order. It may be empty: then only [`Batch::examined`] has moved.
    pub events: Vec<RecordedEvent>,
    /// Everything up to here has been handed out or does not match: where to go on from.
    pub examined: Position,
    /// Where the log ended when this was read.
    pub head: Position,
}

impl Batch {
    /// Whether there was nothing more in the log when this was read.
    pub fn is_caught_up(&self) -> bool {
        self.examined >= self.head
    }
}

impl<S: EventStore> Subscription<S> {
    /// Most events in a batch.
    pub const MAX_EVENTS: usize = 10_000;

    /// Follows the whole log from its beginning, unless told otherwise. Clones and `Arc`s of stores are stores.
    pub fn new(store: S) -> Self {
        Self {
            store,
            filter: Filter::all(),
            start: StartAt::Beginning,
            page_bytes: StreamRange::PAGE_BYTES,
            backoff: Backoff::default(),
            clock: Arc::new(SystemClock),
            run: Run::default(),
        }
    }

    /// Wants only these events.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Begins there. It has no effect once the subscription has begun.
    pub fn from(mut self, start: StartAt) -> Self {
        self.start = start;
        self
    }

    /// Ends a batch once its payloads have so many bytes: 1 MiB unless told otherwise, which is also the most. A batch has
    /// one event at least, whatever its size.
    pub fn page_bytes(mut self, bytes: usize) -> Self {
        self.page_bytes = bytes.min(StreamRange::PAGE_BYTES);
        self
    }

    /// How long and how often it tries again while the store is unavailable.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Waits on this clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Fixes where it begins, if it has not begun yet, and returns how far it has come. For [`StartAt::End`] this is the
    /// moment that counts: what is written later will be handed out.
    ///
    /// # Errors
    /// See [`SubscriptionError`].
    pub async fn start(&mut self) -> Result<Position, SubscriptionError> {
        self.begin().await?;
        Ok(self.position())
    }

    /// How far it has come: everything up to here has been handed out or does not match. [`Position::START`] before it has
    /// begun.
    pub fn position(&self) -> Position {
        self.run.examined()
    }

    /// The next event; waits until there is one.
    ///
    /// # Errors
    /// See [`SubscriptionError`]. The next call goes on behind the last event that was handed out.
    pub async fn next(&mut self) -> Result<RecordedEvent, SubscriptionError> {
        loop {
            let batch = self.next_batch(1).await?;
            if let Some(event) = batch.events.into_iter().next() {
                return Ok(event);
            }
        }
    }

    /// The next events, up to `max` (from 1 to [`Subscription::MAX_EVENTS`]) and to [`Subscription::page_bytes`], as many as
    /// are there; waits only if nothing is. A batch without events tells that the log was examined further and had none.
    ///
    /// # Errors
    /// See [`SubscriptionError`]. The next call goes on behind the last batch that was handed out.
    pub async fn next_batch(&mut self, max: usize) -> Result<Batch, SubscriptionError> {
        let max = max.clamp(1, Self::MAX_EVENTS);
        loop {
            if let Some(batch) = self.run.take(max, self.page_bytes) {
                return Ok(batch);
            }
            self.read_on(max).await?;
        }
    }

    /// The events as a `Stream` without end; an error is its last item.
    pub fn into_stream(self) -> BoxStream<'static, Result<RecordedEvent, SubscriptionError>> {
        stream::unfold(Some(self), |subscription| async move {
            let mut subscription = subscription?;
            match subscription.next().await {
                Ok(event) => Some((Ok(event), Some(subscription))),
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed()
    }
}

impl<S> fmt::Debug for Subscription<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("filter", &self.filter)
            .field("start", &self.start)
            .field("position", &self.run.examined())
            .finish_non_exhaustive()
    }
}
