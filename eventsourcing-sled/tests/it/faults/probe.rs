//! Every way to get something out of a store, compared with what is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, RangeInclusive};

use eventsourcing::{
    Aggregate, AppendCondition, AppendError, Apply, Commit, CommitId, CorrelationId, Event,
    EventSourced, EventStore, EventStoreExt, ExpectedVersion, Filter, NewEvent, Position,
    ReadError, RecordedEvent, Repository, StreamHead, StreamId, StreamRange, Tag, Version,
};
use eventsourcing_sled::{Fault, SledStore};
use serde::{Deserialize, Serialize};

use crate::support::event;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deposited {
    n: u64,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(crate) enum AccountEvent {
    #[es(name = "account.deposited")]
    Deposited(Deposited),
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = u64, event = AccountEvent, error = std::convert::Infallible)]
pub(crate) struct Account {
    pub(crate) sum: u64,
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.sum += event.n;
    }
}

/// An event of an [`Account`].
pub(crate) fn deposited(n: u64) -> AccountEvent {
    AccountEvent::Deposited(Deposited { n })
}

/// A payload that an [`Account`] understands.
pub(crate) fn payload(n: u64) -> String {
    format!("{{\"n\":{n}}}")
}

/// Compares what a store answers with what is in it, where some positions may be damaged: then whoever needs them must
/// be told, and whoever does not is told that or the right answer.
#[derive(Debug)]
pub(crate) struct Probe<'a> {
    store: &'a SledStore,
    expected: &'a [RecordedEvent],
    /// Nothing is damaged if it is empty.
    damaged: RangeInclusive<u64>,
    pub(crate) problems: Vec<String>,
}

impl<'a> Probe<'a> {
    /// Asks for everything, in every way.
    pub(crate) async fn all(
        store: &'a SledStore,
        expected: &'a [RecordedEvent],
        damaged: RangeInclusive<u64>,
    ) -> Vec<String> {
        let mut probe = Self {
            store,
            expected,
            damaged,
            problems: Vec::new(),
        };
        probe.filters().await;
        probe.streams().await;
        probe.commits().await;
        probe.decisions().await;
        probe.verify();
        probe.problems
    }

    fn touches<'b>(&self, mut events: impl Iterator<Item = &'b RecordedEvent>) -> bool {
        events.any(|event| self.damaged.contains(&event.position.get()))
    }

    fn is_damage(&self, error: &ReadError) -> bool {
        matches!(error, ReadError::Corruption { position, .. } if self.damaged.contains(&position.get()))
    }

    /// `needed`: the answer cannot be given without what is damaged.
    fn judge<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: impl FnOnce() -> String,
        answer: &Result<T, ReadError>,
        expected: &T,
        needed: bool,
    ) {
        let sound = match answer {
            Ok(answer) => answer == expected && !needed,
            Err(error) => self.is_damage(error),
        };
        if !sound {
            self.problems.push(format!("{}: {answer:?}", what()));
        }
    }

    async fn filters(&mut self) {
        let mut filters = vec![Filter::all(), Filter::all().category("account")];
        let tags: BTreeSet<Tag> = self
            .expected
            .iter()
            .flat_map(|event| event.tags.clone())
            .collect();
        filters.extend(tags.into_iter().map(|tag| Filter::all().tag(tag)));
        filters.push(Filter::all().event_type("account.deposited"));
        let chains: BTreeSet<CorrelationId> = self
            .expected
            .iter()
            .filter_map(|event| event.metadata.correlation_id)
            .collect();
        filters.extend(chains.into_iter().map(|id| Filter::all().correlation(id)));
        let times: BTreeSet<_> = self
            .expected
            .iter()
            .map(|event| event.recorded_at)
            .collect();
        for time in times.iter().step_by(5) {
            filters.push(Filter::all().recorded(*time..));
            filters.push(Filter::all().recorded(..*time));
        }
        for filter in filters {
            let mut wanted: Vec<_> = self.expected.to_vec();
            wanted.retain(|event| filter.matches(event));
            let needed = self.touches(wanted.iter());
            let (events, error) = self.read(&filter).await;
            let sound = match &error {
                None => events == wanted && !needed,
                // What comes before the damage is served.
                Some(error) => self.is_damage(error) && wanted.starts_with(&events),
            };
            if !sound {
                self.problems
                    .push(format!("{filter:?}: {} events, {error:?}", events.len()));
            }
        }
    }

    async fn read(&self, filter: &Filter) -> (Vec<RecordedEvent>, Option<ReadError>) {
        let (mut events, mut after) = (Vec::new(), Position::START);
        loop {
            match self.store.read_all(after, filter, 7).await {
                Ok(page) => {
                    events.extend(page.events);
                    if page.next >= page.head {
                        return (events, None);
                    }
                    after = page.next;
                }
                Err(error) => return (events, Some(error)),
            }
        }
    }

    async fn streams(&mut self) {
        let mut streams: BTreeMap<StreamId, Vec<RecordedEvent>> = BTreeMap::new();
        for event in self.expected {
            streams
                .entry(event.stream.clone())
                .or_default()
                .push(event.clone());
        }
        for (stream, events) in streams {
            let needed = self.touches(events.iter());
            let head = events.last().map(|event| StreamHead {
                version: event.version,
                position: event.position,
            });
            let answer = self.store.stream_head(&stream).await;
            self.judge(|| format!("head of {stream}"), &answer, &head, false);
            let answer = self.store.read_stream(&stream, StreamRange::all()).await;
            let answer = answer.map(|page| page.events);
            self.judge(|| format!("{stream}"), &answer, &events, needed);
            let answer = self
                .store
                .read_stream(&stream, StreamRange::backward())
                .await;
            let backward = events.iter().rev().cloned().collect();
            let answer = answer.map(|page| page.events);
            self.judge(|| format!("{stream} backward"), &answer, &backward, needed);
            let mut visited = Vec::new();
            let mut each = |event: &RecordedEvent| {
                visited.push(event.clone());
                ControlFlow::Continue(())
            };
            let answer = self
                .store
                .visit_stream(&stream, StreamRange::all(), &mut each)
                .await;
            let answer = answer.map(|_| visited);
            self.judge(|| format!("visiting {stream}"), &answer, &events, needed);
            self.decide(&stream, &events).await;
            if stream.category() == "account" {
                self.load(&stream, &events, needed).await;
            }
        }
    }

    /// Through the repository, as a program does.
    async fn load(&mut self, stream: &StreamId, events: &[RecordedEvent], needed: bool) {
        let id: u64 = stream.id().parse().expect("a number");
        let accounts = EventSourced::<Account, _>::new(self.store.clone());
        let loaded = accounts.load(&id).await;
        let sum = events.iter().map(|event| {
            let deposited: Deposited = serde_json::from_slice(&event.payload).expect("JSON");
            deposited.n
        });
        let sum: u64 = sum.sum();
        let sound = match &loaded {
            Ok(account) => account.state().sum == sum && !needed,
            Err(error) => needed && error.to_string().contains("damaged at position"),
        };
        if !sound {
            self.problems.push(format!("loading {stream}: {loaded:?}"));
        }
    }

    /// An old version is not taken for the head.
    async fn decide(&mut self, stream: &StreamId, events: &[RecordedEvent]) {
        let version = events.len() as u64;
        let old = ExpectedVersion::Exact(Version::new(version - 1));
        let commit = Commit::new().append(stream.clone(), old, vec![event("{}")]);
        match self.store.append(commit).await {
            Err(AppendError::Conflict { actual, .. }) if actual.get() == version => {}
            Err(AppendError::Corruption { position, .. })
                if self.damaged.contains(&position.get()) => {}
            other => self
                .problems
                .push(format!("appending to {stream}: {other:?}")),
        }
    }

    async fn commits(&mut self) {
        let mut commits: BTreeMap<CommitId, Vec<RecordedEvent>> = BTreeMap::new();
        for event in self.expected {
            commits
                .entry(event.commit_id)
                .or_default()
                .push(event.clone());
        }
        for (id, events) in commits {
            let needed = self.touches(events.iter());
            let answer = self.store.find_commit(id).await;
            let answer = answer.map(|found| found.map(|found| found.events));
            self.judge(
                || format!("commit {id}"),
                &answer,
                &Some(events.clone()),
                needed,
            );
            let repeated = self.store.append(again(id, &events)).await;
            let sound = match &repeated {
                Ok(committed) => {
                    committed.duplicate && !needed && committed.receipt.first == events[0].position
                }
                Err(AppendError::Corruption { position, .. }) => {
                    self.damaged.contains(&position.get())
                }
                Err(_) => false,
            };
            if !sound {
                self.problems.push(format!("repeating {id}: {repeated:?}"));
            }
        }
    }

    /// A condition that does not hold is not taken for one that does.
    async fn decisions(&mut self) {
        for matching in self.expected.iter().step_by(3) {
            let Some(tag) = matching.tags.first() else {
                continue;
            };
            let condition = AppendCondition {
                none_of: vec![Filter::all().tag(tag.clone())],
                after: Position::new(matching.position.get() - 1),
            };
            let stream = StreamId::new("other", "1").expect("a stream id");
            let commit = Commit::new()
                .append(stream, ExpectedVersion::Any, vec![event("{}")])
                .with_condition(condition);
            match self.store.append(commit).await {
                Err(AppendError::ConditionFailed { position }) if position == matching.position => {
                }
                Err(AppendError::Corruption { position, .. })
                    if self.damaged.contains(&position.get()) => {}
                other => {
                    let problem =
                        format!("a condition on {tag} at {}: {other:?}", matching.position);
                    self.problems.push(problem);
                }
            }
        }
    }

    /// It names the first damaged position, and nothing that is sound.
    fn verify(&mut self) {
        let report = match self.store.verify() {
            Ok(report) => report,
            Err(error) => return self.problems.push(format!("verify: {error}")),
        };
        if self.damaged.is_empty() {
            // A damaged index is reported here, or is repaired when it is met.
            let log_faults = report
                .faults
                .iter()
                .any(|fault| matches!(fault, Fault::Log { .. }));
            if log_faults || report.events != self.expected.len() as u64 {
                self.problems.push(format!("verify: {report:?}"));
            }
            return;
        }
        let first = report.faults.first();
        let named = matches!(first, Some(Fault::Log { position, .. }) if position.get() == *self.damaged.start());
        if !named {
            self.problems.push(format!("verify: {report:?}"));
        }
    }
}

/// The commit that wrote these events.
fn again(id: CommitId, events: &[RecordedEvent]) -> Commit {
    let mut commit = Commit::with_id(id);
    for event in events {
        let new = NewEvent {
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            readable_by: event.readable_by,
            format: event.format,
            tags: event.tags.clone(),
            payload: event.payload.clone(),
        };
        match commit.streams.last_mut() {
            Some(part) if part.stream == event.stream => part.events.push(new),
            _ => commit = commit.append(event.stream.clone(), ExpectedVersion::Any, vec![new]),
        }
    }
    commit
}
