//! Engines that fail: what becomes of it above them.

use std::ops::{Bound, Range};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use eventsourcing::{
    Changes, Direction, Generation, MemoryRows, ProjectionStore, ProjectionStoreError,
    ProjectionTx, ReadModel, ReadModelError, ReadModels, Row, RowError, RowStore, RowTx,
};

use super::{BALANCES, BY_OWNER, Owned, balance, generation, serve};

/// An engine that does what it is told, also badly.
#[derive(Debug, Default)]
struct Failing {
    rows: MemoryRows,
    next: Mutex<Option<RowError>>,
    reopened: AtomicU64,
    /// Bytes of the largest page.
    largest: AtomicUsize,
}

impl Failing {
    fn fail(&self, error: RowError) {
        *self.next.lock().expect("no panic") = Some(error);
    }

    fn check(&self) -> Result<(), RowError> {
        self.next
            .lock()
            .expect("no panic")
            .take()
            .map_or(Ok(()), Err)
    }

    /// Puts something else where a row is.
    fn damage(&self, part: &str, value: &'static [u8]) -> usize {
        let all = self.rows.scan(
            &generation(1),
            &[0][..]..&[0xff][..],
            Direction::Forward,
            usize::MAX,
        );
        let mut changes = Changes::new();
        for (key, _) in all.expect("rows") {
            if key[0] == 1 && String::from_utf8_lossy(&key).contains(part) {
                changes.insert(key, Some(Bytes::from_static(value)));
            }
        }
        let damaged = self.rows.apply(&generation(1), &changes, 0);
        damaged.expect("damage");
        changes.len()
    }
}

impl RowStore for Failing {
    fn get(&self, generation: &Generation, key: &[u8]) -> Result<Option<Bytes>, RowError> {
        self.check()?;
        self.rows.get(generation, key)
    }

    fn scan(
        &self,
        generation: &Generation,
        range: Range<&[u8]>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Row>, RowError> {
        self.check()?;
        let rows = self.rows.scan(generation, range, direction, limit)?;
        let bytes = rows.iter().map(|(key, value)| key.len() + value.len());
        self.largest.fetch_max(bytes.sum(), Ordering::SeqCst);
        Ok(rows)
    }

    fn apply(
        &self,
        generation: &Generation,
        changes: &Changes,
        reopened: u64,
    ) -> Result<(), RowError> {
        self.check()?;
        if reopened != self.reopened() {
            return Err(RowError::Reopened);
        }
        self.rows.apply(generation, changes, reopened)
    }

    fn drop_generation(&self, generation: &Generation) -> Result<(), RowError> {
        self.check()?;
        self.rows.drop_generation(generation)
    }

    fn generations(&self) -> Result<Vec<Generation>, RowError> {
        self.rows.generations()
    }

    fn reopened(&self) -> u64 {
        self.reopened.load(Ordering::SeqCst)
    }
}

async fn failing() -> (Arc<Failing>, ReadModels, Owned) {
    let rows = Arc::new(Failing::default());
    let models = ReadModels::new(rows.clone());
    let owned = Owned::claim(&models, 1).await;
    owned
        .write(|tx| {
            let row = balance("ada", 1);
            tx.put(&BALANCES, &7, &row).expect("a row");
        })
        .await;
    serve(&models, 1).await;
    (rows, models, owned)
}

#[tokio::test]
async fn a_damaged_row_is_named() {
    let (rows, models, owned) = failing().await;
    assert_eq!(rows.damage("balances", b"{\"owner\":"), 1);
    let view = models.view("balances").expect("a view");
    let error = view.get(&BALANCES, &7).expect_err("damage");
    let text = error.to_string();
    for part in ["balances#1", "row 7", "table `balances`", "EOF"] {
        assert!(text.contains(part), "{text}");
    }
    let scanned = view.range(&BALANCES, ..).expect("rows").next();
    assert_eq!(
        scanned.expect("an error").expect_err("damage").to_string(),
        text
    );
    let found = view
        .by_index(&BALANCES, &BY_OWNER, ..)
        .expect("rows")
        .next();
    found.expect("an error").expect_err("damage");

    let mut tx = owned.begin().await;
    let error = tx.put(&BALANCES, &7, &balance("ada", 2));
    let error = error.expect_err("its indexes are not known");
    assert!(
        matches!(
            error,
            ReadModelError::Store(ProjectionStoreError::Damaged { .. })
        ),
        "{error:?}"
    );
    // A handler may not have told; nothing that rests on it is written.
    let refused = models.commit(tx).await;
    assert!(matches!(refused, Err(ProjectionStoreError::Damaged { .. })));
}

#[tokio::test]
async fn a_row_of_another_type_asks_for_another_version() {
    let (rows, models, _owned) = failing().await;
    assert_eq!(rows.damage("balances", b"{\"owner\":3}"), 1);
    let view = models.view("balances").expect("a view");
    let error = view.get(&BALANCES, &7).expect_err("another type");
    assert!(
        matches!(
            error,
            ReadModelError::Store(ProjectionStoreError::Misused { .. })
        ),
        "{error:?}"
    );
    let text = error.to_string();
    let wanted = "projection balances#1 uses its rows in a wrong way: the row 7 of table `balances` cannot be read as `";
    assert!(text.starts_with(wanted), "{text}");
    for part in [
        "Balance`: invalid type",
        "count up the projection's version",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn what_the_engine_refuses() {
    let (rows, models, owned) = failing().await;
    let io = || RowError::Unavailable {
        source: Arc::new(std::io::Error::other("the disk is away")),
    };
    let mut tx = owned.begin().await;
    rows.fail(io());
    let error = tx.get(&BALANCES, &7).expect_err("refused");
    assert!(error.to_string().contains("the disk is away"), "{error}");
    assert!(matches!(
        tx.failure(),
        Some(ProjectionStoreError::Unavailable { .. })
    ));
    assert!(models.commit(tx).await.is_err());

    let mut tx = owned.begin().await;
    tx.delete(&BALANCES, &7).expect("a removal");
    rows.fail(RowError::Full);
    let refused = models.commit(tx).await;
    assert!(matches!(
        refused,
        Err(ProjectionStoreError::StorageFull { .. })
    ));
    // Nothing was written, and it goes on.
    let mut tx = owned.begin().await;
    tx.update(&BALANCES, &7, |balance| balance.cents += 1)
        .expect("a change");
    models.commit(tx).await.expect("a commit");
    let view = models.view("balances").expect("a view");
    let row = view.get(&BALANCES, &7).expect("a row");
    assert_eq!(row, Some(balance("ada", 2)));
}

/// What was committed last may be gone, so nobody goes on from what he has in mind.
#[tokio::test]
async fn an_engine_that_was_opened_anew() {
    let (rows, models, owned) = failing().await;
    let mut tx = owned.begin().await;
    tx.delete(&BALANCES, &7).expect("a removal");
    rows.reopened.fetch_add(1, Ordering::SeqCst);
    let refused = [
        models.commit(tx).await,
        models.begin(&owned.generation, owned.epoch).await.map(drop),
        models.clear(&owned.generation, owned.epoch).await,
    ];
    for refused in refused {
        assert!(
            matches!(refused, Err(ProjectionStoreError::Reopened { .. })),
            "{refused:?}"
        );
    }
    let again = Owned::claim(&models, 1).await;
    let mut tx = again.begin().await;
    let row = ProjectionTx::get(&mut tx, b"\0progress").await;
    assert_eq!(row.expect("a lookup"), None);
    tx.delete(&BALANCES, &7).expect("a removal");
    models.commit(tx).await.expect("a commit");
    let view = models.view("balances").expect("a view");
    assert_eq!(view.count(&BALANCES, ..).expect("a count"), 0);
}

const TEXTS: ReadModel<u64, String> = ReadModel::new("texts");
/// Size of a large row.
const SIZE: usize = 100 << 10;

/// 300 small rows, and 200 large ones behind them.
fn write_texts(tx: &mut RowTx) {
    for id in 0..500 {
        let size = if id < 300 { 1 } else { SIZE };
        tx.put(&TEXTS, &id, &"x".repeat(size)).expect("a row");
    }
}

/// Rows may be large, and then few of them are held at a time, also if all before them were small.
#[tokio::test]
async fn pages_of_large_rows_are_short() {
    let (rows, models, owned) = failing().await;
    owned.write(write_texts).await;
    let view = models.view("balances").expect("a view");
    assert_eq!(view.count(&TEXTS, ..).expect("a count"), 500);
    let backward = view.range_rev(&TEXTS, ..).expect("rows");
    let backward: Vec<u64> = backward.map(|row| row.expect("a row").0).collect();
    assert!(backward.into_iter().eq((0..500).rev()));
    let mut tx = owned.begin().await;
    let forward = tx.range(&TEXTS, 250..).expect("rows");
    let forward: Vec<u64> = forward.map(|row| row.expect("a row").0).collect();
    assert!(forward.into_iter().eq(250..500));
    let all = (Bound::Unbounded, Bound::Unbounded);
    let all = tx.scan(all, usize::MAX).await.expect("rows");
    assert!(
        all.len() > 500,
        "the transaction's own pages are put together"
    );
    let largest = rows.largest.load(Ordering::SeqCst);
    assert!(
        (ReadModels::PAGE_BYTES..ReadModels::PAGE_BYTES + 2 * SIZE).contains(&largest),
        "a page of {largest} bytes"
    );
}

/// A page that is cut short is read again as it was, in whichever direction: what has not changed is no conflict.
#[tokio::test]
async fn what_was_read_in_short_pages_still_holds() {
    let (_rows, models, owned) = failing().await;
    owned.write(write_texts).await;
    // A page by itself, or with others if it comes last.
    owned
        .write(|tx| {
            tx.put(&TEXTS, &400, &"x".repeat(12 * SIZE)).expect("a row");
        })
        .await;
    for backward in [false, true] {
        let mut tx = owned.begin().await;
        let count = if backward {
            tx.range_rev(&TEXTS, 295..).expect("rows").count()
        } else {
            tx.range(&TEXTS, 295..).expect("rows").count()
        };
        assert_eq!(count, 205);
        tx.put(&TEXTS, &1_000, &"y".into()).expect("a row");
        // Somebody else writes what was not read.
        owned
            .write(|tx| tx.put(&TEXTS, &7, &"z".into()).expect("a row"))
            .await;
        models
            .commit(tx)
            .await
            .expect("nothing it has read has changed");
        owned
            .write(|tx| tx.delete(&TEXTS, &1_000).expect("a removal"))
            .await;

        let mut tx = owned.begin().await;
        assert_eq!(tx.count(&TEXTS, 295..).expect("a count"), 205);
        tx.put(&TEXTS, &2_000, &"y".into()).expect("a row");
        owned
            .write(|tx| tx.put(&TEXTS, &410, &"z".repeat(SIZE)).expect("a row"))
            .await;
        let refused = models.commit(tx).await;
        assert!(
            matches!(refused, Err(ProjectionStoreError::Conflict { .. })),
            "{refused:?}"
        );
        owned
            .write(|tx| tx.put(&TEXTS, &410, &"x".repeat(SIZE)).expect("a row"))
            .await;
    }
}
