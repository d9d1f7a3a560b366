//! `Stream`s over pages.

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::{EventStore, Filter, StreamRange};
use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::stream_id::StreamId;
use crate::version::Position;

/// Events one after the other; a failed read is the last item.
pub type EventStream<'a> = BoxStream<'a, Result<RecordedEvent, ReadError>>;

/// A range of a stream, a page in memory at a time.
pub(super) fn of_stream<'a, S: EventStore + ?Sized>(
    store: &'a S,
    stream: &'a StreamId,
    range: StreamRange,
) -> EventStream<'a> {
    let pages = stream::try_unfold(Some(range), move |range| async move {
        let Some(range) = range else { return Ok(None) };
        let page = store.read_stream(stream, range).await?;
        Ok(Some((in_order(page.events), page.next)))
    });
    pages.try_flatten().boxed()
}

/// The log up to where it ends when the first page is read, a page in memory at a time.
pub(super) fn of_log<'a, S: EventStore + ?Sized>(
    store: &'a S,
    after: Position,
    filter: &'a Filter,
) -> EventStream<'a> {
    let pages = stream::try_unfold((after, None), move |(after, end)| async move {
        if end.is_some_and(|end| after >= end) {
            return Ok(None);
        }
        let mut page = store
            .read_all(after, filter, StreamRange::DEFAULT_LIMIT)
            .await?;
        let end = end.unwrap_or(page.head);
        page.events.retain(|event| event.position <= end);
        Ok(Some((in_order(page.events), (page.next, Some(end)))))
    });
    pages.try_flatten().boxed()
}

fn in_order(events: Vec<RecordedEvent>) -> EventStream<'static> {
    stream::iter(events.into_iter().map(Ok)).boxed()
}
