//! Coverage: an event that was dropped, seen twice or made up is found, and named.

use async_trait::async_trait;
use eventsourcing::{
    AppendError, Capabilities, Commit, CommitId, Committed, DifferenceKind, EventStore, Filter,
    HeadWatch, LogPage, MemoryStore, Position, ProjectionOptions, ProjectionRunner, ReadError,
    RecordedEvent, Seen, StreamHead, StreamId, StreamPage, StreamRange,
};
use eventsourcing_testkit::faults::rounds;
use fastrand::Rng;

use super::shelf::Shelf;
use super::support::{Balances, append, balances, deposited, folded, within};

/// What is wrong with an event that is read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mutation {
    Drop,
    Double,
    Invent,
    Replace,
}

/// A log that shows one event otherwise than it is.
#[derive(Debug, Clone)]
struct Mutant {
    log: MemoryStore,
    at: Position,
    mutation: Mutation,
}

impl Mutant {
    fn show(&self, event: RecordedEvent) -> Vec<RecordedEvent> {
        if event.position != self.at {
            return vec![event];
        }
        let made_up = RecordedEvent {
            commit_id: CommitId::from_key("made up"),
            ..event.clone()
        };
        match self.mutation {
            Mutation::Drop => vec![],
            Mutation::Double => vec![event.clone(), event],
            Mutation::Invent => vec![event, made_up],
            Mutation::Replace => vec![made_up],
        }
    }
}

#[async_trait]
impl EventStore for Mutant {
    fn capabilities(&self) -> &Capabilities {
        self.log.capabilities()
    }
    async fn append(&self, commit: Commit) -> Result<Committed, AppendError> {
        self.log.append(commit).await
    }
    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        self.log.read_stream(stream, range).await
    }
    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let mut page = self.log.read_all(after, filter, limit).await?;
        let events = page.events.into_iter();
        page.events = events.flat_map(|event| self.show(event)).collect();
        Ok(page)
    }
    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        self.log.stream_head(stream).await
    }
    async fn head(&self) -> Result<Position, ReadError> {
        self.log.head().await
    }
    fn watch(&self) -> HeadWatch {
        self.log.watch()
    }
}

/// Events of a log; in the long form of the test about them, a million.
const EVENTS: u64 = 10_000;

async fn log(events: u64) -> MemoryStore {
    let log = MemoryStore::new();
    for account in 0..events / 100 {
        let events = (0..100).map(|_| deposited(1));
        append(&log, &account.to_string(), events.collect::<Vec<_>>()).await;
    }
    log
}

async fn event_at(log: &MemoryStore, position: Position) -> RecordedEvent {
    let before = Position::new(position.get() - 1);
    let page = log
        .read_all(before, &Filter::all(), 1)
        .await
        .expect("a page");
    page.events.into_iter().next().expect("an event")
}

#[tokio::test]
async fn one_event_in_many_that_was_dropped_doubled_or_made_up_is_named() {
    let many = (rounds(10_000, 1_000_000) as u64).max(EVENTS);
    let (log, mut rng) = (log(many).await, Rng::with_seed(5));
    let mutations = [
        Mutation::Drop,
        Mutation::Double,
        Mutation::Invent,
        Mutation::Replace,
    ];
    for round in 0..rounds(12, 4) {
        // The last one would be taken for another history.
        let at = Position::new(rng.u64(1..many));
        let mutation = mutations[round % mutations.len()];
        let rows = Shelf::default();
        let options = || ProjectionOptions {
            partitions: 1 + u32::from(round % 3 == 0),
            batch: 2_000,
            ..ProjectionOptions::default()
        };
        let mutant = Mutant {
            log: log.clone(),
            at,
            mutation,
        };
        let misled = ProjectionRunner::new(mutant, rows.clone())
            .add_with(Balances::<1>::default(), options())
            .idle()
            .expect("a runner");
        within(misled.catch_up()).await.expect("caught up");

        let honest = ProjectionRunner::new(log.clone(), rows)
            .add_with(Balances::<1>::default(), options())
            .idle()
            .expect("a runner");
        let coverage = honest.verify("balances").await.expect("a check");
        assert!(!coverage.is_complete(), "{mutation:?} at {at}");
        assert_eq!((coverage.differing, coverage.differences.len()), (1, 1));
        let difference = &coverage.differences[0];
        assert!((difference.from..=difference.to).contains(&at));
        assert!(difference.to.get() - difference.from.get() < 4_096);
        let real = Seen::from(&event_at(&log, at).await);
        match (mutation, difference.kind) {
            (Mutation::Drop, DifferenceKind::Missing(seen))
            | (Mutation::Double, DifferenceKind::Doubled(seen)) => assert_eq!(seen, real),
            (Mutation::Invent, DifferenceKind::Foreign(seen)) => {
                assert_eq!(seen.position, at);
                assert_ne!(seen.event_id, real.event_id);
            }
            (Mutation::Replace, DifferenceKind::Several(0)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn it_can_be_verified_while_it_runs() {
    let log = log(EVENTS).await;
    let running = ProjectionRunner::new(log.clone(), Shelf::default())
        .add(Balances::<1>::default())
        .start()
        .expect("a runner");
    let mut seen = 0;
    while seen < EVENTS {
        let coverage = match running.verify("balances").await {
            Ok(coverage) => coverage,
            Err(eventsourcing::RunnerError::NeverRun { .. }) => {
                tokio::task::yield_now().await;
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        assert!(coverage.is_complete(), "{coverage:?}");
        assert_eq!(coverage.applied, coverage.position.get());
        assert_eq!(coverage.head.get(), EVENTS);
        seen = coverage.applied;
        tokio::task::yield_now().await;
    }
    within(running.shutdown()).await;
}

#[tokio::test]
async fn rows_that_were_tampered_with_do_not_add_up() {
    use eventsourcing::{Generation, ProjectionStore, ProjectionTx};
    let (log, rows) = (log(EVENTS).await, Shelf::default());
    let idle = ProjectionRunner::new(log, rows.clone())
        .add(Balances::<1>::default())
        .idle()
        .expect("a runner");
    within(idle.catch_up()).await.expect("caught up");
    let generation = Generation::new("balances", 1);
    let epoch = rows.claim(&generation).await.expect("an epoch");
    let mut tx = rows.begin(&generation, epoch).await.expect("a transaction");
    let key = b"\0block\0\0\0\0\0\0\0\0\0\0\0\x01";
    assert!(tx.get(key).await.expect("a row").is_some());
    tx.put(key, None).await.expect("gone");
    rows.commit(tx).await.expect("a commit");
    let coverage = idle.verify("balances").await.expect("a check");
    let kinds: Vec<_> = coverage.differences.iter().map(|d| d.kind).collect();
    assert_eq!(
        kinds,
        [DifferenceKind::Books, DifferenceKind::Several(-4_096)]
    );
}

#[tokio::test]
async fn a_rebuild_repairs_damaged_progress_and_the_status_tells_of_it() {
    use eventsourcing::{Generation, ProjectionStore, ProjectionTx};
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    append(&log, "a", (1..=5).map(deposited)).await;
    let idle = ProjectionRunner::new(log.clone(), rows.clone())
        .add(Balances::<1>::default())
        .idle()
        .expect("a runner");
    within(idle.catch_up()).await.expect("caught up");
    let generation = Generation::new("balances", 1);
    let epoch = rows.claim(&generation).await.expect("an epoch");
    let mut tx = rows.begin(&generation, epoch).await.expect("a transaction");
    let key = b"\0progress\0\0\0\0";
    assert!(tx.get(key).await.expect("a row").is_some());
    tx.put(key, Some(b"garbage")).await.expect("written");
    rows.commit(tx).await.expect("a commit");

    let error = within(idle.catch_up()).await.expect_err("damaged");
    assert!(error.to_string().contains("rebuild"), "{error}");
    let list = idle.list().await.expect("a list");
    assert!(list[0].stale.is_some(), "{list:?}");
    let serving = list[0].serving.as_ref().expect("one is read");
    let damaged = serving.damaged.as_ref().expect("it is told");
    assert!(damaged.contains("progress"), "{damaged}");

    within(idle.rebuild("balances", "ada"))
        .await
        .expect("a rebuild");
    // It still tells of the one that is read, and repairs it.
    let _ = within(idle.catch_up()).await;
    let status = idle.status("balances").await.expect("a status");
    assert_eq!(status.stale, None);
    let serving = status.serving.expect("one is read");
    assert_eq!(
        (serving.number, serving.applied, serving.damaged),
        (2, 5, None)
    );
    assert!(status.former.expect("is kept").damaged.is_some());
    assert_eq!(balances(&rows), folded(&log, 1).await);
    within(idle.catch_up()).await.expect("caught up");
    let coverage = idle.verify("balances").await.expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
}
