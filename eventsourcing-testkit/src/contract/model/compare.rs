//! The store under test beside the reference. Positions are compared by rank: a store may number with gaps.

use eventsourcing::{
    AppendCondition, AppendError, Commit, CommitId, Committed, EventStore, ExpectedVersion, Filter,
    MemoryStore, Metadata, Position, ReadError, RecordedEvent, Snapshot, StreamRange, Timestamp,
    Version,
};

use super::step::{
    Choice, Condition, Expected, Part, Step, Times, actor, chain, filter, name, streams, tag,
};
use crate::contract::Fixture;
use crate::contract::restart::{End, survives};
use crate::contract::support::{event, log_back, read, whole_log, within};

pub(super) struct Twins<F> {
    pub(super) reference: MemoryStore,
    /// `None` only while it is opened again.
    fixture: Option<F>,
    /// The store's position and time of each event of the log; the reference's positions are 1, 2, 3 …
    events: Vec<(Position, Timestamp)>,
    commits: Vec<Commit>,
    /// Every snapshot that was ever saved: after a crash an earlier one may be back.
    pub(super) saved: Vec<Snapshot>,
}

impl<F: Fixture> Twins<F> {
    pub(super) fn new(reference: MemoryStore, fixture: F) -> Self {
        Self {
            reference,
            fixture: Some(fixture),
            events: Vec::new(),
            commits: Vec::new(),
            saved: Vec::new(),
        }
    }

    pub(super) fn store(&self) -> &F::Store {
        self.fixture.as_ref().expect("it is open").store()
    }

    pub(super) async fn take(&mut self, step: Step) {
        match step {
            Step::Append {
                parts,
                condition,
                chain: index,
                actor: who,
            } => {
                let mut commit = self.commit(parts).await;
                commit.metadata = Metadata {
                    correlation_id: index.map(chain),
                    actor: who.map(|who| actor(who).to_owned()),
                    ..Metadata::new()
                };
                self.commits.push(commit.clone());
                self.append(commit, condition).await;
            }
            Step::Repeat { earlier, changed } => {
                if !self.commits.is_empty() {
                    let mut commit = self.commits[earlier % self.commits.len()].clone();
                    if changed {
                        commit.streams[0].events.push(event("changed", "{}"));
                    }
                    self.append(commit, None).await;
                }
            }
            Step::ReadStream {
                stream,
                from,
                to,
                direction,
                limit,
            } => {
                let range = StreamRange {
                    from: Version::new(from),
                    to: Version::new(to),
                    direction,
                    limit,
                };
                self.read_stream(stream, range).await;
            }
            Step::ReadLog {
                filter,
                times,
                after,
                limit,
            } => {
                self.read_log(&filter, times, self.rank(after), limit).await;
            }
            Step::ReadBack {
                filter,
                before,
                limit,
            } => self.read_back(&filter, self.rank(before), limit).await,
            Step::SaveSnapshot {
                stream,
                version,
                len,
            } => self.save_snapshot(stream, version, len).await,
            Step::DeleteSnapshot { stream } => self.delete_snapshot(stream).await,
            Step::StoreCheckpoint {
                name,
                expected,
                place,
                epoch,
            } => {
                self.store_checkpoint(name, expected, self.rank(place), epoch)
                    .await;
            }
            Step::End(end) => self.end(end).await,
        }
    }

    /// What is in memory only is gone, from the reference too.
    async fn end(&mut self, end: End) {
        let fixture = self.fixture.take().expect("it is open");
        let survives = survives(&fixture);
        self.fixture = Some(end.restart(fixture).await);
        if !survives {
            self.reference = MemoryStore::new();
            self.events.clear();
            self.saved.clear();
        }
        self.adopt_snapshots(end).await;
        self.compare_everything().await;
    }

    /// A rank in the log, or the one beyond its end.
    pub(super) fn rank(&self, choice: usize) -> usize {
        choice % (self.events.len() + 2)
    }

    /// The store's position of a rank.
    pub(super) fn position(&self, rank: usize) -> Position {
        match rank.checked_sub(1) {
            None => Position::START,
            Some(index) => match self.events.get(index) {
                Some((position, _)) => *position,
                None => Position::new(self.events.last().map_or(0, |(last, _)| last.get()) + 1),
            },
        }
    }

    async fn commit(&self, parts: Vec<Part>) -> Commit {
        let mut commit = Commit::with_id(CommitId::generate());
        for part in parts {
            let stream = streams(part.stream);
            let head = self
                .reference
                .stream_head(&stream)
                .await
                .expect("stream head");
            let version = head.map_or(0, |head| head.version.get());
            let expected = match part.expected {
                Expected::Any => ExpectedVersion::Any,
                Expected::NoStream => ExpectedVersion::NoStream,
                Expected::Exists => ExpectedVersion::Exists,
                Expected::Near(offset) => {
                    let near = version.saturating_add_signed(i64::from(offset));
                    ExpectedVersion::Exact(Version::new(near))
                }
            };
            let events = part.events.into_iter().map(|(name_index, tags, payload)| {
                let mut new = event(name(name_index), payload);
                new.tags = tags.into_iter().map(tag).collect();
                new
            });
            commit = commit.append(stream, expected, events.collect());
        }
        commit
    }

    async fn append(&mut self, commit: Commit, condition: Option<Condition>) {
        let (mut ours, mut theirs) = (commit.clone(), commit);
        if let Some(Condition { filters, after }) = condition {
            let rank = self.rank(after);
            ours.condition = Some(AppendCondition {
                none_of: filters
                    .iter()
                    .map(|choice| self.our_filter(choice))
                    .collect(),
                after: by_number(rank),
            });
            theirs.condition = Some(AppendCondition {
                none_of: filters
                    .iter()
                    .map(|choice| self.their_filter(choice))
                    .collect(),
                after: self.position(rank),
            });
        }
        let expected = self.reference.append(ours).await;
        let actual = within("an append", self.store().append(theirs)).await;
        if let (Ok(expected), Ok(actual)) = (&expected, &actual)
            && !expected.duplicate
        {
            let count = expected.receipt.last.get() - expected.receipt.first.get() + 1;
            let (first, time) = (actual.receipt.first.get(), actual.receipt.recorded_at);
            // Positions inside a commit are consecutive.
            let positions = (first..first + count).map(Position::new);
            self.events
                .extend(positions.map(|position| (position, time)));
        }
        let expected = outcome(expected, Position::get);
        let actual = outcome(actual, |position| self.rank_of(position));
        assert_eq!(actual, expected, "left: the store, right: the reference");
    }

    pub(super) fn rank_of(&self, position: Position) -> u64 {
        self.events
            .iter()
            .take_while(|(known, _)| *known <= position)
            .count() as u64
    }

    async fn read_stream(&self, index: usize, range: StreamRange) {
        let stream = streams(index);
        let expected = read(&self.reference, &stream, range).await;
        let actual = read(self.store(), &stream, range).await;
        assert_eq!(
            self.by_rank(actual),
            timeless(expected),
            "left: the store, right: the reference"
        );
        let expected = self
            .reference
            .stream_head(&stream)
            .await
            .expect("stream head");
        let actual = self
            .store()
            .stream_head(&stream)
            .await
            .expect("stream head");
        assert_eq!(
            actual.map(|head| (head.version, self.rank_of(head.position))),
            expected.map(|head| (head.version, head.position.get())),
            "the stream's head is the reference's"
        );
    }

    /// The filter for the reference.
    fn our_filter(&self, choice: &Choice) -> Filter {
        self.filter(choice, &by_number)
    }

    /// The filter for the store, which may number otherwise.
    fn their_filter(&self, choice: &Choice) -> Filter {
        self.filter(choice, &|rank| self.position(rank))
    }

    fn filter(&self, choice: &Choice, position: &dyn Fn(usize) -> Position) -> Filter {
        let mut wanted = filter(choice);
        if let Some((from, to)) = choice.places {
            wanted = wanted.positions(position(self.rank(from))..=position(self.rank(to)));
        }
        if let Some(any_of) = &choice.any_of {
            wanted = wanted.any_of(any_of.iter().map(|choice| self.filter(choice, position)));
        }
        match choice.commit {
            Some(earlier) if !self.commits.is_empty() => {
                wanted.commit(self.commits[earlier % self.commits.len()].commit_id)
            }
            _ => wanted,
        }
    }

    /// The time of one of the store's events.
    fn time(&self, choice: Option<usize>) -> Option<Timestamp> {
        let (_, time) = self.events.get(choice? % self.events.len().max(1))?;
        Some(*time)
    }

    async fn read_log(&self, choice: &Choice, times: Option<Times>, rank: usize, limit: usize) {
        let after = by_number(rank);
        let mut expected =
            rest_of_log(&self.reference, &self.our_filter(choice), after, limit).await;
        let wanted = self.their_filter(choice);
        let wanted = match times.map(|times| (self.time(times.from), self.time(times.until))) {
            Some((from, until)) => {
                let from = from.unwrap_or(Timestamp::from_micros(i64::MIN));
                let until = until.unwrap_or(Timestamp::from_micros(i64::MAX));
                // By the store's times: the reference has others.
                if let Ok(events) = &mut expected {
                    let times = self
                        .events
                        .iter()
                        .map(|(_, time)| *time)
                        .collect::<Vec<_>>();
                    events.retain(|event| {
                        let index = usize::try_from(event.position.get() - 1).expect("small");
                        (from..=until).contains(&times[index])
                    });
                }
                wanted.recorded(from..=until)
            }
            None => wanted,
        };
        let actual = rest_of_log(self.store(), &wanted, self.position(rank), limit).await;
        match (actual, expected) {
            (Ok(actual), Ok(expected)) => {
                assert_eq!(
                    self.by_rank(actual),
                    timeless(expected),
                    "left: the store, right: the reference"
                );
            }
            (
                Err(ReadError::PositionBeyondHead { .. }),
                Err(ReadError::PositionBeyondHead { .. }),
            ) => {}
            (actual, expected) => panic!("the store: {actual:?}\nthe reference: {expected:?}"),
        }
    }

    async fn read_back(&self, choice: &Choice, rank: usize, limit: usize) {
        let expected = log_back(
            &self.reference,
            by_number(rank),
            &self.our_filter(choice),
            limit,
        )
        .await;
        let before = self.position(rank);
        let actual = log_back(self.store(), before, &self.their_filter(choice), limit).await;
        assert_eq!(
            self.by_rank(actual),
            timeless(expected),
            "left: the store, right: the reference"
        );
    }

    /// Returns how many events there are.
    pub(super) async fn compare_everything(&self) -> u64 {
        let expected = whole_log(&self.reference).await;
        let events = expected.len() as u64;
        let actual = whole_log(self.store()).await;
        assert_eq!(
            self.by_rank(actual),
            timeless(expected),
            "left: the store, right: the reference"
        );
        for stream in 0..4 {
            self.read_stream(stream, StreamRange::all()).await;
        }
        self.compare_sidecar().await;
        events
    }

    fn by_rank(&self, events: Vec<RecordedEvent>) -> Vec<RecordedEvent> {
        let ranked = |event: RecordedEvent| RecordedEvent {
            position: Position::new(self.rank_of(event.position)),
            ..event
        };
        timeless(events.into_iter().map(ranked).collect())
    }
}

/// The reference's positions are 1, 2, 3 …
fn by_number(rank: usize) -> Position {
    Position::new(rank as u64)
}

/// The two stores have clocks of their own.
fn timeless(mut events: Vec<RecordedEvent>) -> Vec<RecordedEvent> {
    for event in &mut events {
        event.recorded_at = Timestamp::from_micros(0);
    }
    events
}

async fn rest_of_log<S: EventStore>(
    store: &S,
    filter: &Filter,
    mut after: Position,
    limit: usize,
) -> Result<Vec<RecordedEvent>, ReadError> {
    let mut events = Vec::new();
    loop {
        let page = store.read_all(after, filter, limit).await?;
        assert!(
            page.next > after || page.next == page.head,
            "`next` advances"
        );
        events.extend(page.events);
        after = page.next;
        if page.next == page.head {
            return Ok(events);
        }
    }
}

/// What both stores must agree on, as a text.
fn outcome(result: Result<Committed, AppendError>, rank: impl Fn(Position) -> u64) -> String {
    match result {
        Ok(Committed {
            receipt,
            versions,
            duplicate,
        }) => {
            let (first, last) = (rank(receipt.first), rank(receipt.last));
            let id = receipt.commit_id;
            format!("{id} at {first}..={last}, {versions:?}, duplicate: {duplicate}")
        }
        // Which of several conflicting streams is named is the store's choice.
        Err(AppendError::Conflict { .. }) => "conflict".into(),
        Err(AppendError::ConditionFailed { position }) => {
            format!("condition failed at {}", rank(position))
        }
        Err(AppendError::CommitIdReused { position, .. }) => {
            format!("commit id reused, first at {}", rank(position))
        }
        Err(AppendError::InvalidInput { .. }) => "invalid".into(),
        Err(other) => panic!("neither store should answer: {other}"),
    }
}
