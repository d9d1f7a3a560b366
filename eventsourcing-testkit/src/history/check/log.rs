//! The final log, indexed, and the moments between its commits.

use std::collections::HashMap;
use std::ops::Range;

use eventsourcing::{CommitId, Position, RecordedEvent, StreamId, Version};

use super::{Violation, ViolationKind as Kind};
use crate::history::digest;

/// The final log, checked in itself.
pub(super) struct Log<'a> {
    pub(super) events: &'a [RecordedEvent],
    /// Digests of all that a reader is shown, by index.
    pub(super) digests: Vec<u64>,
    /// Each commit's events, by index.
    pub(super) commits: Vec<Range<usize>>,
    /// Which commit an event belongs to.
    pub(super) commit_of: Vec<usize>,
    pub(super) by_id: HashMap<CommitId, usize>,
    /// The indices of each stream's events.
    pub(super) streams: HashMap<&'a StreamId, Vec<usize>>,
}

/// When something can have been so, counted in commits: the `n`-th commit (from 1) is written at moment `2n`, and the log
/// has `n` commits at moment `2n + 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moments {
    pub(super) least: u64,
    pub(super) most: u64,
}

impl Moments {
    /// When the commit of this number (from 0) is written.
    pub(super) fn of_commit(commit: usize) -> Self {
        let moment = 2 * (commit as u64 + 1);
        Self {
            least: moment,
            most: moment,
        }
    }

    /// While the log has this many commits.
    pub(super) fn while_at(commits: usize) -> Self {
        let moment = 2 * commits as u64 + 1;
        Self {
            least: moment,
            most: moment,
        }
    }

    /// Once the commit of this number is written.
    pub(super) fn since(commit: usize) -> Self {
        Self {
            least: Self::while_at(commit + 1).least,
            most: u64::MAX,
        }
    }

    /// Until the commit of this number is written.
    pub(super) fn until(commit: usize) -> Self {
        Self {
            least: 1,
            most: Self::while_at(commit).most,
        }
    }

    pub(super) fn always() -> Self {
        Self {
            least: 1,
            most: u64::MAX,
        }
    }

    /// When both are so; `None` if that is never.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        let (least, most) = (self.least.max(other.least), self.most.min(other.most));
        (least <= most).then_some(Self { least, most })
    }
}

impl<'a> Log<'a> {
    pub(super) fn new(events: &'a [RecordedEvent]) -> Result<Self, Violation> {
        let mut log = Self {
            events,
            digests: events.iter().map(digest::of_recorded).collect(),
            commits: Vec::new(),
            commit_of: Vec::with_capacity(events.len()),
            by_id: HashMap::new(),
            streams: HashMap::new(),
        };
        for commit in events.chunk_by(|a, b| a.commit_id == b.commit_id) {
            log.add(commit)?;
        }
        Ok(log)
    }

    fn add(&mut self, commit: &'a [RecordedEvent]) -> Result<(), Violation> {
        let first = &commit[0];
        let id = first.commit_id;
        let start = self.commit_of.len();
        if self.by_id.insert(id, self.commits.len()).is_some() {
            let what = format!(
                "commit {id} goes on at position {}, behind other commits",
                first.position
            );
            return Err(Violation::new(Kind::TornCommit, what));
        }
        for (index, event) in commit.iter().enumerate() {
            let position = event.position;
            let before = (start + index)
                .checked_sub(1)
                .map(|before| &self.events[before]);
            if before.map_or(Position::START, |before| before.position) >= position
                || before.is_some_and(|before| before.recorded_at > event.recorded_at)
            {
                let what = format!("position {position} does not lie behind the event before it");
                return Err(Violation::new(Kind::Disordered, what));
            }
            if event.commit_index as usize != index || event.commit_len as usize != commit.len() {
                let (number, len) = (event.commit_index, event.commit_len);
                let what = format!(
                    "position {position} is event {number} of {len} of commit {id}, but the log has it as {index} of {}",
                    commit.len()
                );
                return Err(Violation::new(Kind::TornCommit, what));
            }
            let stream = self.streams.entry(&event.stream).or_default();
            stream.push(start + index);
            if event.version.get() != stream.len() as u64 {
                let what = format!(
                    "position {position} is version {} of `{}`, but the log has it as {}",
                    event.version,
                    event.stream,
                    stream.len()
                );
                return Err(Violation::new(Kind::BrokenChain, what));
            }
            self.commit_of.push(self.commits.len());
        }
        self.commits.push(start..start + commit.len());
        Ok(())
    }

    /// The events of a commit.
    pub(super) fn events_of(&self, commit: usize) -> &'a [RecordedEvent] {
        &self.events[self.commits[commit].clone()]
    }

    /// The index of the event at a position.
    pub(super) fn at(&self, position: Position) -> Option<usize> {
        let found = self
            .events
            .binary_search_by_key(&position, |event| event.position);
        found.ok()
    }

    /// The index of the first event behind a position.
    pub(super) fn behind(&self, position: Position) -> usize {
        self.events
            .partition_point(|event| event.position <= position)
    }

    /// Number of commits in a log that ends at `head`.
    pub(super) fn commits_up_to(&self, head: Position) -> Result<usize, Violation> {
        if head == Position::START {
            return Ok(0);
        }
        let Some(index) = self.at(head) else {
            let last = self
                .events
                .last()
                .map_or(Position::START, |last| last.position);
            let (kind, what) = if head > last {
                (
                    Kind::BeyondLog,
                    format!("the head {head} lies beyond the log, which ends at {last}"),
                )
            } else {
                (
                    Kind::Phantom,
                    format!("there is no event at the head {head}"),
                )
            };
            return Err(Violation::new(kind, what));
        };
        let commit = self.commit_of[index];
        if self.commits[commit].end != index + 1 {
            let id = self.events[index].commit_id;
            let what = format!("the head {head} lies within commit {id}");
            return Err(Violation::new(Kind::TornRead, what));
        }
        Ok(commit + 1)
    }

    /// When a stream was at this version.
    pub(super) fn stream_at(
        &self,
        stream: &StreamId,
        version: Version,
    ) -> Result<Moments, Violation> {
        let indices = self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let count = usize::try_from(version.get()).unwrap_or(usize::MAX);
        if count > indices.len() {
            let what = format!(
                "`{stream}` never was at version {version}: it ends at {}",
                indices.len()
            );
            return Err(Violation::new(Kind::BeyondLog, what));
        }
        let last = count
            .checked_sub(1)
            .map(|last| self.commit_of[indices[last]]);
        let next = indices.get(count).map(|next| self.commit_of[*next]);
        let since = last.map_or(Moments::always(), Moments::since);
        let until = next.map_or(Moments::always(), Moments::until);
        since.and(until).ok_or_else(|| {
            let what = format!("`{stream}` was at version {version} only within a commit");
            Violation::new(Kind::TornRead, what)
        })
    }
}
