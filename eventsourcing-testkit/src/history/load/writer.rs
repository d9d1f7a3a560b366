//! One of many writers.

use eventsourcing::{
    AppendCondition, AppendError, Commit, Committed, EventStore, EventStoreExt,
    ExpectedVersion::{self, Any, Exact, Exists, NoStream},
    Filter, Metadata, Position, ReadError, StreamId, StreamRange, Tag, Version,
};
use fastrand::Rng;

use super::commits::{STREAMS, any_stream, event, part, stream, tag};
use super::within;
use crate::history::{Recorded, drop_after};

/// How many of its own commits a writer remembers in order to repeat them.
const REMEMBERED: usize = 16;
/// Tags that writers guard against each other; few, so that they meet.
const GUARDED: usize = 4;

pub(super) struct Writer<S> {
    store: Recorded<S>,
    rng: Rng,
    number: usize,
    written: Vec<Commit>,
    unknown: Vec<Commit>,
}

impl<S: EventStore> Writer<S> {
    pub(super) fn new(store: Recorded<S>, seed: u64, number: usize) -> Self {
        Self {
            store,
            rng: Rng::with_seed(seed.wrapping_mul(1000).wrapping_add(number as u64)),
            number,
            written: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Appends so often, or until the store is gone. Returns how often, and what it does not know the outcome of.
    pub(super) async fn run(mut self, appends: usize) -> (usize, Vec<Commit>) {
        let mut calls = 0;
        while calls < appends {
            let Ok(commit) = self.next_commit().await else {
                break;
            };
            if self.rng.bool() {
                tokio::task::yield_now().await;
            }
            calls += 1;
            let goes_on = if self.rng.usize(..12) == 0 {
                self.give_up(commit).await
            } else {
                self.append(commit).await
            };
            if !goes_on {
                break;
            }
        }
        (calls, self.unknown)
    }

    /// Appends; `false` if the store is gone.
    async fn append(&mut self, commit: Commit) -> bool {
        let result = within("an append", self.store.append(commit.clone())).await;
        if let Ok(committed) = &result
            && self.rng.usize(..8) == 0
            && self.look_at(committed).await.is_err()
        {
            return false;
        }
        self.settle(commit, Some(result))
    }

    /// Appends and drops the future after a few polls; `false` if the store is gone.
    async fn give_up(&mut self, commit: Commit) -> bool {
        let polls = self.rng.usize(1..4);
        let append = drop_after(polls, self.store.append(commit.clone()));
        let result = within("an append", append).await;
        self.settle(commit, result)
    }

    /// Notes what became of a commit; `false` if the store is gone.
    fn settle(&mut self, commit: Commit, result: Option<Result<Committed, AppendError>>) -> bool {
        let id = commit.commit_id;
        let unknown = self.unknown.iter().position(|known| known.commit_id == id);
        match result {
            None | Some(Err(AppendError::OutcomeUnknown { .. })) => {
                if unknown.is_none() {
                    self.unknown.push(commit);
                }
                result.is_none()
            }
            // It was not written now; if it may have been before, that is as unknown as it was.
            Some(Err(AppendError::Unavailable { .. } | AppendError::Poisoned { .. })) => false,
            Some(answer) => {
                unknown.map(|place| self.unknown.swap_remove(place));
                if answer.is_ok() {
                    self.remember(commit);
                }
                true
            }
        }
    }

    /// Reads what was just acknowledged, by its id and by its stream; the checker sees whether it was there.
    async fn look_at(&mut self, committed: &Committed) -> Result<(), ReadError> {
        let id = committed.receipt.commit_id;
        within("a lookup", self.store.find_commit(id)).await?;
        if let Some((stream, version)) = self.rng.choice(&committed.versions) {
            let range = StreamRange::backward().to(*version).limit(3);
            within("a read", self.store.read_stream(stream, range)).await?;
        }
        Ok(())
    }

    fn remember(&mut self, commit: Commit) {
        if self.written.len() < REMEMBERED {
            self.written.push(commit);
        } else {
            let place = self.rng.usize(..REMEMBERED);
            self.written[place] = commit;
        }
    }

    async fn next_commit(&mut self) -> Result<Commit, ReadError> {
        let commit = match self.rng.usize(..100) {
            0..30 => self.single(Any),
            30..48 => {
                let stream = any_stream(&mut self.rng);
                let expected = self.as_it_is(&stream).await?;
                self.on(stream, expected)
            }
            48..53 => self.single(NoStream),
            53..56 => self.single(Exists),
            56..58 => self.single(Exact(Version::new(1 << 40))),
            58..72 => self.on_several_streams().await?,
            72..82 => self.guarded().await?,
            82..87 => self.unique(),
            87..93 => match self.rng.choice(&self.written) {
                Some(commit) => commit.clone(),
                None => self.single(Any),
            },
            93..95 => {
                let id = self
                    .rng
                    .choice(&self.written)
                    .map(|commit| commit.commit_id);
                let mut commit = self.single(Any);
                commit.commit_id = id.unwrap_or(commit.commit_id);
                commit
            }
            _ => match self.rng.choice(&self.unknown) {
                Some(commit) => commit.clone(),
                None => self.single(Any),
            },
        };
        Ok(commit)
    }

    fn on(&mut self, stream: StreamId, expected: ExpectedVersion) -> Commit {
        let mut commit = Commit::new();
        commit.streams.push(part(&mut self.rng, stream, expected));
        if self.rng.bool() {
            commit.metadata = Metadata::new().with_actor(format!("writer {}", self.number));
        }
        commit
    }

    fn single(&mut self, expected: ExpectedVersion) -> Commit {
        let stream = any_stream(&mut self.rng);
        self.on(stream, expected)
    }

    /// What the stream looks like at the moment; by the time of the append it may not.
    async fn as_it_is(&self, stream: &StreamId) -> Result<ExpectedVersion, ReadError> {
        let head = within("a read", self.store.stream_head(stream)).await?;
        Ok(head.map_or(NoStream, |head| Exact(head.version)))
    }

    async fn on_several_streams(&mut self) -> Result<Commit, ReadError> {
        let first = self.rng.usize(..STREAMS);
        let mut commit = Commit::new();
        for step in 0..self.rng.usize(2..4) {
            let stream = stream((first + step * 5) % STREAMS);
            let expected = if self.rng.bool() {
                Any
            } else {
                self.as_it_is(&stream).await?
            };
            commit.streams.push(part(&mut self.rng, stream, expected));
        }
        Ok(commit)
    }

    /// Written unless somebody else has written under the same tag since.
    async fn guarded(&mut self) -> Result<Commit, ReadError> {
        let after = within("a read", self.store.head()).await?;
        tokio::task::yield_now().await;
        let guarded = tag("guarded", self.rng.usize(..GUARDED));
        Ok(self.on_condition(guarded, after))
    }

    /// Written once for each tag.
    fn unique(&mut self) -> Commit {
        let unique = tag("unique", self.rng.usize(..1000));
        self.on_condition(unique, Position::START)
    }

    fn on_condition(&mut self, guarded: Tag, after: Position) -> Commit {
        let stream = any_stream(&mut self.rng);
        let mut commit = self.on(stream, Any);
        let marked = event(&mut self.rng).with_tag(guarded.clone());
        commit.streams[0].events.push(marked);
        commit.with_condition(AppendCondition {
            none_of: vec![Filter::all().tag(guarded)],
            after,
        })
    }
}
