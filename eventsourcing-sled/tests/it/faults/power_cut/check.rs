//! What must be true of a store after a power cut.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use eventsourcing::{CheckpointStore, EventStoreExt, Filter, RecordedEvent, SnapshotStore, Tag};
use eventsourcing_sled::{Durability, SledStore};

use super::recorded::Promised;
use super::workload::{self, CHECKPOINTS};
use crate::support::{LIMIT, account, append, block_on, commit, filtered, log, stream};

/// What became of a store.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is whole.
    Whole {
        /// The index was of no use.
        index_rebuilt: bool,
    },
    /// So many promised events are missing or differ.
    Lost(u64),
    Unopenable(String),
    /// It has everything that was promised, but not only.
    Unsound(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { .. } => write!(f, "whole"),
            Self::Lost(events) => write!(f, "{events} events are lost"),
            Self::Unopenable(reason) => write!(f, "it cannot be opened: {reason}"),
            Self::Unsound(reason) => write!(f, "it is unsound: {reason}"),
        }
    }
}

/// Opens the store of an image and looks at everything in it. `history` is the log that the program had written in the
/// end.
pub(super) fn check(image: &Path, history: &[RecordedEvent], promised: Promised) -> Outcome {
    let (answer, answered) = mpsc::channel();
    let (dir, history) = (image.join("store"), history.to_vec());
    let checker = thread::spawn(move || {
        // If nobody waits any more, nobody wants to know.
        let _ = answer.send(look(&dir, &history, &promised));
    });
    match answered.recv_timeout(LIMIT) {
        Ok(outcome) => outcome,
        Err(mpsc::RecvTimeoutError::Timeout) => Outcome::Unopenable("it hangs".into()),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let panic = checker.join().expect_err("a panic");
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Outcome::Unsound(format!("a panic: {}", text.unwrap_or_default()))
        }
    }
}

fn look(dir: &Path, history: &[RecordedEvent], promised: &Promised) -> Outcome {
    let opened = SledStore::open(dir).map_err(|error| error.to_string());
    let opened = opened.and_then(|store| {
        let events = log(&store).map_err(|error| error.to_string())?;
        Ok((store, events))
    });
    let (store, events) = match opened {
        Ok(opened) => opened,
        Err(error) => return Outcome::Unopenable(error),
    };
    let same = events.iter().zip(history).take_while(|(a, b)| a == b);
    let same = same.count() as u64;
    if same < promised.position {
        return Outcome::Lost(promised.position - same);
    }
    sound(store, dir, &events, history, promised).unwrap_or_else(Outcome::Unsound)
}

fn sound(
    store: SledStore,
    dir: &Path,
    events: &[RecordedEvent],
    history: &[RecordedEvent],
    promised: &Promised,
) -> Result<Outcome, String> {
    let index_rebuilt = store
        .stats()
        .map_err(|error| error.to_string())?
        .index_rebuilds
        > 0;
    ensure(
        history.starts_with(events),
        "an event that was never written",
    )?;
    let last = events.last();
    let whole = last.is_none_or(|last| last.commit_index + 1 == last.commit_len);
    ensure(whole, "a part of a commit")?;
    answers(&store, events)?;
    notes(&store, events, history, promised)?;
    let report = store.verify().map_err(|error| error.to_string())?;
    ensure(report.is_sound(), &format!("{:?}", report.faults))?;
    ensure(
        report.events == events.len() as u64,
        "verify counts other events",
    )?;

    let next = append(&store, commit(&account(0), 2)).receipt;
    ensure(
        next.first.get() == events.len() as u64 + 1,
        "it goes on elsewhere",
    )?;
    let after = log(&store).map_err(|error| error.to_string())?;
    ensure(after.starts_with(events), "appending has changed the past")?;
    ensure(
        after.len() == events.len() + 2,
        "appending has added something else",
    )?;
    drop(store);
    let store = workload::open(dir, Durability::Always);
    let again = log(&store).map_err(|error| error.to_string())?;
    ensure(again == after, "it differs when it is opened again")?;
    Ok(Outcome::Whole { index_rebuilt })
}

fn ensure(holds: bool, what: &str) -> Result<(), String> {
    holds.then_some(()).ok_or_else(|| what.to_owned())
}

/// The index's answers are the log's.
fn answers(store: &SledStore, events: &[RecordedEvent]) -> Result<(), String> {
    let streams: BTreeSet<_> = events.iter().map(|event| &event.stream).collect();
    for id in streams {
        let own: Vec<_> = events.iter().filter(|event| event.stream == *id).collect();
        let tag = Tag::new(&format!("of:{id}")).expect("a tag");
        let read = stream(store, id).map_err(|error| error.to_string())?;
        let tagged = filtered(store, &Filter::all().tag(tag)).map_err(|error| error.to_string())?;
        for (what, found) in [("stream", read), ("tag", tagged)] {
            if !found.iter().eq(own.iter().copied()) {
                return Err(format!(
                    "{what} of {id}: {} events of {}",
                    found.len(),
                    own.len()
                ));
            }
        }
    }
    for event in events.iter().step_by(events.len() / 8 + 1) {
        let found =
            block_on(store.find_commit(event.commit_id)).map_err(|error| error.to_string())?;
        if found.is_none_or(|found| found.committed.receipt.commit_id != event.commit_id) {
            return Err(format!("commit {} is not found", event.commit_id));
        }
    }
    Ok(())
}

/// Snapshots may be lost, but what is there was taken once, and of this history. Checkpoints are those that were
/// acknowledged, or newer ones.
fn notes(
    store: &SledStore,
    events: &[RecordedEvent],
    history: &[RecordedEvent],
    promised: &Promised,
) -> Result<(), String> {
    for writer in 0..4 {
        let found = block_on(store.load_snapshot(&account(writer)));
        let Some(snapshot) = found.map_err(|error| error.to_string())? else {
            continue;
        };
        let taken_at = history
            .iter()
            .find(|event| event.event_id() == snapshot.last_event);
        let filled_with = snapshot.version.get() % 251;
        if taken_at.is_none_or(|event| event.version != snapshot.version)
            || snapshot
                .state
                .iter()
                .any(|byte| u64::from(*byte) != filled_with)
        {
            return Err(format!(
                "a snapshot of {} that was never taken",
                snapshot.stream
            ));
        }
    }
    for reader in 0..CHECKPOINTS {
        let name = format!("reader-{reader}");
        let found = match block_on(store.load_checkpoint(&name)) {
            Ok(found) => found.map_or(0, |found| found.position.get()),
            Err(error) => return Err(error.to_string()),
        };
        ensure(
            found <= events.len() as u64,
            "a checkpoint beyond the log's end",
        )?;
        let acknowledged = promised.checkpoints.get(&name).copied().unwrap_or_default();
        ensure(
            found >= acknowledged,
            &format!("checkpoint {name} is at {found}, at {acknowledged} it was acknowledged"),
        )?;
    }
    Ok(())
}
