//! [`work`]: what the program does that is killed.

use std::io::Write;

use eventsourcing::{
    AppendCondition, AppendError, Checkpoint, CheckpointStore, Commit, CommitId, EventStore,
    EventStoreExt, ExpectedVersion, Filter, FormatId, Metadata, NewEvent, Position, RecordedEvent,
    Snapshot, SnapshotStore, StreamId, StreamRange, Tag, Version,
};
use fastrand::Rng;

use super::acked::Acked;

/// Tasks that write at the same time.
const WRITERS: usize = 8;

/// Prints a line, whole: in one write, so that a kill does not leave half of one.
///
/// # Panics
/// If standard output is closed: then nobody listens any more.
pub fn say(line: &str) {
    let line = format!("{line}\n");
    let mut output = std::io::stdout().lock();
    let said = output
        .write_all(line.as_bytes())
        .and_then(|()| output.flush());
    said.expect("somebody listens");
}

/// Writes to the store from eight tasks, `steps` steps each, and tells `say` what is acknowledged: the work of a program
/// that is going to be killed. [`say`](say()) prints it.
///
/// Each task goes on where its stream ends, and always says which version it expects, so a lost tail would be a
/// conflict. It writes commits over one and two streams, conditional ones, repeats of what it or the program before it
/// wrote last, commits that must be refused, snapshots and checkpoints.
///
/// # Panics
/// If the store does not keep its contract.
pub async fn work<S, F>(store: S, seed: u64, steps: usize, say: F)
where
    S: EventStore + SnapshotStore + CheckpointStore + Clone,
    F: Fn(&str) + Clone + Send + Sync + 'static,
{
    let tasks: Vec<_> = (0..WRITERS)
        .map(|number| {
            let (store, say) = (store.clone(), say.clone());
            let rng = Rng::with_seed(seed.wrapping_mul(31) + number as u64);
            tokio::spawn(async move {
                let mut writer = Writer::new(store, number, rng, say).await;
                for _ in 0..steps {
                    writer.step().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task that keeps its contract");
    }
}

struct Writer<S, F> {
    store: S,
    say: F,
    rng: Rng,
    name: String,
    own: StreamId,
    tag: Tag,
    version: Version,
    /// Nothing of this task lies behind it.
    position: Position,
    last: Option<Commit>,
    checkpoint: Option<Checkpoint>,
}

impl<S, F> Writer<S, F>
where
    S: EventStore + SnapshotStore + CheckpointStore,
    F: Fn(&str),
{
    async fn new(store: S, number: usize, rng: Rng, say: F) -> Self {
        let name = format!("writer-{number}");
        let own = StreamId::new("account", &name).expect("a stream id");
        let head = store.stream_head(&own).await.expect("a head");
        let checkpoint = store.load_checkpoint(&name).await.expect("a checkpoint");
        let mut writer = Self {
            tag: Tag::new(&format!("of:{name}")).expect("a tag"),
            version: head.map_or(Version::EMPTY, |head| head.version),
            position: Position::START,
            last: None,
            store,
            say,
            rng,
            name,
            own,
            checkpoint,
        };
        writer.last = writer.last_commit().await;
        // Whoever wrote it may have been killed before it knew.
        writer.repeat().await;
        writer
    }

    /// The last commit to the own stream, as it was written.
    async fn last_commit(&self) -> Option<Commit> {
        let range = StreamRange::backward().limit(1);
        let page = self
            .store
            .read_stream(&self.own, range)
            .await
            .expect("a page");
        let id = page.events.first()?.commit_id;
        let found = self.store.find_commit(id).await.expect("a lookup");
        Some(again(id, &found.expect("its own commit").events))
    }

    async fn step(&mut self) {
        match self.rng.u8(0..100) {
            0..50 => self.append(false, None).await,
            50..70 => self.append(true, None).await,
            70..82 => {
                let condition = self.condition(self.position);
                self.append(false, Some(condition)).await;
            }
            82..86 => self.refused_condition().await,
            86..90 => self.refused_version().await,
            90..94 => self.repeat().await,
            94..97 => self.snapshot().await,
            _ => self.checkpoint().await,
        }
    }

    async fn append(&mut self, shared: bool, condition: Option<AppendCondition>) {
        let mut commit = self.commit(ExpectedVersion::Exact(self.version));
        if shared {
            let id = self.rng.u8(0..3).to_string();
            let stream = StreamId::new("shared", &id).expect("a stream id");
            let events = vec![self.event(); self.rng.usize(1..3)];
            commit = commit.append(stream, ExpectedVersion::Any, events);
        }
        commit.condition = condition;
        let committed = self.store.append(commit.clone()).await.expect("an append");
        assert!(!committed.duplicate, "{committed:?}");
        assert!(committed.receipt.first > self.position, "{committed:?}");
        self.version = self.version.plus(commit.streams[0].events.len() as u64);
        assert_eq!(committed.versions[0], (self.own.clone(), self.version));
        self.position = committed.receipt.last;
        (self.say)(&Acked::of(&commit, &committed).to_string());
        self.last = Some(commit);
    }

    async fn repeat(&mut self) {
        let Some(commit) = self.last.clone() else {
            return;
        };
        let committed = self.store.append(commit.clone()).await.expect("a repeat");
        assert!(committed.duplicate, "{committed:?}");
        self.position = committed.receipt.last;
        (self.say)(&Acked::of(&commit, &committed).to_string());
    }

    /// Only this task marks events so, hence nothing of it can lie behind its last one.
    fn condition(&self, after: Position) -> AppendCondition {
        AppendCondition {
            none_of: vec![Filter::all().tag(self.tag.clone())],
            after,
        }
    }

    async fn refused_condition(&mut self) {
        if self.version == Version::EMPTY {
            return;
        }
        let commit = self.commit(ExpectedVersion::Any);
        let refused = commit.with_condition(self.condition(Position::START));
        match self.store.append(refused).await {
            Err(AppendError::ConditionFailed { .. }) => {}
            other => panic!("the condition does not hold: {other:?}"),
        }
    }

    async fn refused_version(&mut self) {
        let refused = self.commit(ExpectedVersion::Exact(self.version.next()));
        match self.store.append(refused).await {
            Err(AppendError::Conflict { actual, .. }) if actual == self.version => {}
            other => panic!("{} is at {}: {other:?}", self.own, self.version),
        }
    }

    async fn snapshot(&mut self) {
        let Some(commit) = &self.last else { return };
        let last = u32::try_from(commit.streams[0].events.len() - 1).expect("few events");
        let snapshot = Snapshot {
            stream: self.own.clone(),
            version: self.version,
            last_event: commit.commit_id.event_id(last),
            fingerprint: 1,
            format: FormatId::JSON,
            state: vec![self.rng.u8(..); self.rng.usize(0..9000)].into(),
        };
        self.store
            .save_snapshot(snapshot.clone())
            .await
            .expect("saving a snapshot");
        let loaded = self
            .store
            .load_snapshot(&self.own)
            .await
            .expect("a snapshot");
        assert_eq!(loaded, Some(snapshot));
    }

    async fn checkpoint(&mut self) {
        let new = Checkpoint {
            position: self.position,
            epoch: 1,
        };
        let stored = self
            .store
            .store_checkpoint(&self.name, self.checkpoint, new)
            .await;
        stored.expect("a checkpoint");
        (self.say)(&format!(
            "checkpoint {} {} {}",
            self.name, new.position, new.epoch
        ));
        self.checkpoint = Some(new);
    }

    fn commit(&mut self, expected: ExpectedVersion) -> Commit {
        let events = (0..self.rng.usize(1..4)).map(|_| self.event()).collect();
        let metadata = Metadata::new().with_actor(self.name.clone());
        Commit::new()
            .append(self.own.clone(), expected, events)
            .with_metadata(metadata)
    }

    fn event(&mut self) -> NewEvent {
        // Mostly small; now and then larger than a page of whatever stores it.
        let most = if self.rng.u8(..) == 0 { 20_000 } else { 300 };
        let len = self.rng.usize(0..most);
        let payload: Vec<u8> = (0..len).map(|_| self.rng.u8(..)).collect();
        let event = NewEvent {
            event_type: ["account.deposited", "account.withdrawn"][len % 2].into(),
            schema_version: 1,
            readable_by: 1,
            format: FormatId::JSON,
            tags: Vec::new(),
            payload: payload.into(),
        };
        event.with_tag(self.tag.clone())
    }
}

/// The commit that wrote these events. It expects what can no longer be: that is not looked at when it is repeated.
fn again(id: CommitId, events: &[RecordedEvent]) -> Commit {
    let mut commit = Commit::with_id(id);
    for event in events {
        let new = NewEvent {
            event_type: event.event_type.clone(),
            schema_version: event.schema_version,
            readable_by: event.schema_version,
            format: event.format,
            tags: event.tags.clone(),
            payload: event.payload.clone(),
        };
        commit.metadata = Metadata::clone(&event.metadata);
        match commit.streams.last_mut() {
            Some(part) if part.stream == event.stream => part.events.push(new),
            _ => {
                let expected = ExpectedVersion::Exact(Version::new(u64::MAX));
                commit = commit.append(event.stream.clone(), expected, vec![new]);
            }
        }
    }
    commit
}
