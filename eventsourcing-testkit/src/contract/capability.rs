//! Capabilities: every statement is true, and large enough for what runs on any store. The limits at their edges are
//! the group [`limits`](super::limits).

use std::time::Duration;

use eventsourcing::{
    Commit, Durability, EventStore,
    ExpectedVersion::{Any, Exact, NoStream},
    Filter, Position, Version,
};

use super::Fixture;
use super::restart::End;
use super::support::{
    account, append, assert_conflict, commit, event, log, race, refused, whole_log,
};

/// What a program may count on with any store: so many events in a commit, so many bytes in a payload.
const PORTABLE_EVENTS: usize = 1000;
const PORTABLE_BYTES: usize = (1 << 20) - (64 << 10);

/// What was acknowledged survives the end of the process unless the store says that it is in memory only; and then
/// nothing comes back, so that nobody relies on it. What it says is the same each time it is opened.
pub async fn durability<F: Fixture>() {
    for end in End::BOTH {
        let fixture = F::fresh().await;
        let capabilities = fixture.store().capabilities().clone();
        append(fixture.store(), commit(&account("ada"), Any, 3)).await;
        let before = whole_log(fixture.store()).await;
        let fixture = end.restart(fixture).await;
        let found = whole_log(fixture.store()).await;
        match capabilities.durability {
            Durability::Memory => assert_eq!(found, [], "{end:?}"),
            _ => assert_eq!(found, before, "{end:?}"),
        }
        assert_eq!(*fixture.store().capabilities(), capabilities, "{end:?}");
    }
}

/// Where several processes may have the store open, they share one log; elsewhere the second is refused, and the first
/// goes on as if nothing had happened.
pub async fn multi_process<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    append(store, commit(&ada, NoStream, 1)).await;
    let second = fixture.open_twice().await;
    assert_eq!(
        second.is_some(),
        store.capabilities().multi_process,
        "`multi_process` says whether the store can be opened twice"
    );
    append(store, commit(&ada, Exact(Version::new(1)), 1)).await;
    let Some(second) = second else {
        assert_eq!(
            whole_log(store).await.len(),
            2,
            "the log has what was appended by either handle"
        );
        return;
    };
    append(&second, commit(&ada, Exact(Version::new(2)), 1)).await;
    let results = race(16, |racer| {
        let store = [store, &second][racer % 2].clone();
        let attempt = commit(&ada, Exact(Version::new(3)), 1);
        async move { store.append(attempt).await }
    })
    .await;
    assert_eq!(
        results.iter().filter(|result| result.is_ok()).count(),
        1,
        "one of those who expect the same version wins, whichever process it is in"
    );
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_conflict(error, &ada, Exact(Version::new(3)), Version::new(4));
    }
    assert_eq!(
        whole_log(store).await,
        whole_log(&second).await,
        "all processes see one log"
    );
}

/// Positions are 1, 2, 3 … if the store says so, whatever was refused, repeated or begun in between. Increasing and
/// consecutive within a commit they are in any case.
pub async fn contiguous_positions<F: Fixture>() {
    let mut fixture = F::fresh().await;
    let contiguous = fixture.store().capabilities().contiguous_positions;
    let ada = account("ada");
    for end in End::BOTH {
        let (store, mut last) = (fixture.store(), Position::START);
        for round in 0..6 {
            let attempt = commit(&account(&round.to_string()), Any, 2);
            let committed = append(store, attempt.clone()).await;
            let receipt = committed.receipt;
            assert!(
                receipt.first > last,
                "positions of later commits are greater"
            );
            if contiguous && last > Position::START {
                assert_eq!(
                    receipt.first.get(),
                    last.get() + 1,
                    "the next commit has the next position, as the capabilities say"
                );
            }
            last = receipt.last;
            assert!(
                append(store, attempt).await.duplicate,
                "the same commit again is told to be a duplicate"
            );
            refused(store, commit(&ada, Exact(Version::new(99)), 3)).await;
            refused(store, Commit::new()).await;
        }
        whole_log(store).await; // checks that they are contiguous
        fixture = end.restart(fixture).await;
    }
}

/// A commit id is remembered: for good if the store names no window, however much comes after it; within the window
/// otherwise.
pub async fn idempotency_window<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let window = store.capabilities().idempotency_window;
    assert_ne!(window, Some(Duration::ZERO), "that would be none");
    let first = commit(&account("ada"), NoStream, 2);
    let answer = append(store, first.clone()).await;
    // A window is a time: no number of commits closes it.
    for _ in 0..300 {
        append(store, commit(&account("other"), Any, 1)).await;
    }
    let again = append(store, first).await;
    assert!(
        again.duplicate,
        "the commit id is still known, as the capabilities say"
    );
    assert_eq!(
        again.receipt, answer.receipt,
        "a repetition is answered with the first receipt"
    );
    let ada = log(store, &Filter::all().commit(answer.receipt.commit_id), 10).await;
    assert_eq!(ada.len(), 2, "a repetition writes nothing");
}

/// The limits leave room for what programs may count on with any store, and it is taken.
pub async fn portable_limits<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let limits = store.capabilities().clone();
    assert!(
        limits.max_events_per_commit >= PORTABLE_EVENTS,
        "the limit of events per commit is what programs may count on, or more"
    );
    assert!(
        limits.max_event_bytes >= PORTABLE_BYTES,
        "the limit of bytes per event is what programs may count on, or more"
    );
    assert!(
        limits.max_commit_bytes >= limits.max_event_bytes,
        "a commit has room for the largest event"
    );
    append(store, commit(&account("ada"), NoStream, PORTABLE_EVENTS)).await;
    let large = event("account.noted", vec![b'x'; PORTABLE_BYTES]);
    let large = Commit::new().append(account("bob"), NoStream, vec![large]);
    append(store, large).await;
    let whole = whole_log(store).await;
    assert_eq!(
        whole.len(),
        PORTABLE_EVENTS + 1,
        "every event of the commit is there"
    );
    assert_eq!(
        whole[PORTABLE_EVENTS].payload.len(),
        PORTABLE_BYTES,
        "the largest payload has come back whole"
    );
}
