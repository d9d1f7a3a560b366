//! Bugs in what readers see.

use std::sync::atomic::{AtomicU64, Ordering};

use eventsourcing::*;
use tokio::sync::{Mutex, watch};

use super::store::Bug;
use crate::broken::pair::PATIENCE;

/// Every second commit has its position at once and becomes visible later: when readers have gone past it.
#[derive(Default)]
pub(super) struct PositionBeforeCommit {
    appends: AtomicU64,
    /// Positions of commits that are not visible yet.
    hidden: Mutex<Vec<(Position, Position)>>,
    read_to: watch::Sender<Position>,
}

impl Bug for PositionBeforeCommit {
    async fn append(&self, store: &MemoryStore, commit: Commit) -> Result<Committed, AppendError> {
        let slow = self
            .appends
            .fetch_add(1, Ordering::SeqCst)
            .is_multiple_of(2);
        let mut hidden = self.hidden.lock().await;
        let committed = store.append(commit).await?;
        if slow {
            let (first, last) = (committed.receipt.first, committed.receipt.last);
            hidden.push((first, last));
            drop(hidden);
            let mut read_to = self.read_to.subscribe();
            let passed = read_to.wait_for(|position| *position > last);
            let _ = tokio::time::timeout(PATIENCE, passed).await;
            self.hidden
                .lock()
                .await
                .retain(|positions| *positions != (first, last));
        }
        Ok(committed)
    }

    async fn read_all(
        &self,
        store: &MemoryStore,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let hidden = self.hidden.lock().await;
        let is_visible = |position: Position| {
            hidden
                .iter()
                .all(|(first, last)| position < *first || *last < position)
        };
        let all = store
            .read_all(Position::START, &Filter::all(), usize::MAX)
            .await?;
        let visible = all.events.iter().filter(|event| is_visible(event.position));
        let head = visible
            .last()
            .map_or(Position::START, |event| event.position);
        let head = head.max(after);
        let mut page = store.read_all(after, filter, limit).await?;
        page.events
            .retain(|event| is_visible(event.position) && event.position <= head);
        (page.next, page.head) = (page.next.min(head), head);
        self.read_to.send_modify(|to| *to = (*to).max(page.next));
        Ok(page)
    }
}

/// What a page was cut before counts as looked at.
#[derive(Default)]
pub(super) struct CeilingPastTheHole;

impl Bug for CeilingPastTheHole {
    async fn read_all(
        &self,
        store: &MemoryStore,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let page = store.read_all(after, filter, limit).await?;
        let next = page.head;
        Ok(LogPage { next, ..page })
    }
}

/// Rows come as they lie.
#[derive(Default)]
pub(super) struct UnorderedRead;

impl Bug for UnorderedRead {
    async fn read_stream(
        &self,
        store: &MemoryStore,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        let mut page = store.read_stream(stream, range).await?;
        if page.events.len() > 2 {
            page.events.rotate_left(1);
        }
        Ok(page)
    }
}

/// The reader stays where the last match was.
#[derive(Default)]
pub(super) struct FilterStandsStill;

impl Bug for FilterStandsStill {
    async fn read_all(
        &self,
        store: &MemoryStore,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let page = store.read_all(after, filter, limit).await?;
        let next = page.events.last().map_or(after, |event| event.position);
        Ok(LogPage { next, ..page })
    }
}

/// Reading by time goes on at the first later time.
#[derive(Default)]
pub(super) struct TimeCursor;

impl Bug for TimeCursor {
    async fn read_all(
        &self,
        store: &MemoryStore,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let mut page = store.read_all(after, filter, limit).await?;
        let by_time = filter.recorded_from().or(filter.recorded_until());
        if let (Some(_), Some(before)) = (by_time, after.get().checked_sub(1)) {
            let last = store
                .read_all(Position::new(before), &Filter::all(), 1)
                .await?;
            let seen = last.events[0].recorded_at;
            page.events.retain(|event| event.recorded_at > seen);
        }
        Ok(page)
    }
}
