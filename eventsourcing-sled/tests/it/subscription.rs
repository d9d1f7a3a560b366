//! Subscriptions of a store that is closed under them.

use std::time::Duration;

use eventsourcing::{Position, StartAt, Subscription, SubscriptionError};
use eventsourcing_sled::SledStore;

use crate::support::{account, append, block_on, commit};

#[test]
fn closing_ends_who_waits_and_who_comes_later_and_opening_again_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::open(dir.path()).expect("a store");
    append(&store, commit(&account(0), 3));
    let mut waiting = Subscription::new(store.clone());
    let mut reading = Subscription::new(store.clone());
    block_on(async {
        for _ in 0..3 {
            waiting.next().await.expect("an event");
        }
        reading.next().await.expect("an event");
        let closing = async {
            // Let it wait first.
            tokio::task::yield_now().await;
            store.close();
        };
        let (ended, ()) = tokio::join!(waiting.next(), closing);
        assert_closed(ended, 3);
        assert_closed(waiting.next().await, 3);
        let mut late = Subscription::new(store.clone()).from(StartAt::After(Position::new(3)));
        assert_closed(late.next().await, 3);
        // What it has read it still hands out.
        assert_eq!(reading.next().await.expect("an event").position.get(), 2);
        assert_eq!(reading.next().await.expect("an event").position.get(), 3);
        assert_closed(reading.next().await, 3);
    });
    let bookmark = StartAt::After(waiting.position());
    drop((waiting, reading, store));
    let store = SledStore::open(dir.path()).expect("the store again");
    let mut again = Subscription::new(store.clone()).from(bookmark);
    append(&store, commit(&account(0), 1));
    let next =
        block_on(async { tokio::time::timeout(Duration::from_secs(30), again.next()).await });
    assert_eq!(next.expect("no hang").expect("an event").position.get(), 4);
}

#[track_caller]
fn assert_closed<T: std::fmt::Debug>(ended: Result<T, SubscriptionError>, at: u64) {
    match ended {
        Err(SubscriptionError::Closed { examined }) => assert_eq!(examined.get(), at),
        other => panic!("expected Closed, got: {other:?}"),
    }
}
