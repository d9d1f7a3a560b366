//! What takes an engine long holds nobody up, on a runtime of one thread.

use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use eventsourcing::{
    Changes, Direction, Generation, MemoryRows, ProjectionStore, ReadModels, Row, RowError,
    RowStore, RowTx,
};
use futures_util::FutureExt;

use super::{BALANCES, Owned, balance, generation, serve};

/// An engine that does not come to an end with what it writes until a test says so.
#[derive(Debug, Default)]
struct Held {
    rows: MemoryRows,
    until: Mutex<Option<(Generation, Receiver<()>)>>,
}

impl Held {
    /// Holds the next write to this generation.
    fn hold(&self, generation: &Generation) -> Sender<()> {
        let (release, until) = channel();
        *self.until.lock().expect("no panic") = Some((generation.clone(), until));
        release
    }

    fn wait(&self, generation: &Generation) {
        let mut held = self.until.lock().expect("no panic");
        let until = held.take_if(|(held, _)| held == generation);
        drop(held);
        if let Some((_, until)) = until {
            let released = until.recv_timeout(Duration::from_secs(10));
            released.expect("everybody else goes on");
        }
    }
}

impl RowStore for Held {
    fn get(&self, generation: &Generation, key: &[u8]) -> Result<Option<Bytes>, RowError> {
        self.rows.get(generation, key)
    }

    fn scan(
        &self,
        generation: &Generation,
        range: Range<&[u8]>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, RowError> {
        self.rows.scan(generation, range, direction, limit)
    }

    fn apply(
        &self,
        generation: &Generation,
        changes: &Changes,
        reopened: u64,
    ) -> Result<(), RowError> {
        self.wait(generation);
        self.rows.apply(generation, changes, reopened)
    }

    fn drop_generation(&self, generation: &Generation) -> Result<(), RowError> {
        self.wait(generation);
        self.rows.drop_generation(generation)
    }

    fn generations(&self) -> Result<Vec<Generation>, RowError> {
        self.rows.generations()
    }
}

/// Two generations with a row each, of which the second is served.
async fn held() -> (Arc<Held>, ReadModels, Owned, Owned) {
    let rows = Arc::new(Held::default());
    let models = ReadModels::new(rows.clone());
    let (first, second) = (
        Owned::claim(&models, 1).await,
        Owned::claim(&models, 2).await,
    );
    for owned in [&first, &second] {
        owned.write(|tx| put(tx, 0..1)).await;
    }
    serve(&models, 2).await;
    (rows, models, first, second)
}

fn put(tx: &mut RowTx, ids: Range<u64>) {
    for id in ids {
        tx.put(&BALANCES, &id, &balance("ada", 1)).expect("a row");
    }
}

fn count(models: &ReadModels) -> u64 {
    let view = models.view("balances").expect("a view");
    view.count(&BALANCES, ..).expect("a count")
}

#[tokio::test]
async fn removing_a_generation() {
    let (rows, models, first, second) = held().await;
    let release = rows.hold(&first.generation);
    let meanwhile = async {
        assert_eq!(count(&models), 1);
        second.write(|tx| put(tx, 0..2)).await;
        assert_eq!(count(&models), 2);
        // Whoever wants the same generation waits for it, as a task does.
        let claim = models.claim(&first.generation);
        assert!(claim.now_or_never().is_none());
        release.send(()).expect("it is held");
    };
    tokio::join!(first.clear(), meanwhile);
    let found = models.generations().expect("generations");
    assert_eq!(found, [generation(0), generation(2)]);

    // Once begun, it is done to its end.
    let release = rows.hold(&second.generation);
    let cleared = models.clear(&second.generation, second.epoch);
    assert!(cleared.now_or_never().is_none());
    release.send(()).expect("it is held");
    models.claim(&second.generation).await.expect("a claim");
    assert_eq!(count(&models), 0);
}

#[tokio::test]
async fn a_large_commit() {
    let (rows, models, first, second) = held().await;
    let mut tx = second.begin().await;
    put(&mut tx, 0..500);
    let release = rows.hold(&second.generation);
    let meanwhile = async {
        assert_eq!(count(&models), 1);
        first.write(|tx| put(tx, 0..2)).await;
        let begun = models.begin(&second.generation, second.epoch);
        assert!(begun.now_or_never().is_none());
        release.send(()).expect("it is held");
    };
    let (committed, ()) = tokio::join!(models.commit(tx), meanwhile);
    committed.expect("a commit");
    assert_eq!(count(&models), 500);
}

/// Without a runtime nobody else waits.
#[test]
fn without_a_runtime() {
    let work = async {
        let (_rows, models, first, second) = held().await;
        second.write(|tx| put(tx, 0..500)).await;
        first.clear().await;
        assert_eq!(count(&models), 500);
    };
    work.now_or_never().expect("nothing waits");
}
