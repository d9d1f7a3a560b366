//! Leases: one holder at a time, and an epoch that grows with every change of holder.

use std::time::Duration;

use eventsourcing::{Lease, LeaseStore};

use super::Fixture;
use super::support::race;

/// Longer than any clause runs.
const LONG: Duration = Duration::from_secs(3600);

async fn acquire<S: LeaseStore>(
    store: &S,
    name: &str,
    holder: &str,
    ttl: Duration,
) -> Option<Lease> {
    store
        .acquire_lease(name, holder, ttl)
        .await
        .expect("leases can be asked for")
}

async fn release<S: LeaseStore>(store: &S, lease: &Lease) {
    store
        .release_lease(lease)
        .await
        .expect("leases can be given back");
}

/// A free lease is granted, then refused to others and renewed for its holder.
pub async fn one_holder<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let first = acquire(store, "a", "ada", LONG).await.expect("it is free");
    assert_eq!(
        (first.name.as_str(), first.holder.as_str()),
        ("a", "ada"),
        "the lease is what was asked for"
    );
    assert_eq!(
        acquire(store, "a", "bob", LONG).await,
        None,
        "a lease that somebody holds is refused to others"
    );
    let renewed = acquire(store, "a", "ada", LONG * 2)
        .await
        .expect("a renewal");
    assert_eq!(renewed.epoch, first.epoch, "a renewal keeps the epoch");
    assert!(
        renewed.expires_at > first.expires_at,
        "the holder's lease is renewed"
    );
    assert_eq!(
        acquire(store, "a", "bob", LONG).await,
        None,
        "a renewed lease is refused to others"
    );
    let other = acquire(store, "A", "bob", LONG)
        .await
        .expect("another name is free");
    assert_eq!(other.holder, "bob", "leases of other names are free");
}

/// An expired lease goes to whoever asks, under a higher epoch, also to its earlier holder.
pub async fn expired<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let mut epoch = 0;
    for holder in ["ada", "bob", "bob", "ada"] {
        let lease = acquire(store, "a", holder, Duration::ZERO)
            .await
            .expect("it has expired");
        assert!(lease.epoch > epoch, "a new term has a higher epoch");
        epoch = lease.epoch;
    }
    let last = acquire(store, "a", "eve", LONG)
        .await
        .expect("it has expired");
    assert!(
        last.epoch > epoch,
        "each term of a lease has a higher epoch"
    );
    assert_eq!(
        acquire(store, "a", "ada", LONG).await,
        None,
        "the lease has a new holder, so it is refused to the earlier one"
    );
}

/// A lease given back is free at once; its next term has a higher epoch.
pub async fn released<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let first = acquire(store, "a", "ada", LONG).await.expect("it is free");
    release(store, &first).await;
    let second = acquire(store, "a", "bob", LONG)
        .await
        .expect("it was given back");
    assert!(
        second.epoch > first.epoch,
        "each term of a lease has a higher epoch"
    );
}

/// Giving back a lease that has passed on already changes nothing.
pub async fn late_release<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let first = acquire(store, "a", "ada", LONG).await.expect("it is free");
    release(store, &first).await;
    let second = acquire(store, "a", "bob", LONG)
        .await
        .expect("it was given back");
    release(store, &first).await;
    let forged = Lease {
        holder: "ada".into(),
        ..second.clone()
    };
    release(store, &forged).await;
    assert_eq!(
        acquire(store, "a", "ada", LONG).await,
        None,
        "bob still has it"
    );
    let never = Lease {
        name: "b".into(),
        ..second
    };
    release(store, &never).await;
    assert!(
        acquire(store, "b", "ada", LONG).await.is_some(),
        "a lease that nobody holds is granted"
    );
}

/// 16 ask for a lease at once; one gets it.
pub async fn one_winner<F: Fixture>() {
    let fixture = F::fresh().await;
    let granted = race(16, |racer| {
        let store = fixture.store().clone();
        async move { acquire(&store, "a", &racer.to_string(), LONG).await }
    })
    .await;
    assert_eq!(
        granted.iter().flatten().count(),
        1,
        "one of those who ask at once gets the lease"
    );
}
