//! Readers that follow the log, and one that looks at streams.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use eventsourcing::{EventStore, Filter, HeadWatch, Position, ReadError, StreamRange, Version};
use fastrand::Rng;
use tokio::sync::watch;

use super::commits::any_stream;
use super::{hot, within};
use crate::history::Recorded;

/// How often a reader that polls looks for more.
const INTERVAL: Duration = Duration::from_millis(1);

pub(super) struct Reader<S> {
    store: Recorded<S>,
    /// Whether the writers are done.
    over: watch::Receiver<bool>,
}

impl<S: EventStore> Reader<S> {
    pub(super) fn new(store: Recorded<S>, over: watch::Receiver<bool>) -> Self {
        Self { store, over }
    }

    /// Follows the log until the writers are done and all is read, or the store is gone; returns the number of events.
    pub(super) async fn tail(mut self, filter: Filter, by_watch: bool) -> usize {
        let (mut after, mut count, mut watch) = (Position::START, 0, self.store.watch());
        loop {
            let over = *self.over.borrow();
            let limit = if by_watch { 100 } else { 1 + count % 30 };
            let page = within("a read", self.store.read_all(after, &filter, limit)).await;
            let Ok(page) = page else { return count };
            count += page.events.len();
            after = page.next;
            if page.next < page.head {
                continue;
            }
            if over {
                return count;
            }
            if by_watch {
                self.grown(&mut watch, after).await;
            } else {
                tokio::time::sleep(INTERVAL).await;
                let _ = within("a read", self.store.head()).await;
            }
        }
    }

    /// Waits until there is more or the writers are done.
    async fn grown(&mut self, watch: &mut HeadWatch, after: Position) {
        let mut grown = pin!(watch.beyond(after));
        let mut over = pin!(self.over.wait_for(|over| *over));
        let either = poll_fn(|cx| {
            if let Poll::Ready(head) = grown.as_mut().poll(cx) {
                return Poll::Ready(head);
            }
            over.as_mut().poll(cx).map(|_| None)
        });
        if let Some(head) = within("the watch", either).await {
            self.store.history().note_watched(head);
        }
    }

    /// Looks back and at one stream after the other until the writers are done, in every way there is.
    pub(super) async fn streams(self, seed: u64) {
        let mut rng = Rng::with_seed(seed);
        loop {
            let over = *self.over.borrow();
            if within("a read", self.look(&mut rng)).await.is_err() || over {
                return;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    async fn look(&self, rng: &mut Rng) -> Result<(), ReadError> {
        let head = self.store.head().await?;
        let mut before = Position::new(rng.u64(..=head.get() + 2));
        let filter = match rng.usize(..3) {
            0 => Filter::all(),
            1 => Filter::all().category("order"),
            _ => Filter::all().tag(hot()),
        };
        while before > Position::START && rng.usize(..4) > 0 {
            let page = self.store.read_back(before, &filter, rng.usize(1..50));
            before = page.await?.next;
        }
        let stream = any_stream(rng);
        let head = self.store.stream_head(&stream).await?;
        let version = head.map_or(Version::EMPTY, |head| head.version).get();
        let limit = rng.usize(1..20);
        let range = match rng.usize(..3) {
            0 => StreamRange::backward(),
            1 => StreamRange::from(Version::new(rng.u64(..=version))),
            _ => StreamRange::from(Version::new(version / 2)).to(Version::new(version)),
        };
        let mut next = Some(range.limit(limit));
        while let Some(range) = next {
            next = self.store.read_stream(&stream, range).await?.next;
            if rng.usize(..4) == 0 {
                break;
            }
        }
        let mut wanted = rng.usize(..30);
        let mut visitor = |_: &_| match wanted.checked_sub(1) {
            Some(rest) => {
                wanted = rest;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        };
        self.store
            .visit_stream(&stream, range.limit(limit), &mut visitor)
            .await?;
        Ok(())
    }
}
