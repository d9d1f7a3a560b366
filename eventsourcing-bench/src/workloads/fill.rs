//! Filling stores before the clock starts.

use std::path::Path;

use eventsourcing::{Commit, EventStore, ExpectedVersion, Json, NewEvent, StreamId, stream_id};
use eventsourcing_sled::{Durability, SledStore};
use tokio::runtime::Runtime;

use crate::Failure;
use crate::domain::{self, Account};

/// How the histories of many accounts lie in the log.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layout {
    /// One account after the other, in commits of this many events.
    OneByOne(usize),
    /// This many accounts at a time in turn, each event a commit of its own.
    InTurn(u64),
}

/// A history as it is appended.
pub(super) fn history(events: usize) -> Result<Vec<NewEvent>, Failure> {
    (0..events)
        .map(|index| Ok(NewEvent::encode(&domain::event(index), &Json)?))
        .collect()
}

/// The stream of an account.
pub(super) fn stream(account: u64) -> Result<StreamId, Failure> {
    Ok(stream_id::<Account>(&account)?)
}

/// Writes the histories of `accounts`, each of `events` events, into a store in this directory, and closes it.
pub(super) fn sled(
    runtime: &Runtime,
    path: &Path,
    accounts: std::ops::Range<u64>,
    events: usize,
    layout: Layout,
) -> Result<(), Failure> {
    let store = SledStore::builder()
        .durability(Durability::None)
        .open(path)?;
    match layout {
        Layout::OneByOne(chunk) => {
            runtime.block_on(one_by_one(&store, accounts, &history(events)?, chunk))?;
        }
        Layout::InTurn(width) => {
            let history = std::sync::Arc::new(history(events)?);
            runtime.block_on(async {
                let writers = (0..width).map(|writer| {
                    let (store, history, end) = (store.clone(), history.clone(), accounts.end);
                    let own =
                        (accounts.start + writer..end).step_by(usize::try_from(width).unwrap_or(1));
                    tokio::spawn(async move {
                        for account in own {
                            one_by_one(&store, account..account + 1, &history, 1).await?;
                        }
                        Ok::<_, Failure>(())
                    })
                });
                for writer in writers.collect::<Vec<_>>() {
                    writer.await??;
                }
                Ok::<_, Failure>(())
            })?;
        }
    }
    store.close();
    Ok(())
}

/// Writes whole histories in commits of `chunk` events.
pub(super) async fn one_by_one<S: EventStore>(
    store: &S,
    accounts: std::ops::Range<u64>,
    history: &[NewEvent],
    chunk: usize,
) -> Result<(), Failure> {
    for account in accounts {
        let stream = stream(account)?;
        for events in history.chunks(chunk) {
            let commit =
                Commit::new().append(stream.clone(), ExpectedVersion::Any, events.to_vec());
            store.append(commit).await?;
        }
    }
    Ok(())
}
