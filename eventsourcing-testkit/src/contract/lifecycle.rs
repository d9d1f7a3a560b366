//! Closing or dying, and opening again: what was acknowledged is there, exactly as it was. Or nothing is, if the store
//! says that it keeps nothing.

use std::time::Duration;

use eventsourcing::{
    AppendError, Checkpoint, CheckpointStore, Commit, CommitId, Committed, EventStore,
    ExpectedVersion::{Any, Exact, NoStream},
    Filter, FormatId, LeaseStore, Metadata, Position, RecordedEvent, Snapshot, SnapshotStore,
    StreamRange, Tag, Version,
};

use super::Fixture;
use super::restart::{End, survives};
use super::support::{
    account, append, assert_conflict, commit, events, log, race, read, refused, whole_log, within,
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

/// Everything reads as before the restart, the recorded times included.
pub async fn events_survive<F: Fixture>() {
    for end in End::BOTH {
        let fixture = F::fresh().await;
        let (before, results) = written(fixture.store()).await;
        let survives = survives(&fixture);
        let fixture = end.restart(fixture).await;
        let (store, after) = (fixture.store(), whole_log(fixture.store()).await);
        if !survives {
            assert_eq!(
                (after, store.head().await.expect("head")),
                (Vec::new(), Position::START),
                "{end:?}"
            );
            continue;
        }
        assert_eq!(after, before, "{end:?}");
        let last = results[2].receipt.last;
        assert_eq!(
            store.head().await.expect("head"),
            last,
            "the head is what it was before"
        );
        assert_eq!(store.watch().head(), last, "a new watch starts at the head");
        let head = store
            .stream_head(&account("ada"))
            .await
            .expect("stream head");
        assert_eq!(
            head.map(|head| head.version),
            Some(Version::new(6)),
            "the stream's head is what it was before"
        );
        let ada = read(store, &account("ada"), StreamRange::backward().limit(2)).await;
        let versions: Vec<_> = ada.iter().map(|event| event.version.get()).collect();
        assert_eq!(
            versions,
            [6, 5, 4, 3, 2, 1],
            "the stream can be read backward"
        );
        let red = Filter::all().tag(Tag::new("red").expect("a valid tag"));
        assert_eq!(
            log(store, &red, 2).await.len(),
            3,
            "what is found by a filter is found again"
        );
    }
}

/// After a restart the log goes on where it ended.
pub async fn the_log_goes_on<F: Fixture>() {
    let mut fixture = F::fresh().await;
    let survives = survives(&fixture);
    let mut expected = 0;
    for end in [End::Closed, End::Crashed, End::Crashed, End::Closed] {
        let version = Exact(Version::new(expected));
        let committed = append(fixture.store(), commit(&account("ada"), version, 2)).await;
        assert_eq!(
            committed.versions[0].1,
            Version::new(expected + 2),
            "the stream goes on where it was"
        );
        expected = if survives { expected + 2 } else { 0 };
        fixture = end.restart(fixture).await;
        let found = whole_log(fixture.store()).await.len() as u64;
        assert_eq!(found, expected, "{end:?}");
    }
    if survives {
        let error = refused(fixture.store(), commit(&account("ada"), NoStream, 1)).await;
        assert_conflict(&error, &account("ada"), NoStream, Version::new(8));
    }
}

/// Commit ids are remembered over a restart: however many ask again at once, nothing is written twice.
pub async fn commit_ids_survive<F: Fixture>() {
    for end in End::BOTH {
        let fixture = F::fresh().await;
        let (before, results) = written(fixture.store()).await;
        let survives = survives(&fixture);
        let fixture = end.restart(fixture).await;
        let store = fixture.store();
        let answers = race(16, |_| {
            let store = store.clone();
            async move { append(&store, rich("a")).await }
        })
        .await;
        let new = answers.iter().filter(|again| !again.duplicate).count();
        assert_eq!(new, usize::from(!survives), "{end:?}");
        if !survives {
            assert_eq!(
                whole_log(store).await.len(),
                3,
                "what is in memory only is forgotten, so the commit is written once more"
            );
            continue;
        }
        for again in &answers {
            assert_eq!(
                (again.receipt, &again.versions),
                (results[0].receipt, &results[0].versions),
                "a repetition is answered as the first time, also after reopening"
            );
        }
        let other = Commit {
            commit_id: CommitId::from_key("b"),
            ..commit(&account("eve"), Any, 1)
        };
        let error = refused(store, other).await;
        assert!(
            matches!(error, AppendError::CommitIdReused { .. }),
            "{error}"
        );
        assert_eq!(whole_log(store).await, before, "{end:?}");
    }
}

/// Checkpoints survive a restart, and so does their fencing.
pub async fn checkpoints_survive<F: Fixture>() {
    for end in End::BOTH {
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
        let fixture = end.restart(fixture).await;
        let found = fixture
            .store()
            .load_checkpoint("a")
            .await
            .expect("checkpoints can be loaded");
        assert_eq!(found, survives.then_some(stored), "{end:?}");
        if survives {
            let late = Checkpoint { epoch: 6, ..stored };
            let result = fixture
                .store()
                .store_checkpoint("a", Some(stored), late)
                .await;
            assert!(result.is_err(), "a lower epoch stays fenced out");
        }
    }
}

/// Epochs of leases never repeat, so that a holder from before stays fenced out.
pub async fn lease_epochs_survive<F: Fixture>() {
    let hour = Duration::from_secs(3600);
    for end in End::BOTH {
        let fixture = F::fresh().await;
        let survives = survives(&fixture);
        let first = fixture
            .store()
            .acquire_lease("a", "ada", hour)
            .await
            .expect("an answer");
        let first = first.expect("it is free");
        let fixture = end.restart(fixture).await;
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
        assert_eq!(next.epoch > first.epoch, survives, "{end:?}");
    }
}

/// A snapshot is as it was or gone; after a crash it may also be the one before. Never is it half of one.
pub async fn snapshots_are_whole_or_gone<F: Fixture>() {
    for end in End::BOTH {
        let fixture = F::fresh().await;
        let saved = [3, 4].map(|version| Snapshot {
            stream: account("ada"),
            version: Version::new(version),
            last_event: CommitId::from_key("a").event_id(0),
            fingerprint: 9,
            format: FormatId::JSON,
            state: vec![7; 5000 * usize::try_from(version).expect("small")].into(),
        });
        for snapshot in saved.clone() {
            let saving = fixture.store().save_snapshot(snapshot).await;
            saving.expect("snapshots can be saved");
        }
        let fixture = end.restart(fixture).await;
        let found = fixture.store().load_snapshot(&account("ada")).await;
        let found = found.expect("an answer");
        let allowed = match end {
            End::Closed => &saved[1..],
            End::Crashed => &saved[..],
        };
        assert!(
            found.as_ref().is_none_or(|found| allowed.contains(found)),
            "{end:?}: {:?}",
            found.map(|found| found.version)
        );
    }
}

/// A watch of a closed store ends instead of waiting for ever.
pub async fn watches_end<F: Fixture>() {
    let fixture = F::fresh().await;
    let mut watch = fixture.store().watch();
    let waiting = tokio::spawn(async move { watch.beyond(Position::new(u64::MAX)).await });
    let mut late = fixture.store().watch();
    let _reopened = fixture.reopen().await;
    let ended = within("a watch of a closed store", waiting).await;
    assert_eq!(
        ended.expect("no panic"),
        None,
        "a watch ends when its store is closed"
    );
    let ended = within(
        "a watch of a closed store",
        late.beyond(Position::new(u64::MAX)),
    )
    .await;
    assert_eq!(ended, None, "a watch ends when its store is closed");
}
