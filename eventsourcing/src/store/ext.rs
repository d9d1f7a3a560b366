//! [`EventStoreExt`]: conveniences over any store.

use async_trait::async_trait;

use super::{Committed, EventStore, EventStream, Filter, StreamRange, stream};
use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::ids::CommitId;
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
