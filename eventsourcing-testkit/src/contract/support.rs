//! What the clauses share: making commits, reading everything, racing, and what holds for every log.

use std::collections::{HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use eventsourcing::{
    AppendError, Commit, Committed, EventStore, ExpectedVersion, Filter, FormatId, NewEvent,
    Position, RecordedEvent, StreamId, StreamRange, Version,
};
use tokio::runtime::Handle;
use tokio::sync::Barrier;

use super::WAIT;

#[track_caller]
pub(super) fn stream(category: &str, id: &str) -> StreamId {
    StreamId::new(category, id).expect("a valid stream id")
}

#[track_caller]
pub(super) fn account(id: &str) -> StreamId {
    stream("account", id)
}

pub(super) fn event(name: &str, payload: impl Into<Bytes>) -> NewEvent {
    NewEvent {
        event_type: Arc::from(name),
        schema_version: 1,
        readable_by: 1,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: payload.into(),
    }
}

/// `n` events that differ in their payloads.
pub(super) fn events(n: usize) -> Vec<NewEvent> {
    (0..n)
        .map(|i| event("account.deposited", format!("{{\"cents\":{i}}}")))
        .collect()
}

/// A commit of `n` events to one stream.
pub(super) fn commit(stream: &StreamId, expected: ExpectedVersion, n: usize) -> Commit {
    Commit::new().append(stream.clone(), expected, events(n))
}

/// Appends what must be taken; the answer must be about this commit.
#[track_caller]
pub(super) fn append<S: EventStore>(
    store: &S,
    commit: Commit,
) -> impl Future<Output = Committed> + Send {
    let caller = Location::caller();
    async move {
        let (id, count) = (commit.commit_id, commit.event_count() as u64);
        let streams: Vec<_> = commit
            .streams
            .iter()
            .map(|part| part.stream.clone())
            .collect();
        match within("an append", store.append(commit)).await {
            Ok(committed) => {
                let (receipt, versions) = (committed.receipt, &committed.versions);
                assert_eq!(
                    receipt.commit_id, id,
                    "{caller}: the receipt is the commit's"
                );
                assert_eq!(
                    receipt.last.get() - receipt.first.get() + 1,
                    count,
                    "{caller}: positions inside a commit are consecutive"
                );
                assert!(
                    versions.iter().map(|(stream, _)| stream).eq(&streams),
                    "{caller}: the versions are those of the commit's streams, in order: {versions:?}"
                );
                committed
            }
            Err(error) => panic!("{caller}: the append must succeed, but: {error}"),
        }
    }
}

/// Appends what must be refused.
#[track_caller]
pub(super) fn refused<S: EventStore>(
    store: &S,
    commit: Commit,
) -> impl Future<Output = AppendError> + Send {
    let caller = Location::caller();
    async move {
        match within("an append", store.append(commit)).await {
            Ok(committed) => panic!("{caller}: the append must be refused, but: {committed:?}"),
            Err(error) => error,
        }
    }
}

#[track_caller]
pub(super) fn assert_conflict(
    error: &AppendError,
    in_stream: &StreamId,
    wanted: ExpectedVersion,
    is_at: Version,
) {
    match error {
        AppendError::Conflict {
            stream,
            expected,
            actual,
        } => assert_eq!(
            (stream, *expected, *actual),
            (in_stream, wanted, is_at),
            "the conflict must name stream, expected and actual version"
        ),
        other => panic!("expected a conflict, got: {other}"),
    }
}

/// A whole stream, by pages of `limit`.
pub(super) async fn read<S: EventStore>(
    store: &S,
    stream: &StreamId,
    range: StreamRange,
) -> Vec<RecordedEvent> {
    let (mut events, mut next) = (Vec::new(), Some(range));
    while let Some(range) = next {
        let page = store
            .read_stream(stream, range)
            .await
            .expect("the stream can be read");
        assert!(
            page.events.len() <= range.limit,
            "a page is within its limit"
        );
        events.extend(page.events);
        next = page.next;
    }
    events
}

/// Everything that matches, by pages of `limit`, with what holds for every page.
pub(super) async fn log<S: EventStore>(
    store: &S,
    filter: &Filter,
    limit: usize,
) -> Vec<RecordedEvent> {
    log_after(store, Position::START, filter, limit).await
}

/// Everything past `after` that matches.
pub(super) async fn log_after<S: EventStore>(
    store: &S,
    mut after: Position,
    filter: &Filter,
    limit: usize,
) -> Vec<RecordedEvent> {
    let mut events = Vec::new();
    loop {
        let page = store
            .read_all(after, filter, limit)
            .await
            .expect("the log can be read");
        assert!(page.events.len() <= limit, "a page is within its limit");
        assert!(page.next <= page.head, "`next` is not beyond the head");
        assert!(
            page.next > after || page.next == page.head,
            "`next` advances: it is {} after {after}, the head is {}",
            page.next,
            page.head
        );
        for event in &page.events {
            assert!(
                after < event.position && event.position <= page.next,
                "a page's events are between `after` and `next`"
            );
        }
        events.extend(page.events);
        after = page.next;
        if page.next == page.head {
            return events;
        }
    }
}

/// Everything before `before` that matches, newest first, with what holds for every page.
pub(super) async fn log_back<S: EventStore>(
    store: &S,
    mut before: Position,
    filter: &Filter,
    limit: usize,
) -> Vec<RecordedEvent> {
    let mut events = Vec::new();
    loop {
        let page = store
            .read_back(before, filter, limit)
            .await
            .expect("the log can be read backwards");
        assert!(page.events.len() <= limit, "a page is within its limit");
        assert!(
            page.next < before || page.next == Position::START,
            "`next` goes back: it is {} before {before}",
            page.next
        );
        assert!(
            page.events.is_sorted_by(|a, b| a.position > b.position),
            "a page's events are newest first"
        );
        for event in &page.events {
            assert!(
                page.next <= event.position && event.position < before,
                "a page's events are between `next` and `before`"
            );
        }
        events.extend(page.events);
        before = page.next;
        if before == Position::START {
            return events;
        }
    }
}

/// The whole log, checked by [`assert_well_formed`].
pub(super) async fn whole_log<S: EventStore>(store: &S) -> Vec<RecordedEvent> {
    let events = log(store, &Filter::all(), 1000).await;
    assert_well_formed(&events, store.capabilities().contiguous_positions);
    events
}

/// What holds for every complete log.
#[track_caller]
pub(super) fn assert_well_formed(log: &[RecordedEvent], contiguous: bool) {
    let mut versions: HashMap<&StreamId, u64> = HashMap::new();
    let (mut ids, mut commits) = (HashSet::new(), HashSet::new());
    for pair in log.windows(2) {
        let [earlier, later] = pair else {
            unreachable!()
        };
        assert!(earlier.position < later.position, "positions increase");
        assert!(
            earlier.recorded_at <= later.recorded_at,
            "recorded times never step back"
        );
    }
    for (index, event) in log.iter().enumerate() {
        if contiguous {
            assert_eq!(
                event.position.get(),
                index as u64 + 1,
                "positions are 1, 2, 3 …"
            );
        }
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        assert_eq!(
            event.version.get(),
            *version,
            "versions of `{}` are 1, 2, 3 …",
            event.stream
        );
        assert!(ids.insert(event.event_id()), "event ids are unique");
    }
    for events in log.chunk_by(|a, b| a.commit_id == b.commit_id) {
        let id = events[0].commit_id;
        assert!(commits.insert(id), "commit {id} is in one piece");
        for (index, event) in events.iter().enumerate() {
            assert_eq!(
                event.commit_index as usize, index,
                "commit {id} is in order"
            );
            assert_eq!(
                event.commit_len as usize,
                events.len(),
                "commit {id} is whole"
            );
            assert_eq!(
                event.recorded_at, events[0].recorded_at,
                "a commit has one time"
            );
            assert_eq!(
                event.metadata, events[0].metadata,
                "a commit has one metadata"
            );
        }
    }
}

/// Polls a future so many times at most and drops it.
pub(super) async fn poll_and_drop<T>(
    mut future: Pin<Box<dyn Future<Output = T> + Send + '_>>,
    polls: usize,
) {
    for _ in 0..polls {
        let done = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready()));
        if done.await {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Waits, but not for ever.
pub(super) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(value) = tokio::time::timeout(WAIT, future).await else {
        panic!("{what} hangs");
    };
    value
}

/// Starts all racers at once and waits for every one of them.
pub(super) async fn race<T, R>(racers: usize, racer: impl Fn(usize) -> R) -> Vec<T>
where
    T: Send + 'static,
    R: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(racers));
    let tasks: Vec<_> = (0..racers)
        .map(|index| {
            let (barrier, racer) = (barrier.clone(), racer(index));
            tokio::spawn(async move {
                barrier.wait().await;
                racer.await
            })
        })
        .collect();
    let mut results = Vec::with_capacity(racers);
    for task in tasks {
        results.push(within("a racer", task).await.expect("no racer panics"));
    }
    results
}

/// Four racers on threads of their own attempt the same again and again, with nothing in between. Tasks that are woken one after
/// the other hardly ever meet between two steps without an `await`. Returns how many attempts have won.
pub(super) async fn collide<A>(attempt: impl Fn() -> A + Clone + Send + 'static) -> usize
where
    A: Future<Output = bool>,
{
    /// Each racer wins so often at least.
    const WINS: usize = 25;
    /// And goes on for as long, so that on a busy machine, too, some of them run at the same moment.
    const LONG: Duration = Duration::from_millis(500);
    let (begun, runtime) = (Instant::now(), Handle::current());
    let racers = [(); 4].map(|()| {
        let (runtime, attempt) = (runtime.clone(), attempt.clone());
        tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                let mut won = 0;
                while won < WINS || begun.elapsed() < LONG {
                    won += usize::from(attempt().await);
                }
                won
            })
        })
    });
    let mut won = 0;
    for racer in racers {
        won += within("a racer", racer).await.expect("no racer panics");
    }
    won
}
