//! Everything but waiting for a time works on any executor, or none.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use eventsourcing::{
    Commit, EventSourced, ExpectedVersion::Any, Json, NewEvent, Repository, RepositoryExt,
    SnapshotStore, Subscription, Version, stream_id,
};

use crate::domain::{Account, Ask, What, deposit};
use crate::spy::Spy;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
    panic!("the future never ends");
}

#[test]
fn commands_conflicts_and_snapshots_need_no_runtime() {
    let store = Spy::new();
    let accounts = EventSourced::<Account, _>::new(store.clone()).snapshot_every(2);
    let stream = stream_id::<Account>(&7).expect("an id");
    block_on(accounts.execute(Ask(7, What::Open))).expect("accepted");
    for _ in 0..10 {
        let rival = NewEvent::encode(&deposit(1), &Json).expect("an event");
        store.rival(Commit::new().append(stream.clone(), Any, vec![rival]));
    }
    let outcome = block_on(accounts.execute(Ask(7, What::Deposit(5)))).expect("accepted");
    assert_eq!(outcome.version, Version::new(12));
    // Without a background the snapshot was taken before the answer.
    let kept = block_on(store.inner().load_snapshot(&stream))
        .expect("a look")
        .expect("it is due");
    assert_eq!(kept.version, Version::new(12));
    block_on(accounts.flush_snapshots());
    assert_eq!(
        block_on(accounts.load(&7)).expect("a load").state().balance,
        15
    );
}

#[test]
fn following_what_is_there_needs_no_runtime() {
    let store = Spy::new();
    let accounts = EventSourced::<Account, _>::new(store.clone());
    block_on(accounts.execute(Ask(7, What::Open))).expect("accepted");
    block_on(accounts.execute(Ask(7, What::Deposit(5)))).expect("accepted");
    let mut subscription = Subscription::new(store.inner());
    let batch = block_on(subscription.next_batch(100)).expect("a batch");
    assert_eq!(batch.events.len(), 2);
    assert!(batch.is_caught_up());
}
