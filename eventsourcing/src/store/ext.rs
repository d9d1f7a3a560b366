//! [`EventStoreExt`]: conveniences over any store.

use async_trait::async_trait;
use futures_util::TryStreamExt;

use super::{
    Committed, EventStore, EventStream, Filter, Query, ScanStream, StreamRange, scan, stream,
};
use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::event::EventView;
use crate::ids::{CausationId, CommitId};
use crate::stream_id::StreamId;
use crate::version::{Position, Version};

/// What an earlier commit wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCommit {
    /// What its append returned, marked as a duplicate.
    pub committed: Committed,
    /// Its events.
    pub events: Vec<RecordedEvent>,
}

/// Conveniences over any store; implemented for all of them, never by hand.
#[async_trait]
pub trait EventStoreExt: EventStore {
    /// Looks up an earlier commit by its id.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn find_commit(&self, id: CommitId) -> Result<Option<FoundCommit>, ReadError> {
        let filter = Filter::all().commit(id);
        let limit = self.capabilities().max_events_per_commit;
        let (mut events, mut after) = (Vec::new(), Position::START);
        loop {
            let page = self.read_all(after, &filter, limit).await?;
            events.extend(page.events);
            let complete = events
                .first()
                .is_some_and(|e: &RecordedEvent| events.len() == e.commit_len as usize);
            if complete || page.next >= page.head {
                return Ok(found(events));
            }
            after = page.next;
        }
    }

    /// A range of a stream as a `Stream`, with one page in memory at a time.
    fn stream_events<'a>(&'a self, stream: &'a StreamId, range: StreamRange) -> EventStream<'a> {
        stream::of_stream(self, stream, range)
    }

    /// The matching events past `after`, up to the log's end at the time of the first read, as a `Stream` with one
    /// page in memory at a time.
    ///
    /// ```
    /// use eventsourcing::{EventStoreExt, Filter, MemoryStore, Position};
    /// use futures_util::TryStreamExt;
    /// # async fn demo() -> Result<(), eventsourcing::ReadError> {
    /// let (store, accounts) = (MemoryStore::new(), Filter::all().category("account"));
    /// let mut events = store.log_events(Position::START, &accounts);
    /// while let Some(event) = events.try_next().await? {
    ///     println!("{} {}", event.position, event.event_type);
    /// }
    /// # Ok(()) }
    /// ```
    fn log_events<'a>(&'a self, after: Position, filter: &'a Filter) -> EventStream<'a> {
        stream::of_log(self, after, filter)
    }

    /// What a filter finds in the log, oldest or newest first, page by page with cursors, or as a `Stream`.
    fn query(&self, filter: Filter) -> Query<'_, Self> {
        Query::new(self, filter)
    }

    /// The events of a view that the filter finds, typed and lifted to today's version, each with where it comes from, up to
    /// the log's end at the time of the first read. An event that was split comes once for each part.
    ///
    /// ```
    /// use eventsourcing::{EventStoreExt, Filter, MemoryStore};
    /// use futures_util::TryStreamExt;
    /// # use eventsourcing::{Event, EventView, NewEvent, Json, Commit, EventStore, ExpectedVersion};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Debug, Clone, Serialize, Deserialize)] pub struct Deposited { pub cents: u64 }
    /// # #[derive(Debug, Clone, Serialize, Deserialize)] pub struct Closed {}
    /// # #[derive(Debug, Clone, Event)]
    /// # pub enum AccountEvent {
    /// #     #[es(name = "account.deposited")] Deposited(Deposited),
    /// #     #[es(name = "account.closed")] Closed(Closed),
    /// # }
    /// #[derive(EventView)]
    /// #[es(of = AccountEvent)]
    /// enum MoneyIn { Deposited(Deposited) }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = MemoryStore::new();
    /// # for event in [AccountEvent::Deposited(Deposited { cents: 5 }), AccountEvent::Closed(Closed {})] {
    /// #     let event = NewEvent::encode(&event, &Json)?;
    /// #     store.append(Commit::new().append("account-7".parse()?, ExpectedVersion::Any, vec![event])).await?;
    /// # }
    /// let (mut sum, mut deposits) = (0, store.scan::<MoneyIn>(Filter::all().category("account")));
    /// while let Some((MoneyIn::Deposited(deposit), _recorded)) = deposits.try_next().await? {
    ///     sum += deposit.cents;
    /// }
    /// # assert_eq!(sum, 5);
    /// # Ok(()) }
    /// ```
    fn scan<'a, V>(&'a self, filter: Filter) -> ScanStream<'a, V>
    where
        V: for<'de> EventView<'de> + Send + 'a,
    {
        scan::scan(self, filter)
    }

    /// Everything that one request set in motion: the events that share this one's correlation id, itself among them.
    fn chain_of(&self, event: &RecordedEvent) -> Query<'_, Self> {
        self.query(Filter::all().correlation(event.correlation_id()))
    }

    /// What this event directly caused: the events of its chain that name it as their cause. Events that name it and have a
    /// correlation id of another chain are found by [`Filter::causation`] alone, which looks through the log.
    fn effects_of(&self, event: &RecordedEvent) -> Query<'_, Self> {
        let effects = Filter::all()
            .correlation(event.correlation_id())
            .causation(event.event_id().into());
        self.query(effects)
    }

    /// The event that directly caused this one; `None` if it names no cause, or one that is no event of its chain, such as a
    /// message from outside.
    ///
    /// # Errors
    /// See [`ReadError`].
    async fn cause_of(&self, event: &RecordedEvent) -> Result<Option<RecordedEvent>, ReadError> {
        let Some(cause) = event.metadata.causation_id else {
            return Ok(None);
        };
        let earlier = Filter::all()
            .correlation(event.correlation_id())
            .positions(..event.position);
        let mut earlier = self.query(earlier).backward().events();
        while let Some(earlier) = earlier.try_next().await? {
            if CausationId::from(earlier.event_id()) == cause {
                return Ok(Some(earlier));
            }
        }
        Ok(None)
    }

    /// Calls `each` with every event of a stream range, page by page, and returns the stream's version.
    ///
    /// # Errors
    /// See [`ReadError`]; or whatever `each` returns, which ends the reading.
    async fn for_each_in_stream<E, F>(
        &self,
        stream: &StreamId,
        range: StreamRange,
        mut each: F,
    ) -> Result<Version, E>
    where
        E: From<ReadError> + Send,
        F: FnMut(RecordedEvent) -> Result<(), E> + Send,
    {
        let mut range = range;
        loop {
            let page = self.read_stream(stream, range).await?;
            for event in page.events {
                each(event)?;
            }
            match page.next {
                Some(next) => range = next,
                None => return Ok(page.head),
            }
        }
    }

    /// Calls `each` with every matching event past `after`, up to the log's end at the time of the first read, page
    /// by page, and returns how far the log was examined.
    ///
    /// # Errors
    /// See [`ReadError`]; or whatever `each` returns, which ends the reading.
    async fn for_each_in_log<E, F>(
        &self,
        after: Position,
        filter: &Filter,
        mut each: F,
    ) -> Result<Position, E>
    where
        E: From<ReadError> + Send,
        F: FnMut(RecordedEvent) -> Result<(), E> + Send,
    {
        let (mut after, mut end) = (after, None);
        loop {
            let page = self
                .read_all(after, filter, StreamRange::DEFAULT_LIMIT)
                .await?;
            let end = *end.get_or_insert(page.head);
            for event in page.events {
                if event.position <= end {
                    each(event)?;
                }
            }
            after = page.next;
            if after >= end {
                return Ok(end);
            }
        }
    }
}

impl<S: EventStore + ?Sized> EventStoreExt for S {}

fn found(events: Vec<RecordedEvent>) -> Option<FoundCommit> {
    Committed::repeated(&events).map(|committed| FoundCommit { committed, events })
}
