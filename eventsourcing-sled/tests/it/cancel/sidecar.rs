//! Snapshots, checkpoints and leases: a dropped call has happened or has not.

use std::time::Duration;

use eventsourcing::*;
use eventsourcing_testkit::history::drop_after;

use super::{Full, Subject, check, on_each_store};
use crate::support::{account, commit};

#[test]
fn snapshots() {
    on_each_store!(dropped_snapshots);
}

async fn dropped_snapshots<S: Full>(store: Subject<S>) {
    let ada = account("ada");
    let committed = store.append(commit(&ada, 1)).await.expect("an append");
    let last_event = committed.receipt.commit_id.event_id(0);
    let snapshot = |fingerprint: u64| Snapshot {
        stream: ada.clone(),
        version: Version::FIRST,
        last_event,
        fingerprint,
        format: FormatId::JSON,
        // Long enough for several rows.
        state: vec![u8::try_from(fingerprint % 251).expect("small"); 20_000].into(),
    };
    let mut before = None;
    for polls in 0..100 {
        let new = snapshot(polls as u64);
        let done = drop_after(polls, store.save_snapshot(new.clone())).await;
        let there = store.load_snapshot(&ada).await.expect("a read");
        assert!(there == before || there == Some(new), "after {polls} polls");
        before = there;
        if done.is_some() {
            assert!(polls > 1);
            break;
        }
    }
    for polls in 0..100 {
        let done = drop_after(polls, store.delete_snapshot(&ada)).await;
        let there = store.load_snapshot(&ada).await.expect("a read");
        assert!(there == before || there.is_none());
        if done.is_some() {
            assert_eq!(there, None);
            break;
        }
    }
    store.save_snapshot(snapshot(7)).await.expect("a snapshot");
    assert_eq!(
        store.load_snapshot(&ada).await.expect("a read"),
        Some(snapshot(7))
    );
}

#[test]
fn checkpoints() {
    on_each_store!(dropped_checkpoints);
}

async fn dropped_checkpoints<S: Full>(store: Subject<S>) {
    for _ in 0..20 {
        store
            .append(commit(&account("ada"), 1))
            .await
            .expect("an append");
    }
    let mut stored = None;
    for polls in 0..20 {
        let new = Checkpoint {
            position: Position::new(polls as u64),
            epoch: 1,
        };
        let done = drop_after(polls, store.store_checkpoint("reader", stored, new)).await;
        let there = store.load_checkpoint("reader").await.expect("a read");
        assert!(there == stored || there == Some(new), "after {polls} polls");
        stored = there;
        if let Some(done) = done {
            done.expect("a checkpoint");
            assert_eq!(stored, Some(new));
            assert_eq!(check(&store).await, 20);
            return;
        }
    }
    panic!("it does not end");
}

#[test]
fn leases() {
    on_each_store!(dropped_leases);
}

async fn dropped_leases<S: Full>(store: Subject<S>) {
    let ttl = Duration::from_secs(600);
    for polls in 0..20 {
        let name = format!("lease {polls}");
        let acquired = drop_after(polls, store.acquire_lease(&name, "ada", ttl)).await;
        // Whatever became of it, its holder can have it, and nobody else meanwhile.
        let lease = store.acquire_lease(&name, "ada", ttl).await;
        let lease = lease.expect("a read").expect("her lease");
        if let Some(acquired) = &acquired {
            let acquired = acquired.as_ref().expect("a lease").as_ref();
            assert_eq!(acquired.expect("hers").epoch, lease.epoch);
        }
        let other = store.acquire_lease(&name, "bob", ttl).await;
        assert_eq!(other.expect("a read"), None);
        let released = drop_after(polls, store.release_lease(&lease)).await;
        let other = store
            .acquire_lease(&name, "bob", ttl)
            .await
            .expect("a read");
        if released.is_some() {
            assert!(other.expect("it is free").epoch > lease.epoch);
            assert!(acquired.is_some());
            return;
        }
        assert!(other.is_none_or(|other| other.epoch > lease.epoch));
    }
    panic!("it does not end");
}
