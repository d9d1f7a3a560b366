//! Checkpoints: compare-and-set, with an epoch that never falls.

use eventsourcing::{
    Checkpoint, CheckpointError, CheckpointStore, EventStore, ExpectedVersion::Any, Position,
};

use super::Fixture;
use super::support::{account, append, commit, race};

fn checkpoint(position: u64, epoch: u64) -> Checkpoint {
    Checkpoint {
        position: Position::new(position),
        epoch,
    }
}

/// A store with a few events, and a bookmark on each.
async fn with_events<F: Fixture>() -> (F, Vec<u64>) {
    let fixture = F::fresh().await;
    let mut positions = Vec::new();
    for _ in 0..5 {
        let committed = append(fixture.store(), commit(&account("ada"), Any, 1)).await;
        positions.push(committed.receipt.last.get());
    }
    (fixture, positions)
}

async fn load<S: CheckpointStore>(store: &S, name: &str) -> Option<Checkpoint> {
    store
        .load_checkpoint(name)
        .await
        .expect("checkpoints can be loaded")
}

#[track_caller]
fn assert_fenced(
    result: Result<(), CheckpointError>,
    wanted: Option<Checkpoint>,
    stored: Option<Checkpoint>,
) {
    match result {
        Err(CheckpointError::Fenced {
            expected, actual, ..
        }) => {
            assert_eq!((expected, actual), (wanted, stored), "the error names both");
        }
        other => panic!("expected Fenced, got: {other:?}"),
    }
}

/// A checkpoint is written over what was expected, and only over that.
pub async fn compare_and_set<F: Fixture>() {
    let (fixture, at) = with_events::<F>().await;
    let store = fixture.store();
    assert_eq!(
        load(store, "a").await,
        None,
        "a checkpoint that was refused is not stored"
    );
    let (first, second) = (checkpoint(at[1], 1), checkpoint(at[3], 1));
    assert_fenced(
        store.store_checkpoint("a", Some(first), second).await,
        Some(first),
        None,
    );
    assert_eq!(
        load(store, "a").await,
        None,
        "a checkpoint that was refused is not stored"
    );
    store
        .store_checkpoint("a", None, first)
        .await
        .expect("there is none yet");
    assert_eq!(
        load(store, "a").await,
        Some(first),
        "the checkpoint is what was stored"
    );
    assert_fenced(
        store.store_checkpoint("a", None, second).await,
        None,
        Some(first),
    );
    assert_fenced(
        store.store_checkpoint("a", Some(second), second).await,
        Some(second),
        Some(first),
    );
    assert_eq!(
        load(store, "a").await,
        Some(first),
        "a refused change leaves the checkpoint as it was"
    );
    store
        .store_checkpoint("a", Some(first), second)
        .await
        .expect("as expected");
    assert_eq!(
        load(store, "a").await,
        Some(second),
        "the checkpoint is what was stored last"
    );
    // Back to the start: a read model is rebuilt.
    store
        .store_checkpoint("a", Some(second), checkpoint(0, 1))
        .await
        .expect("as expected");
    assert_eq!(
        load(store, "a").await,
        Some(checkpoint(0, 1)),
        "a checkpoint may be set back, under its epoch"
    );
}

/// A higher epoch takes a checkpoint over and fences the earlier owner out.
pub async fn epochs_fence<F: Fixture>() {
    let (fixture, at) = with_events::<F>().await;
    let store = fixture.store();
    let (old, taken) = (checkpoint(at[0], 4), checkpoint(at[0], 5));
    store
        .store_checkpoint("a", None, old)
        .await
        .expect("there is none yet");
    store
        .store_checkpoint("a", Some(old), taken)
        .await
        .expect("the epoch rises");
    // The earlier owner: with what it knows, and with what is stored.
    let late = checkpoint(at[1], 4);
    assert_fenced(
        store.store_checkpoint("a", Some(old), late).await,
        Some(old),
        Some(taken),
    );
    assert_fenced(
        store.store_checkpoint("a", Some(taken), late).await,
        Some(taken),
        Some(taken),
    );
    assert_eq!(
        load(store, "a").await,
        Some(taken),
        "a checkpoint under a higher epoch is taken"
    );
    store
        .store_checkpoint("a", Some(taken), checkpoint(at[1], 5))
        .await
        .expect("the owner may");
    let last = checkpoint(at[1], u64::MAX);
    store
        .store_checkpoint("a", Some(checkpoint(at[1], 5)), last)
        .await
        .expect("the epoch rises");
    assert_eq!(
        load(store, "a").await,
        Some(last),
        "the checkpoint is what was stored last"
    );
}

/// Checkpoints of different names are independent.
pub async fn names_are_independent<F: Fixture>() {
    let (fixture, at) = with_events::<F>().await;
    let store = fixture.store();
    let long = "n".repeat(200);
    let names = ["a", "A", "a ", "ab", "a.b", "a/b", "*", ">", "ü", &long];
    for (index, name) in names.iter().enumerate() {
        let new = checkpoint(at[index % 5], index as u64);
        store
            .store_checkpoint(name, None, new)
            .await
            .expect("there is none yet");
    }
    for (index, name) in names.iter().enumerate() {
        assert_eq!(
            load(store, name).await,
            Some(checkpoint(at[index % 5], index as u64)),
            "{name}"
        );
    }
}

/// A checkpoint on the head is fine, one beyond it is refused.
pub async fn beyond_the_head<F: Fixture>() {
    let (fixture, at) = with_events::<F>().await;
    let store = fixture.store();
    let log_head = store.head().await.expect("head");
    assert_eq!(
        log_head.get(),
        at[4],
        "the log's head is the last event's position"
    );
    for beyond in [at[4] + 1, u64::MAX] {
        match store
            .store_checkpoint("a", None, checkpoint(beyond, 1))
            .await
        {
            Err(CheckpointError::BeyondHead { position, head, .. }) => {
                assert_eq!(
                    (position.get(), head),
                    (beyond, log_head),
                    "the refusal names the checkpoint's position and the head"
                );
            }
            other => panic!("expected BeyondHead, got: {other:?}"),
        }
    }
    assert_eq!(
        load(store, "a").await,
        None,
        "a checkpoint beyond the head is not stored"
    );
    store
        .store_checkpoint("a", None, checkpoint(at[4], 1))
        .await
        .expect("the head is fine");
}

/// 16 owners move the same checkpoint at once; one does.
pub async fn one_winner<F: Fixture>() {
    let (fixture, at) = with_events::<F>().await;
    let base = checkpoint(at[0], 1);
    fixture
        .store()
        .store_checkpoint("a", None, base)
        .await
        .expect("there is none yet");
    let results = race(16, |racer| {
        let store = fixture.store().clone();
        let new = checkpoint(at[1], 2 + racer as u64);
        async move {
            store
                .store_checkpoint("a", Some(base), new)
                .await
                .map(|()| new)
        }
    })
    .await;
    let won: Vec<_> = results
        .iter()
        .filter_map(|result| result.as_ref().ok())
        .collect();
    assert_eq!(
        won.len(),
        1,
        "one of those who expect the same checkpoint wins"
    );
    let stored = load(fixture.store(), "a").await;
    assert_eq!(stored, Some(*won[0]), "the checkpoint is the winner's");
    for result in results {
        if result.is_err() {
            assert_fenced(result.map(drop), Some(base), stored);
        }
    }
}
