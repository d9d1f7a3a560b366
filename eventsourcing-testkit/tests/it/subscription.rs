//! Subscriptions on stores that misbehave within the contract, on a clock that the test moves.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eventsourcing::{
    AppendError, Backoff, Capabilities, Clock, Commit, Committed, EventStore, ExpectedVersion::Any,
    Filter, FormatId, HeadWatch, LogPage, MemoryStore, NewEvent, Position, ReadError, StartAt,
    StreamHead, StreamId, StreamPage, StreamRange, Subscription, SubscriptionError, Timestamp,
};
use eventsourcing_testkit::ManualClock;
use eventsourcing_testkit::adversarial::Adversarial;
use futures_util::StreamExt;

fn commit(events: usize, payload: &'static [u8]) -> Commit {
    let event = NewEvent {
        event_type: "account.noted".into(),
        schema_version: 1,
        readable_by: 1,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: Bytes::from_static(payload),
    };
    let stream = StreamId::new("account", "7").expect("an id");
    Commit::new().append(stream, Any, vec![event; events])
}

async fn append<S: EventStore>(store: &S, events: usize) -> Position {
    let committed = store.append(commit(events, b"{}")).await;
    committed.expect("an append").receipt.last
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(30);
    tokio::time::timeout(limit, future).await.expect("no hang")
}

/// Polls so many times, whether it was woken or not, and drops it.
async fn polled<T>(times: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..times {
        let polled = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if let Poll::Ready(value) = polled {
            return Some(value);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test]
async fn a_lost_hint_delays_and_never_stalls() {
    let clock = ManualClock::default();
    let store = Adversarial::new(MemoryStore::new(), 1).with_lost_hints();
    let mut subscription = Subscription::new(store.clone()).clock(Arc::new(clock.clone()));
    for round in 0..3 {
        if round == 2 {
            // A clock that was put back makes nobody wait until it has caught up.
            assert!(polled(50, subscription.next()).await.is_none());
            clock.set(Timestamp::from_micros(0));
        }
        let unnoticed = async {
            let alarm = clock.next_alarm().await;
            assert_eq!(alarm.since(clock.now()), Duration::from_millis(250));
            append(&store, 1).await;
            clock.advance(Duration::from_millis(250));
        };
        let (event, ()) = within(async { tokio::join!(subscription.next(), unnoticed) }).await;
        assert_eq!(event.expect("an event").position.get(), round + 1);
    }
}

#[tokio::test]
async fn what_is_unavailable_for_long_is_told_and_goes_on_afterwards() {
    let clock = ManualClock::default();
    let store = Adversarial::new(MemoryStore::new(), 1);
    append(&store, 1).await;
    let store = store.with_failing_reads(1);
    let backoff = Backoff {
        attempts: 3,
        ..Backoff::default()
    };
    let mut subscription = Subscription::new(store.clone())
        .backoff(backoff)
        .clock(Arc::new(clock.clone()));
    for _ in 0..2 {
        let begun = clock.now();
        let error = {
            let mut next = pin!(subscription.next());
            for delay in [10, 20] {
                assert!(polled(50, next.as_mut()).await.is_none(), "it waits");
                let alarm = within(clock.next_alarm()).await;
                let wait = alarm.since(clock.now());
                let most = Duration::from_millis(delay);
                assert!(most / 2 <= wait && wait <= most, "{wait:?}");
                clock.set(alarm);
            }
            within(next).await.expect_err("it is unavailable")
        };
        assert!(clock.now() > begun);
        match error {
            SubscriptionError::Unavailable {
                after, attempts, ..
            } => assert_eq!((after, attempts), (Position::START, 3)),
            other => panic!("expected Unavailable, got: {other}"),
        }
    }
    let _again = store.with_failing_reads(0);
    let event = within(subscription.next()).await.expect("an event");
    assert_eq!(event.position, Position::new(1));
}

#[tokio::test]
async fn who_asks_impatiently_neither_hurries_nor_resets_the_delays() {
    let clock = ManualClock::default();
    let store = Adversarial::new(MemoryStore::new(), 1).with_failing_reads(1);
    let backoff = Backoff {
        attempts: 3,
        ..Backoff::default()
    };
    let mut subscription = Subscription::new(store.clone())
        .backoff(backoff)
        .clock(Arc::new(clock.clone()));
    let mut failed = 0;
    for round in 1.. {
        // An attempt gives way a few times; waiting takes one poll.
        for _ in 0..50 {
            match polled(8, subscription.next()).await {
                None => {}
                Some(Err(SubscriptionError::Unavailable { attempts, .. })) => failed = attempts,
                Some(other) => panic!("expected Unavailable, got: {other:?}"),
            }
            if failed > 0 {
                break;
            }
        }
        if failed > 0 {
            assert_eq!((failed, round), (3, 3), "an attempt for each delay");
            break;
        }
        clock.advance(backoff.longest);
    }
}

#[tokio::test]
async fn failures_now_and_then_lose_nothing() {
    for seed in 0..20 {
        let store = Adversarial::new(MemoryStore::new(), seed);
        let backoff = Backoff {
            first: Duration::from_micros(200),
            attempts: 60,
            ..Backoff::default()
        };
        let mut subscription = Subscription::new(store.clone())
            .backoff(backoff)
            .from(StartAt::End);
        subscription.start().await.expect("a start");
        let store = store.with_failing_reads(2);
        let writer = tokio::spawn(async move {
            for round in 0..50 {
                append(&store, 1 + round % 3).await;
            }
        });
        let mut seen = Vec::new();
        while seen.len() < 99 {
            let event = within(subscription.next()).await.expect("an event");
            seen.push(event.position.get());
        }
        writer.await.expect("the writer succeeds");
        assert!(seen.into_iter().eq(1..=99), "seed {seed}");
    }
}

#[tokio::test]
async fn as_a_stream() {
    let store = MemoryStore::new();
    append(&store, 3).await;
    let events = Subscription::new(store.clone()).into_stream();
    let positions: Vec<u64> = events
        .take(3)
        .map(|event| event.expect("an event").position.get())
        .collect()
        .await;
    assert_eq!(positions, [1, 2, 3]);
    let beyond = StartAt::After(Position::new(9));
    let items: Vec<_> = Subscription::new(store)
        .from(beyond)
        .into_stream()
        .collect()
        .await;
    assert!(
        matches!(&items[..], [Err(SubscriptionError::BeyondHead { .. })]),
        "an error is the last item: {items:?}"
    );
}

/// Payloads that are counted for as long as anybody holds them.
#[derive(Clone)]
struct Weighed {
    inner: MemoryStore,
    held: Arc<Held>,
}

#[derive(Default)]
struct Held {
    now: AtomicUsize,
    most: AtomicUsize,
}

struct Payload(Bytes, Arc<Held>);

impl Payload {
    fn hold(payload: Bytes, held: &Arc<Held>) -> Bytes {
        let now = held.now.fetch_add(payload.len(), SeqCst) + payload.len();
        held.most.fetch_max(now, SeqCst);
        Bytes::from_owner(Self(payload, held.clone()))
    }
}

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        self.1.now.fetch_sub(self.0.len(), SeqCst);
    }
}

#[async_trait]
impl EventStore for Weighed {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }
    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        self.inner.append(commit).await
    }
    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        self.inner.read_stream(stream, range).await
    }
    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let mut page = self.inner.read_all(after, filter, limit).await?;
        for event in &mut page.events {
            event.payload = Payload::hold(event.payload.clone(), &self.held);
        }
        Ok(page)
    }
    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        self.inner.stream_head(stream).await
    }
    async fn head(&self) -> Result<Position, ReadError> {
        self.inner.head().await
    }
    fn watch(&self) -> HeadWatch {
        self.inner.watch()
    }
}

#[tokio::test]
async fn a_slow_reader_holds_up_the_reading_and_memory_stays_bounded() {
    const SIZE: usize = 100_000;
    static PAYLOAD: [u8; SIZE] = [b'x'; SIZE];
    let store = Weighed {
        inner: MemoryStore::new(),
        held: Arc::default(),
    };
    let mut subscription = Subscription::new(store.clone());
    let mut seen = 0;
    for _ in 0..40 {
        // Ten events come while one is handled: the reader falls ever further behind.
        store.append(commit(10, &PAYLOAD)).await.expect("an append");
        let event = within(subscription.next()).await.expect("an event");
        seen += 1;
        assert_eq!(event.position.get(), seen);
        let held = store.held.now.load(SeqCst);
        assert!(held <= StreamRange::PAGE_BYTES + SIZE, "{held} bytes");
    }
    while seen < 400 {
        let batch = within(subscription.next_batch(3)).await.expect("a batch");
        seen += batch.events.len() as u64;
    }
    let most = store.held.most.load(SeqCst);
    assert!(
        most <= StreamRange::PAGE_BYTES + 4 * SIZE,
        "a page and what is handled, not {most} bytes"
    );
    drop(subscription);
    assert_eq!(store.held.now.load(SeqCst), 0);
}
