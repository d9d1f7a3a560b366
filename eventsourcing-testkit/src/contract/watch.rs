//! The watch: a hint that there is more, never ahead of what can be read.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use eventsourcing::{EventStore, ExpectedVersion::Any, Position};

use super::Fixture;
use super::support::{account, append, commit, within};

/// A watch reports growth, to those who wait already and to those who ask later.
pub async fn reports_growth<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let mut waiting = store.watch();
    assert_eq!(
        waiting.head(),
        Position::START,
        "a watch begins with the head of the store"
    );
    {
        let mut growth = pin!(waiting.beyond(Position::START));
        let early = std::future::poll_fn(|cx| Poll::Ready(growth.as_mut().poll(cx).is_ready()));
        assert!(!early.await, "nothing has been written");
        let committed = append(store, commit(&account("ada"), Any, 3)).await;
        let head = within("the watch", growth)
            .await
            .expect("the store is open");
        assert_eq!(
            head, committed.receipt.last,
            "who waits is told of the commit"
        );
    }
    let mut later = store.watch();
    let head = within("the watch", later.beyond(Position::START)).await;
    assert_eq!(
        head,
        Some(store.head().await.expect("head")),
        "who asks later is told of the head at once"
    );
}

/// A clone of the store and every watch of it hear of each commit.
pub async fn every_watch_hears<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, other) = (fixture.store().clone(), fixture.store().clone());
    let mut watches = [store.watch(), other.watch(), store.watch()];
    let mut last = Position::START;
    for _ in 0..5 {
        let committed = append(&store, commit(&account("ada"), Any, 1)).await;
        for watch in &mut watches {
            let head = within("the watch", watch.beyond(last))
                .await
                .expect("the store is open");
            assert_eq!(
                head, committed.receipt.last,
                "every watch is told of the commit"
            );
        }
        last = committed.receipt.last;
    }
}

/// What a watch reports can be read already, and it never steps back.
pub async fn never_ahead_of_the_head<F: Fixture>() {
    let fixture = F::fresh().await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = fixture.store().clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    append(&store, commit(&account(&writer.to_string()), Any, 1)).await;
                }
            })
        })
        .collect();
    let (store, mut last) = (fixture.store(), Position::START);
    let mut watch = store.watch();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let hint = watch.head();
        let head = store.head().await.expect("head");
        assert!(
            hint <= head,
            "the hint {hint} is not ahead of the head {head}"
        );
        assert!(last <= hint, "the hint does not step back");
        last = hint;
        tokio::task::yield_now().await;
    }
    for writer in writers {
        within("a writer", writer)
            .await
            .expect("the writer succeeds");
    }
    let head = store.head().await.expect("head");
    let just_before = Position::new(head.get() - 1);
    assert_eq!(
        within("the watch", watch.beyond(just_before)).await,
        Some(head),
        "a watch reports a head that is known already at once"
    );
}
