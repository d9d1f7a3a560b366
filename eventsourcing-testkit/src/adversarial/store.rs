//! Reads that are cut short; everything else is passed on.

use async_trait::async_trait;
use eventsourcing::{
    AppendError, Capabilities, Commit, Committed, EventStore, Filter, HeadWatch, HeldType, LogPage,
    Position, ReadError, StreamHead, StreamId, StreamPage, StreamRange, StreamRest, Visitor,
};

use super::Adversarial;

/// Most events in a page that is cut short.
const SHORT: u64 = 8;

impl<S: EventStore> Adversarial<S> {
    /// The range, or one with a lower limit.
    fn cut(&self, range: StreamRange) -> StreamRange {
        if range.limit < 2 || self.shared.roll(2) == 0 {
            return range;
        }
        let short = usize::try_from(1 + self.shared.roll(SHORT)).unwrap_or(1);
        range.limit(short.min(range.limit))
    }
}

#[async_trait]
impl<S: EventStore> EventStore for Adversarial<S> {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        self.append_somehow(commit).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        self.shared.before_reading().await?;
        let mut page = self.inner.read_stream(stream, self.cut(range)).await?;
        page.next = page.next.map(|next| next.limit(range.limit));
        self.shared.give_way().await;
        Ok(page)
    }

    async fn visit_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
        each: &mut Visitor<'_>,
    ) -> Result<StreamRest, ReadError> {
        self.shared.before_reading().await?;
        let visit = self.inner.visit_stream(stream, self.cut(range), each);
        let mut rest = visit.await?;
        rest.next = rest.next.map(|next| next.limit(range.limit));
        self.shared.give_way().await;
        Ok(rest)
    }

    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        self.shared.before_reading().await?;
        let mut page = self.inner.read_all(after, filter, limit).await?;
        let advance = page.next.get().saturating_sub(after.get());
        if advance > 1 && self.shared.roll(2) == 0 {
            let next = Position::new(after.get() + 1 + self.shared.roll(advance));
            page.events.retain(|event| event.position <= next);
            page.next = next;
        }
        self.shared.give_way().await;
        Ok(page)
    }

    async fn read_back(
        &self,
        before: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        self.shared.before_reading().await?;
        let mut page = self.inner.read_back(before, filter, limit).await?;
        let before = before.get().min(page.head.get() + 1);
        let advance = before.saturating_sub(page.next.get());
        if advance > 1 && self.shared.roll(2) == 0 {
            let next = Position::new(before - 1 - self.shared.roll(advance));
            page.events.retain(|event| event.position >= next);
            page.next = next;
        }
        self.shared.give_way().await;
        Ok(page)
    }

    async fn event_types(&self) -> Result<Vec<HeldType>, ReadError> {
        self.shared.before_reading().await?;
        self.inner.event_types().await
    }

    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        self.shared.before_reading().await?;
        self.inner.stream_head(stream).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.shared.before_reading().await?;
        self.inner.head().await
    }

    fn watch(&self) -> HeadWatch {
        self.shared.hints.watch()
    }
}
