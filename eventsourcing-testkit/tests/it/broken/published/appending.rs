//! Bugs in appending.

use std::collections::VecDeque;

use eventsourcing::*;
use tokio::sync::Mutex;

use super::store::Bug;
use crate::broken::pair::Pair;

/// Looks whether the condition holds, then appends without it.
#[derive(Default)]
pub(super) struct CheckedInAnotherSnapshot(Pair);

impl Bug for CheckedInAnotherSnapshot {
    async fn append(
        &self,
        store: &MemoryStore,
        mut commit: Commit,
    ) -> Result<Committed, AppendError> {
        if let Some(condition) = commit.condition.take() {
            for filter in &condition.none_of {
                let page = store.read_all(condition.after, filter, 1).await;
                if let Some(event) = page.expect("a page").events.first() {
                    let position = event.position;
                    return Err(AppendError::ConditionFailed { position });
                }
            }
            self.0.meet().await;
        }
        store.append(commit).await
    }
}

async fn version(store: &MemoryStore, stream: &StreamId) -> Version {
    let head = store.stream_head(stream).await.expect("a read");
    head.map_or(Version::EMPTY, |head| head.version)
}

/// Compares the versions, then writes; whose row is there already is not told.
#[derive(Default)]
pub(super) struct AppendWithoutLock(Pair);

impl Bug for AppendWithoutLock {
    async fn append(&self, store: &MemoryStore, commit: Commit) -> Result<Committed, AppendError> {
        let id = commit.commit_id;
        for part in &commit.streams {
            let (stream, expected) = (part.stream.clone(), part.expected);
            let actual = version(store, &stream).await;
            if !expected.accepts(actual) {
                return Err(AppendError::Conflict {
                    stream,
                    expected,
                    actual,
                });
            }
        }
        self.0.meet().await;
        match store.append(commit).await {
            Err(AppendError::Conflict { stream, actual, .. }) => {
                let head = store.stream_head(&stream).await.expect("a read");
                let position = head.expect("another one won").position;
                let receipt = Receipt {
                    commit_id: id,
                    first: position,
                    last: position,
                    recorded_at: Timestamp::from_micros(0),
                };
                Ok(Committed {
                    receipt,
                    versions: vec![(stream, actual)],
                    duplicate: false,
                })
            }
            result => result,
        }
    }
}

/// Only refuses what is behind the head.
#[derive(Default)]
pub(super) struct HoleBeyondTheHead;

impl Bug for HoleBeyondTheHead {
    async fn append(
        &self,
        store: &MemoryStore,
        mut commit: Commit,
    ) -> Result<Committed, AppendError> {
        for part in &mut commit.streams {
            let head = version(store, &part.stream).await;
            if matches!(part.expected, ExpectedVersion::Exact(version) if version > head) {
                part.expected = ExpectedVersion::Any;
            }
        }
        store.append(commit).await
    }
}

/// Appends at the version that it has read, also when nobody asked for one.
#[derive(Default)]
pub(super) struct AnyConflicts(Pair);

impl Bug for AnyConflicts {
    async fn append(
        &self,
        store: &MemoryStore,
        mut commit: Commit,
    ) -> Result<Committed, AppendError> {
        for part in &mut commit.streams {
            if part.expected == ExpectedVersion::Any {
                part.expected = ExpectedVersion::Exact(version(store, &part.stream).await);
            }
        }
        self.0.meet().await;
        store.append(commit).await
    }
}

/// Remembers only the last commit ids.
#[derive(Default)]
pub(super) struct DedupeWindow(Mutex<VecDeque<CommitId>>);

impl Bug for DedupeWindow {
    async fn append(
        &self,
        store: &MemoryStore,
        mut commit: Commit,
    ) -> Result<Committed, AppendError> {
        let (id, mut window) = (commit.commit_id, self.0.lock().await);
        if !window.contains(&id) {
            if store.find_commit(id).await.expect("a read").is_some() {
                commit.commit_id = CommitId::generate();
            }
            window.push_back(id);
            if window.len() > 4 {
                window.pop_front();
            }
        }
        let mut committed = store.append(commit).await?;
        committed.receipt.commit_id = id;
        Ok(committed)
    }
}

/// Stores what the payload means, not what it is.
#[derive(Default)]
pub(super) struct TidiedJson;

impl Bug for TidiedJson {
    async fn append(
        &self,
        store: &MemoryStore,
        mut commit: Commit,
    ) -> Result<Committed, AppendError> {
        for event in commit.streams.iter_mut().flat_map(|part| &mut part.events) {
            if let Ok(value) = serde_json::from_slice::<serde_json::Value>(&event.payload) {
                event.payload = value.to_string().into();
            }
        }
        store.append(commit).await
    }
}

/// Says that a commit is on the disk while it is not.
#[derive(Default)]
pub(super) struct SyncedLater;

impl Bug for SyncedLater {
    const LOST: usize = 2;
}

/// Counts versions in 16 bits.
#[derive(Default)]
pub(super) struct NarrowVersion;

fn narrow(version: &mut Version) {
    *version = Version::new(version.get() & 0xffff);
}

impl Bug for NarrowVersion {
    async fn append(&self, store: &MemoryStore, commit: Commit) -> Result<Committed, AppendError> {
        let mut committed = store.append(commit).await?;
        committed.versions.iter_mut().for_each(|(_, at)| narrow(at));
        Ok(committed)
    }

    async fn read_stream(
        &self,
        store: &MemoryStore,
        stream: &StreamId,
        range: StreamRange,
    ) -> Result<StreamPage, ReadError> {
        let mut page = store.read_stream(stream, range).await?;
        let versions = page.events.iter_mut().map(|event| &mut event.version);
        versions.for_each(narrow);
        Ok(page)
    }
}
