//! Rows that are more than a page holds: none is left out, in either direction.

use eventsourcing::{Generation, ProjectionStore, ProjectionTx, ReadModels};

use super::PROJECTION;
use super::tables::PLAIN;

const ROWS: i64 = 40;

/// # Panics
/// If rows are left out, or read twice.
pub(super) async fn check(models: &ReadModels) {
    let generation = Generation::new(PROJECTION, 1);
    let large: Vec<i64> = (0..ROWS).collect();
    for (number, serving) in [(1, false), (0, true)] {
        let place = Generation::new(PROJECTION, number);
        let epoch = models.claim(&place).await.expect("a claim");
        let mut tx = models.begin(&place, epoch).await.expect("a transaction");
        if serving {
            let row = generation.serving_row();
            let put = ProjectionTx::put(&mut tx, Generation::SERVING, Some(&row));
            put.await.expect("a row");
        } else {
            for key in &large {
                // About 120 KB of JSON.
                tx.put(&PLAIN, key, &vec![200; 30_000]).expect("a row");
            }
        }
        models.commit(tx).await.expect("a commit");
    }
    let view = models.view(PROJECTION).expect("a view");
    let forward = view.range(&PLAIN, ..).expect("rows");
    let forward: Vec<i64> = forward.map(|row| row.expect("a row").0).collect();
    assert_eq!(forward, large, "large rows");
    let backward = view.range_rev(&PLAIN, ..).expect("rows");
    let mut backward: Vec<i64> = backward.map(|row| row.expect("a row").0).collect();
    backward.reverse();
    assert_eq!(backward, large, "large rows, backward");
}
