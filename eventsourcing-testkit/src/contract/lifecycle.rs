//! Closing and opening again: what was acknowledged is there, exactly as it was.

use std::time::Duration;

use eventsourcing::{
    AppendError, Checkpoint, CheckpointStore, Commit, CommitId, Committed, Durability, EventStore,
    ExpectedVersion::{Any, Exact, NoStream},
    Filter, LeaseStore, Metadata, Position, RecordedEvent, StreamRange, Tag, Version,
};

use super::Fixture;
use super::support::{
    account, append, assert_conflict, commit, events, log, read, refused, whole_log, within,
};

/// A commit with everything that a commit can have.
fn rich(key: &str) -> Commit {
    let mut tagged = events(2);
    tagged[1].tags.push(Tag::new("red").expect("a valid tag"));
    Commit::with_id(CommitId::from_key(key))
        .append(account("ada"), Any, tagged)
        .append(account("bob"), Any, events(1))
        .with_metadata(Metadata::new().with_actor("ada").with_header("k", "v"))
}

async fn written<S: EventStore>(store: &S) -> (Vec<RecordedEvent>, Vec<Committed>) {
    let mut results = Vec::new();
    for key in ["a", "b", "c"] {
        results.push(append(store, rich(key)).await);
    }
    (whole_log(store).await, results)
}

fn survives<F: Fixture>(fixture: &F) -> bool {
    fixture.store().capabilities().durability != Durability::Memory
}

/// Everything reads as before, the recorded times included; or nothing does, if the store says that it keeps nothing.
pub async fn events_survive<F: Fixture>() {
    let fixture = F::fresh().await;
    let (before, results) = written(fixture.store()).await;
    let survives = survives(&fixture);
    let fixture = fixture.reopen().await;
    let (store, after) = (fixture.store(), whole_log(fixture.store()).await);
    if !survives {
        assert_eq!(
            (after, store.head().await.expect("head")),
            (Vec::new(), Position::START)
        );
        return;
    }
    assert_eq!(after, before);
    let last = results[2].receipt.last;
    assert_eq!(store.head().await.expect("head"), last);
    assert_eq!(store.watch().head(), last, "a new watch starts at the head");
    let head = store
        .stream_head(&account("ada"))
        .await
        .expect("stream head");
    assert_eq!(head.map(|head| head.version), Some(Version::new(6)));
    let ada = read(store, &account("ada"), StreamRange::backward().limit(2)).await;
    assert_eq!(ada.len(), 6);
    let red = log(
        store,
        &Filter::all().tag(Tag::new("red").expect("a valid tag")),
        2,
    )
    .await;
    assert_eq!(red.len(), 3);
}

/// The log goes on where it ended.
pub async fn the_log_goes_on<F: Fixture>() {
    let mut fixture = F::fresh().await;
    let survives = survives(&fixture);
    let mut expected = 0;
    for _ in 0..3 {
        let version = Exact(Version::new(expected));
        let committed = append(fixture.store(), commit(&account("ada"), version, 2)).await;
        assert_eq!(committed.versions[0].1, Version::new(expected + 2));
        expected = if survives { expected + 2 } else { 0 };
        fixture = fixture.reopen().await;
        assert_eq!(whole_log(fixture.store()).await.len() as u64, expected);
    }
    if survives {
        let error = refused(fixture.store(), commit(&account("ada"), NoStream, 1)).await;
        assert_conflict(&error, &account("ada"), NoStream, Version::new(6));
    }
}

/// Commit ids are remembered.
pub async fn commit_ids_survive<F: Fixture>() {
    let fixture = F::fresh().await;
    let (before, results) = written(fixture.store()).await;
    let survives = survives(&fixture);
    let fixture = fixture.reopen().await;
    let store = fixture.store();
    let again = append(store, rich("a")).await;
    assert_eq!(again.duplicate, survives);
    if survives {
        assert_eq!(
            (again.receipt, &again.versions),
            (results[0].receipt, &results[0].versions)
        );
        let other = commit(&account("eve"), Any, 1);
        let other = Commit {
            commit_id: CommitId::from_key("b"),
            ..other
        };
        let error = refused(store, other).await;
        assert!(
            matches!(error, AppendError::CommitIdReused { .. }),
            "{error}"
        );
        assert_eq!(whole_log(store).await, before);
    }
}

/// Checkpoints survive, and so does their fencing.
pub async fn checkpoints_survive<F: Fixture>() {
    let fixture = F::fresh().await;
    let (_, results) = written(fixture.store()).await;
    let survives = survives(&fixture);
    let stored = Checkpoint {
        position: results[1].receipt.last,
        epoch: 7,
    };
    fixture
        .store()
        .store_checkpoint("a", None, stored)
        .await
        .expect("there is none yet");
    let fixture = fixture.reopen().await;
    let found = fixture
        .store()
        .load_checkpoint("a")
        .await
        .expect("checkpoints can be loaded");
    assert_eq!(found, survives.then_some(stored));
    if survives {
        let late = Checkpoint { epoch: 6, ..stored };
        let result = fixture
            .store()
            .store_checkpoint("a", Some(stored), late)
            .await;
        assert!(result.is_err(), "a lower epoch stays fenced out");
    }
}

/// Epochs of leases never repeat, so that a holder from before stays fenced out.
pub async fn lease_epochs_survive<F: Fixture>() {
    let fixture = F::fresh().await;
    let hour = Duration::from_secs(3600);
    let survives = survives(&fixture);
    let first = fixture
        .store()
        .acquire_lease("a", "ada", hour)
        .await
        .expect("an answer");
    let first = first.expect("it is free");
    let fixture = fixture.reopen().await;
    let store = fixture.store();
    if survives {
        let other = store
            .acquire_lease("a", "bob", hour)
            .await
            .expect("an answer");
        assert_eq!(other, None, "it still runs");
        store
            .release_lease(&first)
            .await
            .expect("it can be given back");
    }
    let next = store
        .acquire_lease("a", "bob", hour)
        .await
        .expect("an answer")
        .expect("it is free");
    assert_eq!(next.epoch > first.epoch, survives);
}

/// A snapshot is either as it was or gone.
pub async fn snapshots_are_whole_or_gone<F: Fixture>() {
    use eventsourcing::{FormatId, Snapshot, SnapshotStore};
    let fixture = F::fresh().await;
    let saved = Snapshot {
        stream: account("ada"),
        version: Version::new(3),
        last_event: CommitId::from_key("a").event_id(0),
        fingerprint: 9,
        format: FormatId::JSON,
        state: vec![7; 5000].into(),
    };
    fixture
        .store()
        .save_snapshot(saved.clone())
        .await
        .expect("snapshots can be saved");
    let fixture = fixture.reopen().await;
    let found = fixture
        .store()
        .load_snapshot(&account("ada"))
        .await
        .expect("an answer");
    assert!(found.is_none() || found == Some(saved));
}

/// A watch of a closed store ends instead of waiting for ever.
pub async fn watches_end<F: Fixture>() {
    let fixture = F::fresh().await;
    let mut watch = fixture.store().watch();
    let waiting = tokio::spawn(async move { watch.beyond(Position::new(u64::MAX)).await });
    let mut late = fixture.store().watch();
    let _reopened = fixture.reopen().await;
    let ended = within("a watch of a closed store", waiting).await;
    assert_eq!(ended.expect("no panic"), None);
    let ended = within(
        "a watch of a closed store",
        late.beyond(Position::new(u64::MAX)),
    )
    .await;
    assert_eq!(ended, None);
}
