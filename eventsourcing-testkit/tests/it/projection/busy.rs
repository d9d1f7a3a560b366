//! Catching up while others write.

use std::convert::Infallible;

use eventsourcing::{
    EventStore, MemoryStore, Projection, ProjectionRunner, Projections, RecordedEvent,
};

use super::shelf::{Shelf, ShelfTx};
use super::support::{Money, deposit, within};

/// More than is read at a time.
const BEFORE: u64 = 1_200;
/// Where the others have had enough, so that the test ends also if catching up does not.
const ENOUGH: u64 = 8_000;

/// A projection that is slower than those who write.
struct Slow(MemoryStore);

impl Projection for Slow {
    const NAME: &'static str = "slow";
    const VERSION: u32 = 1;
    type View = Money;
    type Tx = ShelfTx;
    type Error = Infallible;

    async fn handle(&self, _: Money, _: &RecordedEvent, _: &mut ShelfTx) -> Result<(), Infallible> {
        let head = self.0.head().await.expect("a head").get();
        for _ in head..ENOUGH.min(head + 2) {
            deposit(&self.0, "busy", 1).await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn what_is_written_meanwhile_is_not_waited_for() {
    let log = MemoryStore::new();
    for _ in 0..BEFORE {
        deposit(&log, "a", 1).await;
    }
    let runner = ProjectionRunner::new(log.clone(), Shelf::default());
    let projections = runner.add(Slow(log.clone())).idle().expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");
    let (number, position) = serving(&projections).await;
    let head = log.head().await.expect("a head").get();
    assert!(
        number == 1 && (BEFORE..head).contains(&position),
        "at {position} of {head}, of which {BEFORE} were there before"
    );
    // A build that is that far takes over, though the log is longer by then.
    projections.rebuild("slow", "ada").await.expect("begun");
    within(projections.catch_up()).await.expect("no trouble");
    let (number, further) = serving(&projections).await;
    assert!(number == 2 && further > position, "{number} at {further}");
}

/// The number of the generation that is read, and how far it is.
async fn serving(projections: &Projections<Shelf>) -> (u32, u64) {
    let status = projections.status("slow").await.expect("a status");
    let serving = status.serving.expect("a generation");
    (serving.number, serving.position.get())
}
