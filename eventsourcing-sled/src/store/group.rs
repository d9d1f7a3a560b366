//! A group of commits: staged one by one, written and synced together.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::mem;
use std::sync::atomic::Ordering;
use std::time::Duration;

use eventsourcing::{AppendError, CommitId, Position, RecordedEvent, Timestamp, Version};

use super::queue::Room;
use super::read;
use super::reply::Answer;
use super::shared::{Counters, Shared};
use super::writer::{Job, Reply, Writer};
use crate::error::LookupError;
use crate::log::LogError;
use crate::log::frame::{Header, Place};

/// How long appending waits for an index that does not move before it says so.
const INDEX_PATIENCE: Duration = Duration::from_secs(30);
/// A buffer that one large commit has blown up is not kept.
const KEEP_BUFFER: usize = 4 << 20;

/// Commits that are decided but not written.
#[derive(Debug, Default)]
pub(super) struct Group {
    staged: Vec<Staged>,
    ids: HashSet<CommitId>,
    /// Answers that may rest on what is staged, so they have to wait for it to be written.
    refused: Vec<(Box<Job>, Reply)>,
    bytes: usize,
    events: u64,
    buffer: Vec<u8>,
    /// What its commits take in the queue.
    room: Option<Room>,
}

/// A commit that will be written.
#[derive(Debug)]
pub(super) struct Staged {
    job: Box<Job>,
    versions: Vec<u64>,
    first: u64,
    /// Decoded for the first condition that looks at them; the next ones need not do it again.
    events: OnceCell<Vec<RecordedEvent>>,
}

impl Group {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn staged(&self) -> &[Staged] {
        &self.staged
    }
}

impl Staged {
    /// Its events, as recorded at `recorded_at` or a little later.
    pub(super) fn events(
        &self,
        shared: &Shared,
        recorded_at: Timestamp,
    ) -> Result<&[RecordedEvent], LookupError> {
        if let Some(events) = self.events.get() {
            return Ok(events);
        }
        let events = read::staged(shared, self.provisional_frame(recorded_at))?;
        Ok(self.events.get_or_init(|| events))
    }

    /// The frame as it will be, but at no address yet.
    fn provisional_frame(&self, recorded_at: Timestamp) -> Vec<u8> {
        let mut draft = self.job.draft.clone();
        draft.place(&Place {
            address: 0,
            group_start: 0,
            first: self.first,
            recorded_at,
        });
        draft.into_bytes()
    }
}

/// Why a commit is not written.
enum Refusal {
    Known(crate::index::CommitPlace),
    Conflict { part: usize, actual: u64 },
    Failed(AppendError),
}

impl From<LookupError> for Refusal {
    fn from(error: LookupError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<AppendError> for Refusal {
    fn from(error: AppendError) -> Self {
        Self::Failed(error)
    }
}

impl Writer {
    /// Decides on a commit and stages it.
    pub(super) fn admit(&mut self, job: Box<Job>) {
        if let Some(reason) = self.shared.poisoned() {
            let reason = reason.into();
            return answer(job.reply, Reply::Failed(AppendError::Poisoned { reason }));
        }
        if self.group.ids.contains(&job.draft.commit_id()) {
            // The same commit twice at the same time: once the first is written, the second is an old one.
            self.finish_group();
            return self.admit(job);
        }
        match self.decide(&job) {
            Ok(versions) => self.stage(job, versions),
            Err(Refusal::Known(place)) => answer(job.reply, Reply::Known(place)),
            Err(Refusal::Conflict { part, actual }) => {
                self.group
                    .refused
                    .push((job, Reply::Conflict { part, actual }));
            }
            Err(Refusal::Failed(error)) => self.group.refused.push((job, Reply::Failed(error))),
        }
    }

    fn decide(&mut self, job: &Job) -> Result<Vec<u64>, Refusal> {
        let shared = &self.shared;
        let id = job.draft.commit_id();
        if let Some(place) = shared.lookup(|| Ok(shared.index.commit(id)?))? {
            return Err(Refusal::Known(place));
        }
        let mut versions = Vec::with_capacity(job.expected.len());
        for (part, (key, _)) in job.postings.streams.iter().enumerate() {
            let actual = self.heads.version(shared, key)?;
            if !job.expected[part].accepts(Version::new(actual)) {
                return Err(Refusal::Conflict { part, actual });
            }
            versions.push(actual);
        }
        if let Some(condition) = &job.condition {
            self.check(condition)?;
        }
        Ok(versions)
    }

    fn stage(&mut self, mut job: Box<Job>, versions: Vec<u64>) {
        for (part, (key, count)) in job.postings.streams.iter().enumerate() {
            job.draft.set_version(part, versions[part]);
            self.heads.set(key, versions[part] + u64::from(*count));
        }
        let first = self.next_position();
        self.group.bytes += job.draft.len();
        self.group.events += u64::from(job.draft.count());
        self.group.ids.insert(job.draft.commit_id());
        if let Some(room) = job.room.take() {
            room.join(&mut self.group.room);
        }
        self.group.staged.push(Staged {
            job,
            versions,
            first,
            events: OnceCell::new(),
        });
    }

    /// Position of the next event that is staged.
    pub(super) fn next_position(&self) -> u64 {
        self.log.next() + self.group.events
    }

    /// Writes what is staged, makes it visible and answers everybody.
    pub(super) fn finish_group(&mut self) {
        let ids = mem::take(&mut self.group.ids);
        let staged = mem::take(&mut self.group.staged);
        let refused = mem::take(&mut self.group.refused);
        let room = self.group.room.take();
        let (bytes, events) = (
            mem::take(&mut self.group.bytes),
            mem::take(&mut self.group.events),
        );
        if staged.is_empty() {
            return answer_all(refused);
        }
        let (staged, result) = self.write(staged, bytes, events);
        match result {
            Ok(recorded_at) => {
                self.publish(staged, recorded_at);
                answer_all(refused);
            }
            Err(failure) => {
                // What was staged is not there, so nothing that was decided on it holds.
                self.heads.clear();
                for staged in staged {
                    let error = failure.of_staged(staged.job.draft.commit_id());
                    answer(staged.job.reply, Reply::Failed(error));
                }
                for (job, _) in refused {
                    answer(job.reply, Reply::Failed(failure.of_refused()));
                }
            }
        }
        drop(room);
        self.heads.trim();
        self.group.ids = ids;
        self.group.ids.clear();
    }

    fn write(
        &mut self,
        mut staged: Vec<Staged>,
        bytes: usize,
        events: u64,
    ) -> (Vec<Staged>, Result<Timestamp, Failure>) {
        if let Err(reason) = self.shared.index.wait_for_room(INDEX_PATIENCE) {
            // A flush that failed is tried again when somebody needs it.
            self.shared.signal.grown(true);
            return (staged, Err(Failure::Unavailable(reason)));
        }
        let recorded_at = self.shared.clock.now().max(self.recorded_at);
        let mut address = match self.log.reserve(bytes, recorded_at) {
            Ok(address) => address,
            Err(error @ LogError::Full { .. }) => {
                self.shared.index.note_no_room();
                return (staged, Err(Failure::Full(error.to_string())));
            }
            Err(error) => {
                let reason = self.poison(&error);
                return (staged, Err(Failure::Refused(reason)));
            }
        };
        let group_start = self.log.synced();
        let mut buffer = mem::take(&mut self.group.buffer);
        buffer.clear();
        for staged in &mut staged {
            staged.job.draft.place(&Place {
                address,
                group_start,
                first: staged.first,
                recorded_at,
            });
            buffer.extend_from_slice(staged.job.draft.bytes());
            address += staged.job.draft.len() as u64;
        }
        let written = self.log.append(&buffer, events);
        if buffer.capacity() <= KEEP_BUFFER {
            self.group.buffer = buffer;
        }
        let result = match written {
            Ok(()) => {
                self.recorded_at = recorded_at;
                Ok(recorded_at)
            }
            Err(error) => Err(Failure::Unknown(self.poison(&error))),
        };
        (staged, result)
    }

    /// Makes written commits visible, then says so.
    fn publish(&mut self, staged: Vec<Staged>, recorded_at: Timestamp) {
        Counters::add(&self.shared.counters.groups, 1);
        Counters::add(&self.shared.counters.commits, staged.len() as u64);
        self.count();
        let micros = recorded_at.as_micros();
        self.shared.recorded_at.store(micros, Ordering::Relaxed);
        let full = self
            .shared
            .index
            .publish(staged.iter().filter_map(|staged| {
                // It was placed a moment ago, so there is a header.
                let header = Header::parse(staged.job.draft.bytes()).ok()?;
                Some((header, &staged.job.postings, staged.versions.as_slice()))
            }));
        self.publisher.publish(Position::new(self.log.next() - 1));
        for Staged {
            mut job,
            versions,
            first,
            ..
        } in staged
        {
            if let Some(reply) = job.reply.take() {
                let spent = job;
                reply.send_by(
                    Reply::Written {
                        first,
                        recorded_at,
                        versions,
                        spent,
                    },
                    &self.relay,
                );
            }
        }
        self.relay.start();
        self.shared.signal.grown(full);
    }

    /// Answers everybody after a panic. What was in hand has been dropped by it, and so has been answered.
    pub(super) fn give_up(&mut self, reason: &str) {
        tracing::error!(%reason, "the store refuses to write until it is opened anew");
        let _ = self.shared.poison.set(reason.into());
        self.relay.wake_all();
        let group = mem::take(&mut self.group);
        let failure = Failure::Unknown(reason.into());
        for Staged { job, .. } in group.staged {
            let error = failure.of_staged(job.draft.commit_id());
            answer(job.reply, Reply::Failed(error));
        }
        for (job, _) in group.refused {
            answer(job.reply, Reply::Failed(failure.of_refused()));
        }
    }

    /// Notes a failed write: what is on the disk is unknown now, and only opening the store anew finds out.
    fn poison(&self, error: &LogError) -> String {
        let reason = error.to_string();
        tracing::error!(%reason, "a write to the log failed; the store refuses to write until it is opened anew");
        // The first failure is the one to tell of.
        let _ = self.shared.poison.set(reason.clone());
        reason
    }

    pub(super) fn count(&self) {
        self.shared
            .counters
            .syncs
            .store(self.log.syncs(), Ordering::Relaxed);
    }
}

/// Why a group was not written, or perhaps not.
enum Failure {
    Full(String),
    Unavailable(String),
    /// The store is poisoned, but nothing of this group has been written.
    Refused(String),
    /// The store is poisoned, and this group may have been written.
    Unknown(String),
}

impl Failure {
    fn of_staged(&self, commit_id: CommitId) -> AppendError {
        match self {
            Self::Unknown(reason) => AppendError::OutcomeUnknown {
                commit_id,
                reason: reason.clone(),
            },
            _ => self.of_refused(),
        }
    }

    /// For a commit that was not staged: nothing of it can have been written.
    fn of_refused(&self) -> AppendError {
        match self {
            Self::Full(reason) => AppendError::StorageFull {
                reason: reason.clone(),
            },
            Self::Unavailable(reason) => AppendError::Unavailable {
                reason: reason.clone(),
                source: None,
            },
            Self::Refused(reason) | Self::Unknown(reason) => AppendError::Poisoned {
                reason: reason.clone(),
            },
        }
    }
}

fn answer_all(answers: Vec<(Box<Job>, Reply)>) {
    for (job, reply) in answers {
        answer(job.reply, reply);
    }
}

fn answer(reply: Option<Answer<Reply>>, answer: Reply) {
    if let Some(reply) = reply {
        reply.send(answer);
    }
}
