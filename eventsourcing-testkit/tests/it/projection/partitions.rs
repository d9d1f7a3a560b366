//! Keys side by side: the order of each is kept, and what several change is changed one after the other.

use std::time::Duration;

use eventsourcing::{
    MemoryStore, Projection, ProjectionOptions, ProjectionRunner, ProjectionTx, RecordedEvent,
    Waited,
};

use super::shelf::{Shelf, ShelfTx};
use super::support::{Balances, Money, balances, deposit, folded, within};

const HOUR: Duration = Duration::from_secs(3_600);

fn parts(partitions: u32) -> ProjectionOptions {
    ProjectionOptions {
        partitions,
        batch: 20,
        ..ProjectionOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_order_of_each_key_is_kept() {
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    let running = ProjectionRunner::new(log.clone(), rows.clone())
        .add_with(Balances::<1>::default(), parts(4))
        .start()
        .expect("a runner");
    let mut last = deposit(&log, "a", 1).await;
    for cents in 0..2_000 {
        last = deposit(&log, &(cents % 37).to_string(), cents).await;
    }
    let waited = within(running.wait_for("balances", &last, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(balances(&rows), folded(&log, 1).await);
    let coverage = running.verify("balances").await.expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
    assert_eq!(coverage.applied, 2_001);
    within(running.shutdown()).await;
}

/// One sum over all accounts: every event changes the same row.
struct Total;

impl Projection for Total {
    const NAME: &'static str = "total";
    const VERSION: u32 = 1;
    type View = Money;
    type Tx = ShelfTx;
    type Error = eventsourcing::ProjectionStoreError;

    async fn handle(
        &self,
        event: Money,
        _: &RecordedEvent,
        tx: &mut ShelfTx,
    ) -> Result<(), Self::Error> {
        let row = tx.get(b"total").await?;
        let text = row.map(|row| String::from_utf8(row.to_vec()).expect("a text"));
        let total: i64 = text.map_or(0, |text| text.parse().expect("a number"));
        tokio::task::yield_now().await;
        let cents = match event {
            Money::Deposited(event) => event.cents,
            Money::Withdrawn(event) => -event.cents,
        };
        let total = (total + cents).to_string();
        tx.put(b"total", Some(total.as_bytes())).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_row_that_all_parts_change_loses_nothing() {
    let (log, rows) = (MemoryStore::new(), Shelf::default());
    for cents in 1..=1_000 {
        deposit(&log, &(cents % 37).to_string(), cents).await;
    }
    let running = ProjectionRunner::new(log.clone(), rows.clone())
        .add_with(Total, parts(4))
        .start()
        .expect("a runner");
    let last = deposit(&log, "a", 1).await;
    let waited = within(running.wait_for("total", &last, HOUR)).await;
    assert_eq!(waited.expect("in time"), Waited::Applied);
    assert_eq!(rows.served("total")[&b"total"[..]], b"500501"[..]);
    within(running.shutdown()).await;
}
