//! [`Query`]: what a filter finds, page by page in either direction, to be gone on with later.

use std::fmt;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::cursor::Cursor;
use super::{Direction, EventStore, EventStream, Filter, LogPage, StreamRange};
use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::version::Position;

/// What a filter finds in the log, oldest or newest first, by pages or as a `Stream`;
/// [`EventStoreExt::query`](super::EventStoreExt::query) makes it.
///
/// ```
/// use eventsourcing::{Cursor, EventStoreExt, Filter, MemoryStore};
/// # use eventsourcing::{Commit, EventStore, ExpectedVersion, FormatId, NewEvent};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// # let event = NewEvent { event_type: "account.opened".into(), schema_version: 1, readable_by: 1, format: FormatId::JSON, tags: vec![], payload: "{}".into() };
/// # store.append(Commit::new().append("account-7".parse()?, ExpectedVersion::Any, vec![event; 5])).await?;
/// let newest = store.query(Filter::all().category("account")).backward().limit(3);
/// let page = newest.page().await?;
/// assert_eq!(page.events.len(), 3);
/// let link = page.cursor.to_string(); // goes into a link to the next page
/// // Later, perhaps in another process:
/// let cursor: Cursor = link.parse()?;
/// let page = store.query(Filter::all().category("account")).limit(3).resume(cursor).page().await?;
/// assert!(page.events.len() == 2 && page.is_last);
/// # Ok(()) }
/// ```
pub struct Query<'a, S: ?Sized> {
    store: &'a S,
    filter: Filter,
    cursor: Cursor,
    limit: usize,
}

/// A page of a [`Query`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPage {
    /// The matching events, in the query's direction.
    pub events: Vec<RecordedEvent>,
    /// Where the next page begins, also after the last one: forwards, more may have come by then.
    pub cursor: Cursor,
    /// Whether there is nothing more in this direction.
    pub is_last: bool,
}

impl<'a, S: EventStore + ?Sized> Query<'a, S> {
    pub(super) fn new(store: &'a S, filter: Filter) -> Self {
        Self {
            store,
            filter,
            cursor: Cursor::first(Direction::Forward),
            limit: StreamRange::DEFAULT_LIMIT,
        }
    }

    /// Newest first, from the end of the log.
    pub fn backward(mut self) -> Self {
        self.cursor = Cursor::first(Direction::Backward);
        self
    }

    /// Goes on where a page of the same query ended, in its direction.
    pub fn resume(mut self, cursor: Cursor) -> Self {
        self.cursor = cursor;
        self
    }

    /// Most events in a page; [`StreamRange::DEFAULT_LIMIT`] unless told otherwise.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Reads a page. It is full, or the last one, or its payloads have come to [`StreamRange::PAGE_BYTES`]; it reads on until
    /// then, however far the events lie apart.
    ///
    /// # Errors
    /// [`ReadError::PositionBeyondHead`] if the cursor is of another log, [`ReadError::InvalidInput`] if the limit is 0; else
    /// see [`ReadError`].
    pub async fn page(&self) -> Result<QueryPage, ReadError> {
        let (mut cursor, mut bytes) = (self.cursor, 0);
        let mut events: Vec<RecordedEvent> = Vec::new();
        loop {
            let limit = self.limit - events.len();
            let (page, is_last) = self.read(&mut cursor, limit).await?;
            bytes += page
                .events
                .iter()
                .map(|event| event.payload.len())
                .sum::<usize>();
            events.extend(page.events);
            if is_last || events.len() >= self.limit || bytes >= StreamRange::PAGE_BYTES {
                return Ok(QueryPage {
                    events,
                    cursor,
                    is_last,
                });
            }
        }
    }

    /// The events as a `Stream`, a page of the store in memory at a time. Forwards it ends where the log ends at the time of
    /// the first read.
    pub fn events(self) -> EventStream<'a> {
        let (cursor, end) = (Some(self.cursor), None);
        let pages =
            stream::try_unfold((self, cursor, end), |(query, cursor, mut end)| async move {
                let Some(mut cursor) = cursor else {
                    return Ok::<_, ReadError>(None);
                };
                let (mut page, is_last) =
                    query.read(&mut cursor, StreamRange::DEFAULT_LIMIT).await?;
                let end: Position = *end.get_or_insert(page.head);
                page.events.retain(|event| event.position <= end);
                let is_last = is_last || (cursor.is_forward() && cursor.position() >= end);
                let events = stream::iter(page.events.into_iter().map(Ok));
                let cursor = (!is_last).then_some(cursor);
                Ok(Some((events, (query, cursor, Some(end)))))
            });
        pages.try_flatten().boxed()
    }

    /// Reads once, moves the cursor on and says whether that was the last of it.
    async fn read(&self, cursor: &mut Cursor, limit: usize) -> Result<(LogPage, bool), ReadError> {
        let at = cursor.position();
        if cursor.is_forward() {
            let page = self.store.read_all(at, &self.filter, limit).await?;
            *cursor = cursor.moved(page.next);
            let is_last = page.next >= page.head;
            return Ok((page, is_last));
        }
        let page = self.store.read_back(at, &self.filter, limit).await?;
        let head = page.head;
        if !cursor.is_first() && at.get() > head.get().saturating_add(1) {
            let after = Position::new(at.get() - 1);
            return Err(ReadError::PositionBeyondHead { after, head });
        }
        *cursor = cursor.moved(page.next);
        let is_last = page.next == Position::START;
        Ok((page, is_last))
    }
}

impl<S: ?Sized> fmt::Debug for Query<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("filter", &self.filter)
            .field("cursor", &self.cursor)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
