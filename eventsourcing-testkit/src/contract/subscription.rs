//! Subscriptions: who follows the log sees each event once and in order, whatever happens beside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eventsourcing::{
    Commit, EventStore, ExpectedVersion::Any, Filter, Position, RecordedEvent, StartAt,
    StreamRange, Subscription, SubscriptionError,
};
use tokio::task::JoinHandle;

use super::Fixture;
use super::support::{account, append, commit, event, stream, whole_log, within};
use crate::history::drop_after;

/// Where readers may stop: nothing is written behind it but one last commit, which wakes them.
#[derive(Debug, Clone)]
struct End(Arc<AtomicU64>);

impl End {
    fn open() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }

    fn is_reached(&self, examined: Position) -> bool {
        examined.get() >= self.0.load(Ordering::SeqCst)
    }

    async fn set<S: EventStore>(&self, store: &S) {
        let head = store.head().await.expect("head");
        self.0.store(head.get(), Ordering::SeqCst);
        append(store, commit(&account("last"), Any, 1)).await;
    }
}

/// Follows to the end by batches; every call is dropped after so many polls and made again. Returns what it saw and how far
/// it came.
fn follow<S: EventStore>(
    mut subscription: Subscription<S>,
    max: usize,
    polls: usize,
    end: &End,
) -> JoinHandle<(Vec<RecordedEvent>, Position)> {
    let end = end.clone();
    tokio::spawn(async move {
        let mut seen: Vec<RecordedEvent> = Vec::new();
        while !end.is_reached(subscription.position()) {
            let before = subscription.position();
            let Some(batch) = drop_after(polls, subscription.next_batch(max)).await else {
                tokio::task::yield_now().await;
                continue;
            };
            let batch = batch.expect("a batch");
            assert!(batch.events.len() <= max, "a batch is within its limit");
            assert!(before < batch.examined, "a batch goes on");
            assert!(batch.examined <= batch.head, "not beyond the head");
            assert_eq!(subscription.position(), batch.examined);
            seen.extend(batch.events);
        }
        (seen, subscription.position())
    })
}

async fn finished<T>(task: JoinHandle<T>) -> T {
    within("a task", task).await.expect("it succeeds")
}

fn writers<S: EventStore + Clone>(store: &S, commits: usize) -> Vec<JoinHandle<()>> {
    let writer = |writer: usize| {
        let store = store.clone();
        tokio::spawn(async move {
            for round in 0..commits {
                let category = ["account", "order"][(writer + round) % 2];
                let stream = stream(category, &writer.to_string());
                append(&store, commit(&stream, Any, 1 + round % 3)).await;
            }
        })
    };
    (0..4).map(writer).collect()
}

/// The events that match behind `after` and up to where the reader came.
fn wanted(
    log: &[RecordedEvent],
    filter: &Filter,
    after: Position,
    to: Position,
) -> Vec<RecordedEvent> {
    let inside = |event: &&RecordedEvent| after < event.position && event.position <= to;
    let matching = log.iter().filter(inside);
    matching
        .filter(|event| filter.matches(event))
        .cloned()
        .collect()
}

/// Subscriptions see what is there and then what comes without a gap or a doubled event, beside four writers, by filter and in
/// batches of all sizes.
pub async fn misses_nothing<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let orders = || Filter::all().category("order");
    for round in 0..30 {
        let stream = stream(["account", "order"][round % 2], "old");
        append(store, commit(&stream, Any, 1 + round % 4)).await;
    }
    let middle = store.head().await.expect("head");
    let (end, mut readers) = (End::open(), Vec::new());
    let writers = writers(store, 30);
    for (filter, start, max) in [
        (Filter::all(), Position::START, 1),
        (Filter::all(), Position::START, 7),
        (Filter::all(), middle, 10_000),
        (orders(), Position::START, 1),
        (orders(), middle, 5),
        (Filter::all().category("nothing"), Position::START, 5),
    ] {
        let subscription = Subscription::new(store.clone())
            .filter(filter.clone())
            .from(StartAt::After(start));
        let reader = follow(subscription, max, usize::MAX, &end);
        readers.push((filter, start, reader));
        tokio::task::yield_now().await;
    }
    for writer in writers {
        finished(writer).await;
    }
    end.set(store).await;
    let log = whole_log(store).await;
    for (filter, start, reader) in readers {
        let (seen, to) = finished(reader).await;
        assert!(
            seen == wanted(&log, &filter, start, to),
            "{filter:?} behind {start}"
        );
    }
}

/// A subscription begins with the beginning, the end, a position, a time, and a time that is still to come.
pub async fn starts<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    for n in [1, 3, 2, 4] {
        append(store, commit(&account("ada"), Any, n)).await;
    }
    let log = whole_log(store).await;
    let from = |start| Subscription::new(store.clone()).from(start);
    let first = |start| {
        let mut subscription = from(start);
        async move {
            let next = within("the first event", subscription.next()).await;
            next.expect("an event").position
        }
    };
    assert_eq!(first(StartAt::Beginning).await, log[0].position);
    for pair in log.windows(2) {
        let behind = first(StartAt::After(pair[0].position)).await;
        assert_eq!(behind, pair[1].position);
    }
    for event in &log {
        let time = event.recorded_at;
        let earliest = log.iter().find(|event| event.recorded_at >= time);
        assert_eq!(
            Some(first(StartAt::Time(time)).await),
            earliest.map(|event| event.position)
        );
    }
    // Where nothing is there yet, what comes counts.
    let last = log[log.len() - 1].position;
    let mut at_end = from(StartAt::End);
    assert_eq!(at_end.start().await.expect("the store is open"), last);
    let mut behind = from(StartAt::After(last));
    let moment =
        eventsourcing::Timestamp::from_micros(log[log.len() - 1].recorded_at.as_micros() + 1);
    let mut later = from(StartAt::Time(moment));
    let ahead = moment + std::time::Duration::from_secs(3600);
    let mut not_yet = from(StartAt::Time(ahead)).filter(Filter::all());
    let new = loop {
        let new = append(store, commit(&account("ada"), Any, 1)).await;
        if new.receipt.recorded_at >= moment {
            break new.receipt.last;
        }
    };
    let next = within("what came", later.next()).await;
    assert_eq!(next.expect("an event").position, new);
    for subscription in [&mut at_end, &mut behind] {
        let next = within("what came", subscription.next()).await;
        assert!(next.expect("an event").position > last);
    }
    while not_yet.position() < new {
        let batch = within("an empty batch", not_yet.next_batch(9)).await;
        assert_eq!(batch.expect("a batch").events, [], "an hour is not over");
    }
}

/// Who asks a subscription may stop waiting at any moment and ask again: nothing is lost and nothing comes twice.
pub async fn dropped_calls_lose_nothing<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    append(store, commit(&account("old"), Any, 40)).await;
    let end = End::open();
    let readers: Vec<_> = (1..=12)
        .map(|polls| {
            let subscription = Subscription::new(store.clone()).page_bytes(polls * 20);
            follow(subscription, 1 + polls % 5, polls, &end)
        })
        .collect();
    for writer in writers(store, 10) {
        finished(writer).await;
    }
    end.set(store).await;
    let log = whole_log(store).await;
    for (index, reader) in readers.into_iter().enumerate() {
        let (seen, to) = finished(reader).await;
        let wanted = wanted(&log, &Filter::all(), Position::START, to);
        assert!(seen == wanted, "dropped after {} polls", index + 1);
    }
}

/// A subscription's bookmark beyond the end is an error at once, and remains one: it is never waited for.
pub async fn beyond_the_head<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    append(store, commit(&account("ada"), Any, 2)).await;
    let head = store.head().await.expect("head");
    let beyond = Position::new(head.get() + 1);
    let mut subscription = Subscription::new(store.clone()).from(StartAt::After(beyond));
    for _ in 0..2 {
        match within("an answer", subscription.next()).await {
            Err(SubscriptionError::BeyondHead { after, head: end }) => {
                assert_eq!((after, end), (beyond, head));
            }
            other => panic!("expected BeyondHead, got: {other:?}"),
        }
    }
}

/// A subscription's batch ends by its bytes as well as by its events, and large events come all the same.
pub async fn batches_are_bounded<F: Fixture>() {
    const SIZE: usize = 100_000;
    let fixture = F::fresh().await;
    let store = fixture.store();
    let big = || event("account.deposited", vec![b'x'; SIZE]);
    for _ in 0..8 {
        append(
            store,
            Commit::new().append(account("ada"), Any, vec![big(), big(), big()]),
        )
        .await;
    }
    for bytes in [1, SIZE, 3 * SIZE + 1, usize::MAX] {
        let mut subscription = Subscription::new(store.clone()).page_bytes(bytes);
        let (mut count, most) = (0, bytes.min(StreamRange::PAGE_BYTES));
        while count < 24 {
            let batch = within("a batch", subscription.next_batch(1000)).await;
            let batch = batch.expect("a batch");
            let size: usize = batch.events.iter().map(|event| event.payload.len()).sum();
            assert!(
                size < most.saturating_add(SIZE),
                "{size} bytes, at most {most} and one event"
            );
            count += batch.events.len();
        }
        assert_eq!(count, 24);
    }
}
