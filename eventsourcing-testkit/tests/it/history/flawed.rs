//! Stores with one flaw each, of the kind that only shows when calls meet.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use eventsourcing::*;

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// A condition is looked up in one snapshot of the log and taken to hold for the next (marten #5300).
    TwoSnapshots,
    /// Expected versions are compared first, and the commit is written later.
    CheckThenWrite,
    /// Positions are given out before a commit becomes visible, so a later one may be seen first.
    LateVisible,
    /// A commit is acknowledged before it is written, and now and then is not.
    LostAck,
    /// Reads are answered by a copy that lags behind.
    LaggingReplica,
    /// A refused commit is not rolled back in all streams.
    HalfRolledBack,
    /// Commit ids are forgotten.
    ForgetsIds,
    /// The head is raised before what it promises is there.
    HeadFirst,
    /// The log cannot be read.
    Unreadable,
}

/// Clones share everything.
#[derive(Debug, Clone)]
pub(crate) struct Flawed {
    pub(crate) inner: MemoryStore,
    flaw: Flaw,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    rng: Mutex<fastrand::Rng>,
    /// Written, but not to be seen yet.
    hidden: Mutex<HashSet<CommitId>>,
    replica: Mutex<Vec<RecordedEvent>>,
}

impl Flawed {
    pub(crate) fn new(flaw: Flaw, seed: u64) -> Self {
        Self {
            inner: MemoryStore::new(),
            flaw,
            shared: Arc::new(Shared {
                rng: Mutex::new(fastrand::Rng::with_seed(seed)),
                hidden: Mutex::default(),
                replica: Mutex::default(),
            }),
        }
    }

    fn random(&self, below: usize) -> usize {
        self.shared
            .rng
            .lock()
            .expect("no panic inside")
            .usize(..below)
    }

    /// Lets others go first, for a random while.
    async fn pause(&self) {
        for _ in 0..self.random(4) {
            tokio::task::yield_now().await;
        }
    }

    async fn log(&self) -> Vec<RecordedEvent> {
        let all = Filter::all();
        let page = self.inner.read_all(Position::START, &all, 10_000);
        page.await.expect("a page").events
    }

    /// Writes, but shows it later.
    async fn append_hidden(&self, commit: Commit) -> Result<Committed, AppendError> {
        let id = commit.commit_id;
        self.shared
            .hidden
            .lock()
            .expect("no panic inside")
            .insert(id);
        let result = self.inner.append(commit).await;
        self.pause().await;
        self.shared
            .hidden
            .lock()
            .expect("no panic inside")
            .remove(&id);
        result
    }

    /// What an append of this commit would return, were it written behind everything else.
    async fn acknowledge_only(&self, commit: Commit) -> Result<Committed, AppendError> {
        let copy = MemoryStore::new();
        for events in self.log().await.chunk_by(|a, b| a.commit_id == b.commit_id) {
            let streams = events.chunk_by(|a, b| a.stream == b.stream);
            let mut again = Commit::with_id(events[0].commit_id);
            for part in streams {
                let new = part.iter().map(|event| NewEvent {
                    event_type: event.event_type.clone(),
                    schema_version: event.schema_version,
                    readable_by: event.schema_version,
                    format: event.format,
                    tags: event.tags.clone(),
                    payload: event.payload.clone(),
                });
                again = again.append(part[0].stream.clone(), ExpectedVersion::Any, new.collect());
            }
            copy.append(again).await?;
        }
        copy.append(commit).await
    }
}

#[async_trait]
impl EventStore for Flawed {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn append(&self, mut commit: Commit) -> Result<Committed, AppendError> {
        self.pause().await;
        match self.flaw {
            Flaw::TwoSnapshots => {
                if let Some(condition) = &mut commit.condition {
                    for filter in &condition.none_of {
                        let page = self.inner.read_all(condition.after, filter, 1).await;
                        if let Some(event) = page.expect("a page").events.first() {
                            let position = event.position;
                            return Err(AppendError::ConditionFailed { position });
                        }
                    }
                    self.pause().await;
                    condition.after = self.inner.head().await.expect("a head");
                }
            }
            Flaw::CheckThenWrite => {
                for part in &mut commit.streams {
                    let head = self.inner.stream_head(&part.stream).await.expect("a head");
                    let actual = head.map_or(Version::EMPTY, |head| head.version);
                    if part.expected.accepts(actual) {
                        part.expected = ExpectedVersion::Any;
                    }
                }
                self.pause().await;
            }
            Flaw::LateVisible => return self.append_hidden(commit).await,
            Flaw::LostAck if self.random(20) == 0 => return self.acknowledge_only(commit).await,
            Flaw::HalfRolledBack if commit.streams.len() > 1 => {
                let result = self.inner.append(commit.clone()).await;
                if result.is_err() {
                    commit.streams.truncate(1);
                    let _ = self.inner.append(commit).await;
                }
                return result;
            }
            Flaw::ForgetsIds => {
                let found = self.inner.find_commit(commit.commit_id).await;
                let fresh = found.expect("a lookup").map(|_| CommitId::generate());
                commit.commit_id = fresh.unwrap_or(commit.commit_id);
            }
            _ => {}
        }
        let result = self.inner.append(commit).await;
        if self.flaw == Flaw::LaggingReplica {
            self.pause().await;
            if self.random(2) == 0 {
                let log = self.log().await;
                *self.shared.replica.lock().expect("no panic inside") = log;
            }
        }
        self.pause().await;
        result
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        self.pause().await;
        self.inner.read_stream(stream, range).await
    }

    async fn read_all(
        &self,
        after: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<LogPage, ReadError> {
        self.pause().await;
        if self.flaw == Flaw::Unreadable {
            let reason = "as the test asked".into();
            let position = Position::new(1);
            return Err(ReadError::Corruption { position, reason });
        }
        if self.flaw == Flaw::LaggingReplica {
            let replica = self.shared.replica.lock().expect("no panic inside").clone();
            let head = replica.last().map_or(Position::START, |last| last.position);
            LogPage::validate(after, head, limit)?;
            let rest = replica.into_iter().filter(|event| event.position > after);
            let events: Vec<_> = rest
                .filter(|event| filter.matches(event))
                .take(limit)
                .collect();
            let next = match events.last() {
                Some(last) if events.len() == limit => last.position,
                _ => head,
            };
            return Ok(LogPage { events, next, head });
        }
        let mut page = self.inner.read_all(after, filter, limit).await?;
        let hidden = self.shared.hidden.lock().expect("no panic inside");
        page.events
            .retain(|event| !hidden.contains(&event.commit_id));
        Ok(page)
    }

    async fn stream_head(&self, stream: &StreamId) -> Result<Option<StreamHead>, ReadError> {
        self.inner.stream_head(stream).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        let head = self.inner.head().await?;
        if self.flaw == Flaw::HeadFirst && self.random(4) == 0 {
            return Ok(Position::new(head.get() + 1));
        }
        Ok(head)
    }

    fn watch(&self) -> HeadWatch {
        self.inner.watch()
    }
}
