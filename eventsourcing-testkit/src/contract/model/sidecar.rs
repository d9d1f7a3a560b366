//! Snapshots and checkpoints of the two stores.

use eventsourcing::{
    Checkpoint, CheckpointError, CheckpointStore, CommitId, FormatId, MemoryStore, Position,
    Snapshot, SnapshotStore, StreamId, Version,
};

use super::compare::Twins;
use super::step::streams;
use crate::contract::Fixture;
use crate::contract::restart::End;

const NAMES: [&str; 2] = ["a", "b"];

async fn snapshot<S: SnapshotStore>(store: &S, stream: &StreamId) -> Option<Snapshot> {
    let found = store.load_snapshot(stream).await;
    found.expect("snapshots can be loaded")
}

async fn checkpoint<S: CheckpointStore>(store: &S, name: &str) -> Option<Checkpoint> {
    let found = store.load_checkpoint(name).await;
    found.expect("checkpoints can be loaded")
}

/// What both stores must agree on.
fn outcome(result: Result<(), CheckpointError>) -> &'static str {
    match result {
        Ok(()) => "stored",
        Err(CheckpointError::Fenced { .. }) => "fenced",
        Err(CheckpointError::BeyondHead { .. }) => "beyond the head",
        Err(other) => panic!("neither store should answer: {other}"),
    }
}

impl<F: Fixture> Twins<F> {
    pub(super) async fn save_snapshot(&mut self, stream: usize, version: u64, len: usize) {
        let new = Snapshot {
            stream: streams(stream),
            version: Version::new(version),
            last_event: CommitId::from_key("snapshot").event_id(0),
            fingerprint: len as u64,
            format: FormatId::JSON,
            state: vec![b's'; len].into(),
        };
        self.saved.push(new.clone());
        let saved = self.store().save_snapshot(new.clone()).await;
        saved.expect("snapshots can be saved");
        let saved = self.reference.save_snapshot(new).await;
        saved.expect("snapshots can be saved");
        self.compare_sidecar().await;
    }

    pub(super) async fn delete_snapshot(&self, stream: usize) {
        let stream = streams(stream);
        let deleted = self.store().delete_snapshot(&stream).await;
        deleted.expect("snapshots can be deleted");
        let deleted = self.reference.delete_snapshot(&stream).await;
        deleted.expect("snapshots can be deleted");
        self.compare_sidecar().await;
    }

    /// Losing a snapshot costs a replay, so it may be gone, and after a crash an earlier one may be back.
    pub(super) async fn adopt_snapshots(&self, end: End) {
        for stream in (0..4).map(streams) {
            let found = snapshot(self.store(), &stream).await;
            let known = snapshot(&self.reference, &stream).await;
            let allowed = match end {
                _ if found.is_none() => true,
                End::Closed => found == known,
                End::Crashed => found.iter().all(|found| self.saved.contains(found)),
            };
            assert!(allowed, "{end:?}: {found:?} was never saved");
            let adopted = match found {
                Some(found) => self.reference.save_snapshot(found).await,
                None => self.reference.delete_snapshot(&stream).await,
            };
            adopted.expect("the reference takes it");
        }
    }

    pub(super) async fn store_checkpoint(&self, name: usize, right: bool, rank: usize, change: i8) {
        let name = NAMES[name % NAMES.len()];
        let stored = checkpoint(&self.reference, name).await;
        let expected = match stored {
            _ if right => stored,
            None => Some(Checkpoint::default()),
            Some(stored) => Some(Checkpoint {
                epoch: stored.epoch + 1,
                ..stored
            }),
        };
        let epoch = stored.map_or(1, |stored| stored.epoch);
        let new = Checkpoint {
            position: Position::new(rank as u64),
            epoch: epoch.saturating_add_signed(i64::from(change)),
        };
        let ours = self.reference.store_checkpoint(name, expected, new).await;
        let theirs = self
            .store()
            .store_checkpoint(
                name,
                expected.map(|expected| self.theirs(expected)),
                self.theirs(new),
            )
            .await;
        assert_eq!(
            outcome(theirs),
            outcome(ours),
            "left: the store, right: the reference"
        );
        self.compare_sidecar().await;
    }

    /// The store's checkpoint that corresponds to the reference's.
    fn theirs(&self, checkpoint: Checkpoint) -> Checkpoint {
        let rank = usize::try_from(checkpoint.position.get()).expect("small");
        Checkpoint {
            position: self.position(rank),
            ..checkpoint
        }
    }

    pub(super) async fn compare_sidecar(&self) {
        for stream in (0..4).map(streams) {
            let known = snapshot(&self.reference, &stream).await;
            assert_eq!(
                snapshot(self.store(), &stream).await,
                known,
                "the snapshot is the reference's"
            );
        }
        for name in NAMES {
            let known = checkpoint::<MemoryStore>(&self.reference, name).await;
            let known = known.map(|known| self.theirs(known));
            assert_eq!(checkpoint(self.store(), name).await, known, "{name}");
        }
    }
}
