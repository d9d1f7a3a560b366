//! [`Ledger`]: everything that was ever acknowledged, and whether a store has it.

use std::collections::HashMap;

use eventsourcing::{
    Checkpoint, CheckpointStore, CommitId, EventStore, EventStoreExt, Filter, Position, ReadError,
    RecordedEvent, StreamId, StreamRange,
};

use super::acked::{Acked, Digest};

/// Everything that was ever acknowledged, in all rounds.
#[derive(Debug, Default)]
pub struct Ledger {
    acked: Vec<Acked>,
    checkpoints: HashMap<String, Checkpoint>,
}

/// What a [`Ledger`] has found in a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Acknowledged events that were looked for.
    pub checked: u64,
    /// Those of them that are missing or differ, and everything else that is wrong.
    pub lost: u64,
    /// What is wrong first.
    pub problem: Option<String>,
}

impl Found {
    fn wrong(&mut self, lost: u64, what: impl FnOnce() -> String) {
        self.lost += lost;
        if lost > 0 {
            self.problem.get_or_insert_with(what);
        }
    }
}

/// What the log says about a stream.
#[derive(Debug)]
struct Stream {
    version: u64,
    position: u64,
    digest: Digest,
}

impl Ledger {
    /// Takes note of a line that a program has printed: an acknowledged commit or checkpoint. `false` if it is something
    /// else.
    pub fn note(&mut self, line: &str) -> bool {
        if let Some(acked) = Acked::parse(line) {
            self.acked.push(acked);
            return true;
        }
        let Some((_, rest)) = line.split_once("checkpoint ") else {
            return false;
        };
        let mut words = rest.split_whitespace();
        let mut read = || {
            let name = words.next()?.to_owned();
            let position = Position::new(words.next()?.parse().ok()?);
            let epoch = words.next()?.parse().ok()?;
            Some((name, Checkpoint { position, epoch }))
        };
        read().is_some_and(|(name, checkpoint)| {
            self.checkpoints.insert(name, checkpoint);
            true
        })
    }

    /// Forgets checkpoints: where they lie was destroyed on purpose.
    pub fn forget_checkpoints(&mut self) {
        self.checkpoints.clear();
    }

    /// Number of acknowledged commits.
    pub fn len(&self) -> usize {
        self.acked.len()
    }

    /// Whether nothing was acknowledged.
    pub fn is_empty(&self) -> bool {
        self.acked.is_empty()
    }

    /// Compares a store with what was acknowledged: every commit is there, whole and with its content; positions and
    /// versions have no holes; heads and streams are those of the log; no checkpoint is behind the acknowledged one or
    /// ahead of the log.
    ///
    /// # Errors
    /// See [`ReadError`]: the store could not be read.
    pub async fn check<S: EventStore + CheckpointStore>(
        &self,
        store: &S,
    ) -> Result<Found, ReadError> {
        let mut found = Found::default();
        let mut log = Log::new(store.capabilities().contiguous_positions);
        let mut commit = Vec::new();
        let end = store
            .for_each_in_log(Position::START, &Filter::all(), |event| {
                log.event(&event, &mut commit, &mut found);
                Ok::<_, ReadError>(())
            })
            .await?;
        found.wrong(commit.len() as u64, || {
            format!("the log ends in the middle of a commit: {commit:?}")
        });
        for acked in &self.acked {
            found.checked += acked.events();
            let is = log.commits.get(&acked.commit_id);
            if is != Some(acked) {
                found.wrong(acked.events(), || {
                    format!("acknowledged: {acked}; in the log: {is:?}")
                });
            }
        }
        for (id, stream) in &log.streams {
            check_stream(store, id, stream, &mut found).await?;
        }
        let head = store.head().await?;
        if head < end {
            found.wrong(1, || {
                format!("the head is {head}, but the log goes to {end}")
            });
        }
        for (name, acked) in &self.checkpoints {
            let is = match store.load_checkpoint(name).await {
                Err(ReadError::PositionBeyondHead { after, head }) => {
                    found.wrong(1, || {
                        format!("checkpoint {name} is at {after}, the log ends at {head}")
                    });
                    continue;
                }
                is => is?,
            };
            let sound = is.is_some_and(|is| is.position >= acked.position && is.position <= head);
            if !sound {
                found.wrong(1, || {
                    format!("checkpoint {name} was acknowledged at {acked}, it is {is:?}; the log ends at {head}")
                });
            }
        }
        Ok(found)
    }
}

/// A walk through the log.
struct Log {
    contiguous: bool,
    position: u64,
    commits: HashMap<CommitId, Acked>,
    streams: HashMap<StreamId, Stream>,
}

impl Log {
    fn new(contiguous: bool) -> Self {
        Self {
            contiguous,
            position: 0,
            commits: HashMap::new(),
            streams: HashMap::new(),
        }
    }

    fn event(&mut self, event: &RecordedEvent, commit: &mut Vec<RecordedEvent>, found: &mut Found) {
        let position = event.position.get();
        let follows =
            position > self.position && (!self.contiguous || position == self.position + 1);
        found.wrong(u64::from(!follows), || {
            format!("position {position} follows {}", self.position)
        });
        self.position = position;
        let stream = self.streams.entry(event.stream.clone()).or_insert(Stream {
            version: 0,
            position: 0,
            digest: Digest::new(),
        });
        let version = event.version.get();
        found.wrong(u64::from(version != stream.version + 1), || {
            format!(
                "version {version} of {} follows {}",
                event.stream, stream.version
            )
        });
        (stream.version, stream.position) = (version, position);
        stream.digest.recorded(event);
        let fits = event.commit_index as usize == commit.len()
            && commit
                .first()
                .is_none_or(|first| first.commit_id == event.commit_id);
        found.wrong(u64::from(!fits), || {
            format!(
                "at position {position} is event {} of commit {}, behind {commit:?}",
                event.commit_index, event.commit_id
            )
        });
        commit.push(event.clone());
        if commit.len() >= event.commit_len as usize {
            if let Some(recorded) = Acked::recorded(commit)
                && let Some(earlier) = self.commits.insert(recorded.commit_id, recorded)
            {
                found.wrong(recorded.events(), || {
                    format!("twice in the log: {earlier} and {recorded}")
                });
            }
            commit.clear();
        }
    }
}

async fn check_stream<S: EventStore>(
    store: &S,
    id: &StreamId,
    logged: &Stream,
    found: &mut Found,
) -> Result<(), ReadError> {
    let head = store.stream_head(id).await?;
    let is = head.map(|head| (head.version.get(), head.position.get()));
    if is != Some((logged.version, logged.position)) {
        found.wrong(1, || {
            format!("the head of {id} is {is:?}, the log has {logged:?}")
        });
    }
    let mut digest = Digest::new();
    let version = store
        .for_each_in_stream(id, StreamRange::all(), |event| {
            digest.recorded(&event);
            Ok::<_, ReadError>(())
        })
        .await?;
    if version.get() != logged.version || digest != logged.digest {
        found.wrong(1, || {
            format!("stream {id}, to version {version}, differs from the log, to {logged:?}")
        });
    }
    Ok(())
}
