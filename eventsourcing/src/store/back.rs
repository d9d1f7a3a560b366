//! Reading the log backwards with nothing but forward reads.

use std::collections::VecDeque;

use super::{EventStore, Filter, LogPage, StreamRange};
use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::version::Position;

/// Shortest stretch that is read at once.
const STRETCH: u64 = 256;

/// One page of [`EventStore::read_back`].
pub(super) async fn by_stretches<S: EventStore + ?Sized>(
    store: &S,
    before: Position,
    filter: &Filter,
    limit: usize,
) -> Result<LogPage, ReadError> {
    let head = store.head().await?;
    LogPage::validate(Position::START, head, limit)?;
    let mut before = before.get().min(head.get().saturating_add(1));
    let mut stretch = STRETCH.max(limit as u64);
    loop {
        let after = before.saturating_sub(1).saturating_sub(stretch);
        let mut last = Last::new(limit);
        last.read(store, after, before, filter).await?;
        if last.is_cut || !last.events.is_empty() || after == 0 {
            let mut events: Vec<_> = last.events.into();
            let next = match events.first() {
                Some(first) if last.is_cut => first.position,
                // The stretch has been examined down to here.
                _ if after > 0 => Position::new(after + 1),
                _ => Position::START,
            };
            events.reverse();
            return Ok(LogPage { events, next, head });
        }
        before = after + 1;
        stretch = stretch.saturating_mul(2);
    }
}

/// The last events of a stretch, as many as make a page.
struct Last {
    limit: usize,
    events: VecDeque<RecordedEvent>,
    bytes: usize,
    /// There were more.
    is_cut: bool,
}

impl Last {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            events: VecDeque::new(),
            bytes: 0,
            is_cut: false,
        }
    }

    async fn read<S: EventStore + ?Sized>(
        &mut self,
        store: &S,
        after: u64,
        before: u64,
        filter: &Filter,
    ) -> Result<(), ReadError> {
        let mut after = Position::new(after);
        while after.get() + 1 < before {
            let page = store
                .read_all(after, filter, StreamRange::DEFAULT_LIMIT)
                .await?;
            for event in page.events {
                if event.position.get() < before {
                    self.push(event);
                }
            }
            if page.next >= page.head {
                break;
            }
            after = page.next;
        }
        Ok(())
    }

    /// Lets go of the first ones as soon as those behind them make a page.
    fn push(&mut self, event: RecordedEvent) {
        self.bytes += event.payload.len();
        self.events.push_back(event);
        while let Some(first) = self.events.front() {
            let rest = self.bytes - first.payload.len();
            if self.events.len() <= self.limit && rest < StreamRange::PAGE_BYTES {
                break;
            }
            self.bytes = rest;
            self.events.pop_front();
            self.is_cut = true;
        }
    }
}
