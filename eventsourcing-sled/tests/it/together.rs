//! Everything that operators and programs do with a store, all at once, until it is closed in the middle of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use eventsourcing::{
    AppendError, Checkpoint, CheckpointError, CheckpointStore, CommitId, EventStore, EventStoreExt,
    Position, ReadError,
};
use eventsourcing_sled::{BackupError, Durability, OpenError, SledStore, VerifyReport};
use eventsourcing_testkit::faults::{Tally, rounds};

use crate::support::{account, block_on, commit, log, wait_until};

/// What somebody does, over and over. Says whether the store was still open.
type Deed<'a> = Box<dyn FnMut(usize) -> bool + Send + 'a>;

fn is_open<T>(result: Result<T, ReadError>) -> bool {
    match result {
        Ok(_) => true,
        Err(ReadError::Unavailable { .. }) => false,
        Err(error) => panic!("{error:?}"),
    }
}

fn appends<'a>(store: &'a SledStore, writer: usize, acked: &'a AtomicUsize) -> Deed<'a> {
    Box::new(move |_| {
        match block_on(store.append(commit(&account(writer), 2))) {
            Ok(_) => acked.fetch_add(2, Ordering::Relaxed),
            Err(AppendError::Unavailable { .. }) => return false,
            Err(error) => panic!("{error:?}"),
        };
        true
    })
}

fn checkpoints(store: &SledStore) -> Deed<'_> {
    let mut stored = None;
    Box::new(move |_| {
        let position = block_on(store.head()).expect("a head");
        let new = Checkpoint { position, epoch: 1 };
        match block_on(store.store_checkpoint("reader", stored, new)) {
            Ok(()) => stored = Some(new),
            Err(CheckpointError::Store(ReadError::Unavailable { .. })) => return false,
            Err(error) => panic!("{error:?}"),
        }
        true
    })
}

fn reads(store: &SledStore) -> Deed<'_> {
    Box::new(move |_| {
        let Ok(events) = log(store) else {
            return is_open(log(store));
        };
        let all: Vec<_> = events.iter().map(|event| event.position.get()).collect();
        assert!(all.iter().copied().eq(1..=all.len() as u64));
        let some = events
            .first()
            .map_or_else(CommitId::generate, |event| event.commit_id);
        is_open(block_on(store.find_commit(some)))
    })
}

#[test]
fn all_at_once_until_it_is_closed() {
    let mut tally = Tally::new("everything at once, and closed in the middle");
    for round in 0..rounds(4, 60) {
        let dir = tempfile::tempdir().expect("a directory");
        let (path, backups) = (dir.path().join("store"), dir.path().join("backups"));
        let durability = [Durability::Always, Durability::None][round % 2];
        let settings = SledStore::builder()
            .segment_bytes(4 << 10)
            .durability(durability);
        let (store, acked) = (settings.open(&path).expect("a store"), AtomicUsize::new(0));
        let store = &store;
        let backup = |number: usize| match store.backup(backups.join(number.to_string())) {
            Ok(_) => true,
            Err(BackupError::Read(ReadError::Unavailable { .. })) => false,
            Err(error) => panic!("{error:?}"),
        };
        let models = |_| match store.read_models() {
            Ok(_) => true,
            Err(OpenError::Closed { .. }) => false,
            Err(error) => panic!("{error:?}"),
        };
        let verify = |_| {
            let report = store.verify();
            assert!(
                report.as_ref().map_or(true, VerifyReport::is_sound),
                "{report:?}"
            );
            is_open(report)
        };
        let deeds: Vec<Deed<'_>> = vec![
            appends(store, 0, &acked),
            appends(store, 1, &acked),
            appends(store, 2, &acked),
            checkpoints(store),
            reads(store),
            Box::new(backup),
            Box::new(models),
            Box::new(verify),
            Box::new(|_| is_open(store.rebuild_index())),
            Box::new(|_| is_open(store.stats())),
        ];
        thread::scope(|scope| {
            for mut deed in deeds {
                scope.spawn(move || {
                    for number in 0.. {
                        if !deed(number) {
                            assert!(!store.is_open(), "it is closed");
                            // Whoever comes later is told the same.
                            assert!(!deed(number + 1), "it is closed");
                            break;
                        }
                        // What is in memory may still be read.
                        if !store.is_open() {
                            break;
                        }
                        thread::sleep(Duration::from_micros(200));
                    }
                });
            }
            let enough = 100 + 40 * round;
            wait_until("some appends", || acked.load(Ordering::Relaxed) > enough);
            store.close();
        });
        let acked = acked.load(Ordering::Relaxed);
        let again = SledStore::open(&path).expect("it opens again");
        let there = log(&again).expect("the log").len();
        assert!(again.verify().expect("a report").is_sound());
        let beyond = block_on(again.load_checkpoint("reader")).expect("a checkpoint");
        assert!(beyond.is_none_or(|stored| stored.position <= Position::new(there as u64)));
        tally.round(acked as u64, acked.abs_diff(there) as u64, || {
            format!("round {round}: {acked} acknowledged, {there} there")
        });
    }
    tally.finish();
}
