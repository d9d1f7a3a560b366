//! Readers that panic take nobody with them.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};

use eventsourcing::*;

use super::bank::{Account, AccountEvent, Deposit, Exploded, Unreadable};
use super::{Full, Subject, check, on_each_store};
use crate::support::{account, commit};

/// Polls a future to its end, and says whether that was a panic.
async fn panics<T>(future: impl Future<Output = T>) -> bool {
    let mut future = Box::pin(future);
    poll_fn(
        move |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(|_| false),
            Err(_) => std::task::Poll::Ready(true),
        },
    )
    .await
}

#[test]
fn a_visitor() {
    on_each_store!(panicking_visitors);
}

async fn panicking_visitors<S: Full>(store: Subject<S>) {
    let ada = account("ada");
    for _ in 0..10 {
        store.append(commit(&ada, 2)).await.expect("an append");
    }
    for direction in [StreamRange::all(), StreamRange::backward()] {
        for seen in 0..20 {
            let mut left = seen;
            let mut visitor = |_: &RecordedEvent| {
                assert!(left > 0, "the visitor panics, as the test wants it");
                left -= 1;
                std::ops::ControlFlow::Continue(())
            };
            let visit = store.visit_stream(&ada, direction, &mut visitor);
            assert!(panics(visit).await);
            // The writer writes, readers read, and just what is there.
            store.append(commit(&ada, 1)).await.expect("an append");
            let mut events = 0;
            let mut count = |_: &RecordedEvent| {
                events += 1;
                std::ops::ControlFlow::Continue(())
            };
            let visit = store.visit_stream(&ada, StreamRange::all(), &mut count);
            let version = visit.await.expect("a read").head;
            assert_eq!(events, version.get());
        }
    }
    assert_eq!(check(&store).await, 20 + 2 * 20);
}

#[test]
fn a_decoder() {
    on_each_store!(panicking_decoders);
}

/// One account cannot be read without a panic; the others can, and the store goes on.
async fn panicking_decoders<S: Full>(store: Subject<S>) {
    let accounts: EventSourced<Account, _> = EventSourced::new(store.clone())
        .cached(10)
        .snapshot_every(2);
    let deposit = |account| Deposit { account, cents: 5 };
    for (id, event) in [
        (1, AccountEvent::Unreadable(Unreadable {})),
        (2, AccountEvent::Exploded(Exploded {})),
    ] {
        accounts.execute(deposit(id)).await.expect("a deposit");
        let stream = StreamId::new("account", &id.to_string()).expect("an id");
        let event = NewEvent::encode(&event, &Json).expect("an event");
        let defect = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
        store.append(defect).await.expect("an append");
        for _ in 0..5 {
            let accounts = accounts.clone();
            let command = tokio::spawn(async move { accounts.execute(deposit(id)).await });
            assert!(command.await.expect_err("a panic").is_panic());
        }
        for other in 3..6 {
            accounts.execute(deposit(other)).await.expect("a deposit");
        }
    }
    accounts.flush_snapshots().await;
    let state = accounts.load(&3).await.expect("an account").into_state();
    assert_eq!((state.cents, state.deposits), (4 * 5, 4));
    assert_eq!(check(&store).await, 2 * (2 + 1 + 3 * 2));
}

#[test]
fn a_task_with_a_page() {
    on_each_store!(panicking_tasks);
}

async fn panicking_tasks<S: Full>(store: Subject<S>) {
    let ada = account("ada");
    for _ in 0..10 {
        store.append(commit(&ada, 1)).await.expect("an append");
        let reader = tokio::spawn({
            let (store, ada) = (store.clone(), ada.clone());
            async move {
                let page = store.read_all(Position::START, &Filter::all(), 100).await;
                let stream = store.read_stream(&ada, StreamRange::all()).await;
                let mut watch = store.watch();
                let head = watch.beyond(Position::START).await;
                panic!("a reader panics with {page:?}, {stream:?}, {head:?}");
            }
        });
        assert!(reader.await.expect_err("a panic").is_panic());
    }
    store.append(commit(&ada, 1)).await.expect("an append");
    assert_eq!(check(&store).await, 11);
}
