//! Code that says otherwise than before what an event is about: each event was still seen once, in whichever partition.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use eventsourcing::{
    Backoff, MemoryStore, Projection, ProjectionOptions, ProjectionRunner, Projections,
    RecordedEvent,
};

use super::shelf::{Shelf, ShelfTx};
use super::support::{Balances, Money, Trouble, balances, deposit, folded, within};

/// Balances whose code cannot tell what an event is about until it is mended, and takes its stream for that meanwhile.
struct Keyed {
    balances: Balances,
    mended: Arc<AtomicBool>,
}

impl Projection for Keyed {
    const NAME: &'static str = "balances";
    const VERSION: u32 = 1;
    type View = Money;
    type Tx = ShelfTx;
    type Error = String;

    fn key<'a>(&self, event: &'a RecordedEvent) -> Cow<'a, str> {
        if self.mended.load(SeqCst) {
            Cow::Owned(format!("account {}", event.stream.id()))
        } else {
            Cow::Borrowed(event.stream.as_str())
        }
    }

    async fn handle(
        &self,
        event: Money,
        recorded: &RecordedEvent,
        tx: &mut ShelfTx,
    ) -> Result<(), String> {
        self.balances.handle(event, recorded, tx).await
    }
}

/// A program with four partitions, whose accounts in `trouble` fail.
fn program(
    log: &MemoryStore,
    rows: &Shelf,
    trouble: &Trouble,
    mended: &Arc<AtomicBool>,
) -> Projections<Shelf> {
    let keyed = Keyed {
        balances: Balances {
            trouble: trouble.clone(),
        },
        mended: mended.clone(),
    };
    let options = ProjectionOptions {
        partitions: 4,
        retries: Backoff {
            attempts: 1,
            ..Backoff::default()
        },
        ..ProjectionOptions::default()
    };
    ProjectionRunner::new(log.clone(), rows.clone())
        .add_with(keyed, options)
        .idle()
        .expect("a runner")
}

async fn assert_complete(program: &Projections<Shelf>, applied: u64, parked: u64) {
    let coverage = within(program.verify("balances")).await.expect("a check");
    assert!(coverage.is_complete(), "{coverage:?}");
    assert_eq!((coverage.applied, coverage.parked), (applied, parked));
}

#[tokio::test]
async fn what_was_seen_under_another_key_was_seen() {
    let (log, rows, trouble) = (MemoryStore::new(), Shelf::default(), Trouble::default());
    let mended = Arc::new(AtomicBool::new(false));
    let accounts: Vec<_> = (0..20).map(|account| account.to_string()).collect();
    trouble.fail(&accounts[..10]);
    for _ in 0..2 {
        for account in &accounts {
            deposit(&log, account, 1).await;
        }
    }
    let before = program(&log, &rows, &trouble, &mended);
    within(before.catch_up()).await.expect("caught up");
    assert_complete(&before, 20, 20).await;

    mended.store(true, SeqCst);
    let after = program(&log, &rows, &trouble, &mended);
    within(after.catch_up()).await.expect("caught up");
    assert_complete(&after, 20, 20).await;

    trouble.none();
    let retried = within(after.retry("balances", None, "ada")).await;
    let retried = retried.expect("no trouble");
    assert_eq!((retried.freed, retried.parked), (20, 0));
    assert_complete(&after, 40, 0).await;
    for account in &accounts {
        deposit(&log, account, 1).await;
    }
    within(after.catch_up()).await.expect("caught up");
    assert_complete(&after, 60, 0).await;
    assert_eq!(balances(&rows), folded(&log, 1).await);
}
