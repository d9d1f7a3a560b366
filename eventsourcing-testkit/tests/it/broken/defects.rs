//! Small defects of many kinds: each fails at least the clauses that are about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use eventsourcing::*;
use eventsourcing_testkit::contract::Fixture;

use super::assert_caught;
use super::pair::Pair;

/// What is wrong with a store. A const parameter, so that every defect is a fixture type of its own.
mod defect {
    pub(super) const IGNORES_EXPECTED: u8 = 0;
    pub(super) const IGNORES_CONDITION: u8 = 1;
    pub(super) const FORGETS_COMMIT_IDS: u8 = 2;
    pub(super) const TEARS_COMMITS: u8 = 3;
    pub(super) const DROPS_TAGS: u8 = 4;
    pub(super) const NEXT_STAYS: u8 = 5;
    pub(super) const SKIPS_IN_FILTERS: u8 = 6;
    pub(super) const STALE_READS: u8 = 7;
    pub(super) const SILENT_WATCH: u8 = 8;
    pub(super) const CONTENT_UNCHECKED: u8 = 9;
    pub(super) const LOST_FENCING: u8 = 10;
    pub(super) const FOLDS_CASE: u8 = 11;
    pub(super) const NO_LIMITS: u8 = 12;
    pub(super) const CHECK_THEN_ACT: u8 = 13;
    pub(super) const BACKWARD_IGNORED: u8 = 14;
    pub(super) const CONFLICTS_AFTER_WRITING: u8 = 15;
    pub(super) const NEXT_AT_THE_HEAD: u8 = 16;
    pub(super) const CHECK_THEN_WRITE: u8 = 17;
}
use defect::*;

#[derive(Clone)]
struct Broken<const D: u8> {
    inner: MemoryStore,
    watch: Arc<HeadPublisher>,
    appends: Arc<AtomicU64>,
    pair: Arc<Pair>,
}

impl<const D: u8> Broken<D> {
    async fn check(&self, condition: Option<AppendCondition>) -> Result<(), AppendError> {
        let Some(AppendCondition { none_of, after }) = condition else {
            return Ok(());
        };
        for filter in none_of {
            let page = self.inner.read_all(after, &filter, 1).await;
            if let Some(event) = page.expect("a read").events.first() {
                let position = event.position;
                return Err(AppendError::ConditionFailed { position });
            }
        }
        Ok(())
    }
}

#[async_trait]
impl<const D: u8> EventStore for Broken<D> {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn append(&self, mut commit: Commit) -> Result<Committed, AppendError> {
        let count = self.appends.fetch_add(1, Ordering::SeqCst);
        match D {
            IGNORES_EXPECTED => {
                for part in &mut commit.streams {
                    part.expected = ExpectedVersion::Any;
                }
            }
            IGNORES_CONDITION => commit.condition = None,
            FORGETS_COMMIT_IDS => commit.commit_id = CommitId::generate(),
            TEARS_COMMITS if commit.streams.len() > 1 => {
                let mut rest = commit.clone();
                commit.streams.truncate(1);
                rest.streams.remove(0);
                rest.commit_id = CommitId::generate();
                self.inner.append(commit).await?;
                tokio::task::yield_now().await;
                return self.inner.append(rest).await;
            }
            DROPS_TAGS => {
                for event in commit.streams.iter_mut().flat_map(|part| &mut part.events) {
                    event.tags.clear();
                }
            }
            CONTENT_UNCHECKED => {
                if let Some(found) = self
                    .inner
                    .find_commit(commit.commit_id)
                    .await
                    .expect("a read")
                {
                    return Ok(found.committed);
                }
            }
            FOLDS_CASE => {
                for part in &mut commit.streams {
                    let id = part.stream.id().to_lowercase();
                    part.stream = StreamId::new(part.stream.category(), &id).expect("an id");
                }
            }
            NO_LIMITS if commit.event_count() > self.capabilities().max_events_per_commit => {
                commit.streams[0].events.truncate(1);
            }
            CHECK_THEN_ACT | CHECK_THEN_WRITE => {
                for part in &mut commit.streams {
                    let head = self.inner.stream_head(&part.stream).await.expect("a read");
                    let actual = head.map_or(Version::EMPTY, |head| head.version);
                    if part.expected.accepts(actual) {
                        part.expected = ExpectedVersion::Any;
                    }
                }
                if D == CHECK_THEN_ACT {
                    self.pair.meet().await;
                } else {
                    self.check(commit.condition.take()).await?;
                    // What the operating system may do at any moment.
                    std::thread::yield_now();
                }
            }
            _ => {}
        }
        if D == CONFLICTS_AFTER_WRITING {
            let mut anyway = commit.clone();
            anyway.commit_id = CommitId::generate();
            for part in &mut anyway.streams {
                part.expected = ExpectedVersion::Any;
            }
            let refused = matches!(&commit.streams[..], [part] if {
                let head = self.inner.stream_head(&part.stream).await.expect("a read");
                !part.expected.accepts(head.map_or(Version::EMPTY, |head| head.version))
            });
            if refused {
                self.inner.append(anyway).await?;
            }
        }
        let committed = self.inner.append(commit).await;
        if D == LOST_FENCING && count % 2 == 1 {
            tokio::task::yield_now().await;
        }
        committed
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        mut range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        if D == BACKWARD_IGNORED {
            range.direction = Direction::Forward;
        }
        self.inner.read_stream(stream, range).await
    }

    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        let mut page = self.inner.read_all(after, filter, limit).await?;
        match D {
            NEXT_AT_THE_HEAD => page.next = page.head,
            NEXT_STAYS if page.events.is_empty() => page.next = after,
            SKIPS_IN_FILTERS if !filter.is_all() && page.next < page.head => {
                page.next = Position::new(page.next.get() + 1);
            }
            STALE_READS if page.events.len() > 1 && page.next == page.head => {
                page.events.pop();
            }
            _ => {}
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
        match D {
            SILENT_WATCH => {
                self.watch.publish(Position::new(u64::MAX));
                self.watch.watch()
            }
            _ => self.inner.watch(),
        }
    }
}

#[async_trait]
impl<const D: u8> SnapshotStore for Broken<D> {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, ReadError> {
        self.inner.load_snapshot(stream).await
    }
    async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), ReadError> {
        self.inner.save_snapshot(snapshot).await
    }
    async fn delete_snapshot(&self, stream: &StreamId) -> Result<(), ReadError> {
        self.inner.delete_snapshot(stream).await
    }
}

#[async_trait]
impl<const D: u8> CheckpointStore for Broken<D> {
    async fn load_checkpoint(&self, name: &str) -> Result<Option<Checkpoint>, ReadError> {
        self.inner.load_checkpoint(name).await
    }
    async fn store_checkpoint(
        &self,
        name: &str,
        mut expected: Option<Checkpoint>,
        new: Checkpoint,
    ) -> Result<(), CheckpointError> {
        if D == LOST_FENCING {
            expected = self.inner.load_checkpoint(name).await?;
        }
        self.inner.store_checkpoint(name, expected, new).await
    }
}

#[async_trait]
impl<const D: u8> LeaseStore for Broken<D> {
    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        ttl: std::time::Duration,
    ) -> Result<Option<Lease>, ReadError> {
        self.inner.acquire_lease(name, holder, ttl).await
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), ReadError> {
        self.inner.release_lease(lease).await
    }
}

struct Case<const D: u8>(Broken<D>);

impl<const D: u8> Fixture for Case<D> {
    type Store = Broken<D>;
    async fn fresh() -> Self {
        Self(Broken {
            inner: MemoryStore::new(),
            watch: Arc::new(HeadPublisher::new(Position::START)),
            appends: Arc::default(),
            pair: Arc::default(),
        })
    }
    fn store(&self) -> &Broken<D> {
        &self.0
    }
    async fn open_twice(&self) -> Option<Broken<D>> {
        None
    }
    async fn reopen(self) -> Self {
        Self::fresh().await
    }
    async fn crash(self) -> Self {
        Self::fresh().await
    }
}

macro_rules! caught {
    ($($test:ident: $defect:ident by $($group:ident::$clause:ident),+;)+) => {
        $(#[test]
        fn $test() {
            $({
                use eventsourcing_testkit::contract::$group::$clause;
                let name = concat!(stringify!($group), "::", stringify!($clause));
                assert_caught(name, $clause::<Case<$defect>>());
            })+
        })+
    };
}

caught! {
    ignored_expectations: IGNORES_EXPECTED by
        append::expected_versions, append::one_conflict_refuses_all_streams,
        concurrency::one_winner_per_version, concurrency::crossing_commits,
        model::answers_as_the_reference;
    ignored_conditions: IGNORES_CONDITION by
        condition::holds_or_refuses, condition::only_events_behind_after_count,
        condition::any_filter_refuses, condition::one_winner_per_name, condition::no_write_skew,
        condition::beyond_the_head, model::answers_as_the_reference;
    forgotten_commit_ids: FORGETS_COMMIT_IDS by
        idempotency::the_same_again, idempotency::the_same_at_once,
        idempotency::recognised_before_anything_else, append::event_ids_are_derived;
    unchecked_content: CONTENT_UNCHECKED by
        idempotency::other_content_is_refused, model::answers_as_the_reference;
    torn_commits: TEARS_COMMITS by
        append::several_streams, append::one_conflict_refuses_all_streams,
        visibility::no_partial_commits, concurrency::dropped_appends_never_tear;
    dropped_tags: DROPS_TAGS by
        append::surroundings_come_back_identical, filter::by_tag, condition::holds_or_refuses;
    standing_next: NEXT_STAYS by filter::next_advances_without_matches;
    leaping_next: NEXT_AT_THE_HEAD by
        read::log_pages, filter::by_category, filter::combinations;
    skipping_filters: SKIPS_IN_FILTERS by
        filter::by_category, filter::by_event_type, filter::by_correlation, filter::combinations,
        model::answers_as_the_reference;
    hidden_tail: STALE_READS by
        append::several_streams, read::log_pages, visibility::no_partial_commits;
    lying_watch: SILENT_WATCH by
        watch::reports_growth, watch::never_ahead_of_the_head;
    lost_fencing: LOST_FENCING by
        checkpoint::compare_and_set, checkpoint::epochs_fence, checkpoint::one_winner;
    folded_case: FOLDS_CASE by append::odd_stream_ids;
    missing_limits: NO_LIMITS by limits::too_many_events;
    check_then_act: CHECK_THEN_ACT by concurrency::one_winner_per_version;
    check_then_write: CHECK_THEN_WRITE by concurrency::collisions, condition::collisions;
    late_conflicts: CONFLICTS_AFTER_WRITING by
        append::expected_versions, concurrency::one_winner_per_version,
        capability::contiguous_positions;
    ignored_direction: BACKWARD_IGNORED by read::stream_ranges, append::event_ids_are_derived;
}
