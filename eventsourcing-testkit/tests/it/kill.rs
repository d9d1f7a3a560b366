//! The ledger of the kill loop finds what is missing.

use std::sync::{Arc, Mutex};

use eventsourcing::{
    Commit, EventStore, EventStoreExt, ExpectedVersion, Filter, MemoryStore, Position, ReadError,
    RecordedEvent,
};
use eventsourcing_testkit::faults::kill::{Acked, Ledger, work};

/// A store that was worked on, and what was acknowledged meanwhile.
async fn worked() -> (Arc<MemoryStore>, Ledger) {
    let store = Arc::new(MemoryStore::new());
    let lines = Arc::new(Mutex::new(Vec::new()));
    let said = lines.clone();
    let say = move |line: &str| said.lock().expect("lines").push(line.to_owned());
    work(store.clone(), 7, 60, say).await;
    let mut ledger = Ledger::default();
    let lines = lines.lock().expect("lines");
    assert!(lines.iter().all(|line| ledger.note(line)), "{lines:?}");
    (store, ledger)
}

async fn commits(store: &MemoryStore) -> Vec<Vec<RecordedEvent>> {
    let mut commits: Vec<Vec<RecordedEvent>> = Vec::new();
    let everything = Filter::all();
    let read = store.for_each_in_log(Position::START, &everything, |event| {
        if event.commit_index == 0 {
            commits.push(Vec::new());
        }
        commits.last_mut().expect("a commit").push(event);
        Ok::<_, ReadError>(())
    });
    read.await.expect("the log");
    commits
}

/// The same commits in another store, but for what `change` does to each.
async fn copied(store: &MemoryStore, change: impl Fn(usize, &mut Commit) -> bool) -> MemoryStore {
    let copy = MemoryStore::new();
    for (number, events) in commits(store).await.into_iter().enumerate() {
        let mut commit = Commit::with_id(events[0].commit_id);
        for event in events {
            commit.metadata = (*event.metadata).clone();
            let new = eventsourcing::NewEvent {
                event_type: event.event_type,
                schema_version: event.schema_version,
                readable_by: event.schema_version,
                format: event.format,
                tags: event.tags,
                payload: event.payload,
            };
            match commit.streams.last_mut() {
                Some(part) if part.stream == event.stream => part.events.push(new),
                _ => commit = commit.append(event.stream, ExpectedVersion::Any, vec![new]),
            }
        }
        if change(number, &mut commit) {
            copy.append(commit).await.expect("an append");
        }
    }
    copy
}

#[tokio::test]
async fn what_is_there_is_found() {
    let (store, mut ledger) = worked().await;
    let found = ledger.check(&store).await.expect("a check");
    assert!(found.checked > 300 && found.lost == 0, "{found:?}");
    // A copy has everything but the checkpoints.
    let copy = copied(&store, |_, _| true).await;
    assert!(ledger.check(&copy).await.expect("a check").lost > 0);
    ledger.forget_checkpoints();
    assert_eq!(ledger.check(&copy).await.expect("a check"), found);
}

#[tokio::test]
async fn what_is_missing_or_differs_is_lost() {
    let (store, mut ledger) = worked().await;
    ledger.forget_checkpoints();
    let last = commits(&store).await.len() - 1;
    let broken = [
        copied(&store, |number, _| number != last).await,
        copied(&store, |number, commit| {
            if number == last {
                commit.streams[0].events[0].payload = b"other".as_slice().into();
            }
            true
        })
        .await,
        copied(&store, |number, commit| {
            if number == last {
                commit.metadata.actor = None;
            }
            true
        })
        .await,
    ];
    for store in broken {
        let found = ledger.check(&store).await.expect("a check");
        let problem = found.problem.as_deref().unwrap_or_default();
        assert!(
            found.lost > 0 && problem.contains("acknowledged"),
            "{found:?}"
        );
    }
    let found = ledger.check(&MemoryStore::new()).await.expect("a check");
    assert_eq!(found.lost, found.checked, "everything is missing");
}

#[test]
fn a_line_is_read_as_it_was_printed() {
    let line =
        "test writer ... acked 01a1fd1e-5a47-7e98-a810-b7b05417f893 515 518 00a7ff2d0654bd7c";
    let acked = Acked::parse(line).expect("an acknowledgement");
    assert!(line.ends_with(&acked.to_string()));
    assert_eq!(acked.events(), 4);
    for other in ["opened", "acked", "acked 1 2 3 4", "checkpoint reader 7"] {
        assert!(!Ledger::default().note(other), "{other}");
    }
}
