//! Snapshots in each format, and repositories that go from one format to the next.

use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    AsOf, Clock, EventSourced, EventStore, Format, Json, MemoryStore, Repository, SnapshotStore,
    StreamId, Version, stream_id,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::ManualClock;

use super::{Account, Deposited, Opened, each_format, encoded};

const ID: u64 = 7;
/// What each program deposits, one event at a time.
const EACH: u64 = 3;

/// Marks the state in the snapshot, so that it shows whether a load began there.
async fn mark<F: Format>(store: &impl SnapshotStore, stream: &StreamId, format: &F, owner: &str) {
    let mut snapshot = store
        .load_snapshot(stream)
        .await
        .expect("a read")
        .expect("a snapshot");
    assert_eq!(snapshot.format, F::ID);
    let mut state: Account = format
        .decode(snapshot.format, &snapshot.state)
        .expect("a state");
    state.owner = owner.into();
    snapshot.state = encoded(format, &state).into();
    store.save_snapshot(snapshot).await.expect("a save");
}

/// One program after the other, each with a format of its own, and each from the snapshot of the one before.
async fn one_after_the_other<S>(store: S, clock: ManualClock)
where
    S: EventStore + SnapshotStore + Clone,
{
    let stream = stream_id::<Account>(&ID).expect("a stream");
    let snapshots = Arc::new(MemoryStore::new());
    let (mut saved, mut owner) = (1, "Ada in EUR".to_owned());
    let first = EventSourced::<Account, _, _>::with_format(store.clone(), Json);
    let mut root = first.load(&ID).await.expect("a load");
    root.record(Opened {
        owner: "Ada".into(),
        currency: "EUR".into(),
    });
    first.save(&mut root).await.expect("a save");
    for round in 0..2 {
        each_format!(format => {
            let accounts = EventSourced::<Account, _, _>::with_format(store.clone(), format)
                .snapshots_in(snapshots.clone(), 1)
                .cached(2);
            // From the snapshot in the format before, which says whose it is.
            let mut root = accounts.load(&ID).await.expect("a load");
            assert_eq!(root.state().owner, owner);
            for _ in 0..EACH {
                clock.advance(Duration::from_secs(1));
                root.record(Deposited { cents: saved, note: None });
                accounts.save(&mut root).await.expect("a save");
                saved += 1;
                accounts.flush_snapshots().await;
            }
            let cached = accounts.load(&ID).await.expect("a load");
            assert_eq!(cached.state(), root.state());
            owner = format!("marked {saved}");
            mark(&*snapshots, &stream, &format, &owner).await;
            let (round, saved) = (round, saved);
            assert_eq!(cached.state().cents, saved * (saved - 1) / 2, "round {round}");
        });
    }
    each_format!(format => {
        let accounts = EventSourced::<Account, _, _>::with_format(store.clone(), format);
        assert_as_of(&accounts, saved, clock.now()).await;
        // The marked snapshot is of use to those who look at its version only.
        let accounts = accounts.snapshots_in(snapshots.clone(), 1_000).cached(2);
        let last = accounts.load_at(&ID, AsOf::Version(Version::new(saved))).await.expect("a load");
        assert_eq!(last.state().owner, owner);
        assert_as_of(&accounts, saved - 1, clock.now()).await;
    });
}

/// Looks at every version up to `to`, and at every time; a second passed between the events.
async fn assert_as_of<S: EventStore, F: Format>(
    accounts: &EventSourced<Account, S, F>,
    to: u64,
    now: eventsourcing::Timestamp,
) {
    for version in 1..=to {
        let then = AsOf::Version(Version::new(version));
        let root = accounts.load_at(&ID, then).await.expect("a load");
        let cents = version * (version - 1) / 2;
        assert_eq!(root.version(), Version::new(version));
        let state = (root.state().cents, &*root.state().owner);
        assert_eq!(state, (cents, "Ada in EUR"));
    }
    let last = 8 * i64::try_from(EACH).expect("a few");
    for seconds in 0..i64::try_from(to).expect("a few") {
        let then = now.as_micros() - (last - seconds) * 1_000_000;
        let then = AsOf::Time(eventsourcing::Timestamp::from_micros(then));
        let root = accounts.load_at(&ID, then).await.expect("a load");
        assert_eq!(i64::try_from(root.version().get() - 1), Ok(seconds));
    }
}

#[tokio::test]
async fn a_repository_goes_from_format_to_format_in_memory() {
    let clock = ManualClock::default();
    let store = MemoryStore::with_clock(Arc::new(clock.clone()));
    one_after_the_other(store, clock).await;
}

#[tokio::test]
async fn a_repository_goes_from_format_to_format_in_sled() {
    let clock = ManualClock::default();
    let dir = tempfile::tempdir().expect("a directory");
    let store = SledStore::builder()
        .clock(Arc::new(clock.clone()))
        .open(dir.path())
        .expect("a store");
    one_after_the_other(store, clock).await;
}
