//! The caller's side of an append: wait for room, encode, hand over, wait.

use eventsourcing::{AppendError, Commit, Committed, Position, Receipt, Version};

use super::read;
use super::reply::{self, Unanswered};
use super::shared::Handle;
use super::writer::{Job, Reply};
use crate::index::{CommitPlace, Postings};
use crate::log::frame::Draft;

/// Appends a commit. Once it is handed over it is written or not, whether or not anybody still waits for it.
pub(super) async fn append(handle: &Handle, mut commit: Commit) -> Result<Committed, AppendError> {
    let shared = handle.shared();
    commit.validate(&shared.capabilities)?;
    // First, so that those who wait hold nothing but their commits.
    let room = handle.queue().room(Draft::most_bytes(&commit)).await;
    let room = room.map_err(|_| closed(handle))?;
    let draft = Draft::encode(&commit).ok_or_else(|| too_many_streams(&commit))?;
    let postings = Postings::of_commit(shared.index.keys(), shared.index.types(), &commit);
    let expected = commit.streams.iter().map(|part| part.expected).collect();
    let condition = commit.condition.take();
    let (reply, answer) = reply::channel();
    let job = Job {
        draft,
        postings,
        expected,
        condition,
        reply: Some(reply),
        room: Some(room),
    };
    let sent = handle.queue().send(Box::new(job));
    sent.map_err(|_| closed(handle))?;
    match answer.await {
        Ok(Reply::Written {
            first,
            recorded_at,
            versions,
            spent,
        }) => {
            drop(spent);
            let last = first + commit.event_count() as u64 - 1;
            let (first, last) = (Position::new(first), Position::new(last));
            let receipt = Receipt {
                commit_id: commit.commit_id,
                first,
                last,
                recorded_at,
            };
            let after = commit.streams.into_iter().zip(versions);
            let versions = after.map(|(part, version)| {
                (
                    part.stream,
                    Version::new(version).plus(part.events.len() as u64),
                )
            });
            Ok(Committed {
                receipt,
                versions: versions.collect(),
                duplicate: false,
            })
        }
        Ok(Reply::Known(place)) => known(handle, &commit, place),
        Ok(Reply::Conflict { part, actual }) => {
            let part = &commit.streams[part];
            let (stream, expected) = (part.stream.clone(), part.expected);
            Err(AppendError::Conflict {
                stream,
                expected,
                actual: Version::new(actual),
            })
        }
        Ok(Reply::Failed(error)) => Err(error),
        Err(Unanswered::Untouched) => Err(closed(handle)),
        Err(Unanswered::Panicked) => {
            let reason = shared.poisoned().unwrap_or("the writer panicked").into();
            Err(AppendError::OutcomeUnknown {
                commit_id: commit.commit_id,
                reason,
            })
        }
    }
}

/// The answer to a commit id that was used before.
fn known(handle: &Handle, commit: &Commit, place: CommitPlace) -> Result<Committed, AppendError> {
    let shared = handle.shared();
    let events = shared.lookup(|| read::commit(shared, commit.commit_id, place))?;
    let Some(committed) = Committed::repeated(&events) else {
        let reason = "the commit has no events".into();
        return Err(AppendError::Corruption {
            position: Position::new(place.first),
            reason,
        });
    };
    if !commit.is_recorded_as(&events) {
        let (commit_id, position) = (commit.commit_id, committed.receipt.first);
        return Err(AppendError::CommitIdReused {
            commit_id,
            position,
        });
    }
    Ok(committed)
}

fn too_many_streams(commit: &Commit) -> AppendError {
    let (actual, limit) = (commit.streams.len(), usize::from(u16::MAX));
    AppendError::TooLarge {
        what: "the number of streams",
        actual,
        limit,
    }
}

fn closed(handle: &Handle) -> AppendError {
    match handle.shared().poisoned() {
        Some(reason) => AppendError::Poisoned {
            reason: reason.into(),
        },
        None => AppendError::Unavailable {
            reason: "the store is closed".into(),
            source: None,
        },
    }
}
