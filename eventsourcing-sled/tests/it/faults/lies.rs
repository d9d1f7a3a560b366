//! Snapshots that lie: another state than the stored events come to must never be loaded, whoever wrote it.

use std::path::Path;

use eventsourcing::{
    Commit, CommitId, EventSourced, ExpectedVersion, FormatId, Repository, Snapshot, SnapshotStore,
    Version,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::{Tally, rounds};

use super::probe::{Account, deposited, payload};
use crate::support::{account, append, block_on, event, stream, wait_until};

type Accounts = EventSourced<Account, SledStore>;

const EVENTS: u64 = 5;

/// A store in which this many accounts have five events each.
fn filled(dir: &Path, accounts: u64) -> SledStore {
    let store = SledStore::open(dir).expect("a store");
    for id in 0..accounts {
        let events = (1..=EVENTS).map(|n| event(payload(n + id)));
        let commit = Commit::new();
        append(
            &store,
            commit.append(account(id), ExpectedVersion::Any, events.collect()),
        );
    }
    store
}

/// A repository that writes and reads snapshots.
fn accounts(store: &SledStore) -> Accounts {
    Accounts::new(store.clone()).snapshot_every(1)
}

/// What account `id` of [`filled`] comes to.
fn sum(id: u64) -> u64 {
    (1..=EVENTS).map(|n| n + id).sum()
}

/// Loads an account whose snapshot lies. Returns what is wrong about it.
fn wrong(store: &SledStore, id: u64, sum: u64) -> Option<String> {
    match block_on(accounts(store).load(&id)) {
        Ok(root) if root.state().sum == sum => None,
        Ok(root) => Some(format!("{sum} expected, not {}", root.state().sum)),
        Err(error) => Some(error.to_string()),
    }
}

/// The snapshot that the repository itself takes of an account, by way of one more event.
fn taken(store: &SledStore, id: u64) -> Snapshot {
    let accounts = accounts(store);
    let snapshot = block_on(async {
        let mut root = accounts.load(&id).await.expect("a load");
        root.record(deposited(0));
        accounts.save(&mut root).await.expect("a save");
        accounts.flush_snapshots().await;
        store.load_snapshot(&account(id)).await
    });
    snapshot.expect("a look").expect("a snapshot")
}

#[test]
fn saved_by_somebody() {
    let mut tally = Tally::new("a snapshot that lies is saved");
    let dir = tempfile::tempdir().expect("a directory");
    let store = filled(dir.path(), 2);
    let (other, kept) = (taken(&store, 0), taken(&store, 1));
    let lie = Snapshot {
        state: r#"{"sum":4711}"#.into(),
        ..kept.clone()
    };
    // The control: nothing about this one shows that it lies, so it says that snapshots are used at all.
    block_on(store.save_snapshot(lie.clone())).expect("a save");
    assert_eq!(wrong(&store, 1, 4711), None);
    let changed = |change: &dyn Fn(&mut Snapshot)| {
        let mut snapshot = lie.clone();
        change(&mut snapshot);
        snapshot
    };
    let head = kept.version.get();
    let lies = [
        ("no state", changed(&|lie| lie.state = "".into())),
        ("half a state", changed(&|lie| lie.state = "{\"su".into())),
        (
            "another's state",
            changed(&|lie| lie.state = "{\"total\":4711}".into()),
        ),
        ("foreign shape", changed(&|lie| lie.fingerprint ^= 1)),
        (
            "foreign format",
            changed(&|lie| lie.format = FormatId::new(99)),
        ),
        ("version 0", changed(&|lie| lie.version = Version::EMPTY)),
        (
            "behind",
            changed(&|lie| lie.version = Version::new(head - 1)),
        ),
        (
            "beyond the head",
            changed(&|lie| lie.version = Version::new(head + 1)),
        ),
        (
            "far beyond",
            changed(&|lie| lie.version = Version::new(u64::MAX)),
        ),
        (
            "another history",
            changed(&|lie| lie.last_event = CommitId::generate().event_id(0)),
        ),
        (
            "another stream",
            changed(&|lie| lie.last_event = other.last_event),
        ),
    ];
    for (what, lie) in lies {
        block_on(store.save_snapshot(lie)).expect("a save");
        let found = wrong(&store, 1, sum(1));
        tally.round(head, u64::from(found.is_some()), || {
            format!("{what}: {found:?}")
        });
    }
    assert!(
        store.verify().expect("a report").is_sound(),
        "they are no damage"
    );
    tally.finish();
}

/// The rows of all snapshots, edited while the store is closed.
fn edit(dir: &Path, mut change: impl FnMut(&[u8], &mut Vec<u8>)) -> usize {
    // The threads of a handle that was just dropped hold sled's lock a little longer.
    let mut index = None;
    wait_until("sled's lock", || {
        index = sled::open(dir.join("index")).ok();
        index.is_some()
    });
    let index = index.expect("the index");
    let rows: Vec<_> = index
        .scan_prefix([0x0b])
        .map(|row| row.expect("a row"))
        .collect();
    for (key, value) in &rows {
        let mut value = value.to_vec();
        change(key, &mut value);
        index.insert(key, value).expect("an edit");
    }
    index.flush().expect("written");
    rows.len()
}

/// Every bit of a snapshot's row, each in the row of an account of its own.
#[test]
fn with_flipped_bits() {
    let mut tally = Tally::new("a bit of a snapshot's row is flipped");
    for number in 0..rounds(1, 3) {
        let dir = tempfile::tempdir().expect("a directory");
        let store = filled(dir.path(), 560);
        for id in 0..560 {
            let mut snapshot = snapshot_of(&store, id);
            // As they lie: up to 4 KiB in one row, more in several.
            let long = format!("{}{}", " ".repeat(number * 3000), r#"{"sum":"#);
            snapshot.state = format!("{long}{}}}", sum(id)).into();
            block_on(store.save_snapshot(snapshot)).expect("a save");
        }
        drop(store);
        let mut turn = 0;
        let rows = edit(dir.path(), |_, row| {
            // Coprime, so that all bits have their turn, in rows of any length.
            let bit = turn * 1009 % (8 * row.len());
            row[bit / 8] ^= 1 << (bit % 8);
            turn += 1;
        });
        assert!(rows >= 560, "{rows} rows");
        let store = SledStore::open(dir.path()).expect("a store");
        for id in 0..560 {
            let found = wrong(&store, id, sum(id));
            tally.round(EVENTS, u64::from(found.is_some()), || {
                format!("account {id}: {found:?}")
            });
        }
    }
    tally.finish();
}

/// Each account is given the row of the one before it.
#[test]
fn exchanged() {
    let mut tally = Tally::new("rows of snapshots are exchanged");
    let dir = tempfile::tempdir().expect("a directory");
    let store = filled(dir.path(), 50);
    for id in 0..50 {
        block_on(store.save_snapshot(snapshot_of(&store, id))).expect("a save");
    }
    drop(store);
    let mut before = None;
    let rows = edit(dir.path(), |_, row| {
        let own = row.clone();
        if let Some(other) = before.replace(own) {
            *row = other;
        }
    });
    assert_eq!(rows, 50);
    let store = SledStore::open(dir.path()).expect("a store");
    for id in 0..50 {
        let found = wrong(&store, id, sum(id));
        tally.round(EVENTS, u64::from(found.is_some()), || {
            format!("account {id}: {found:?}")
        });
    }
    tally.finish();
}

/// A true snapshot of an account of [`filled`], by hand.
fn snapshot_of(store: &SledStore, id: u64) -> Snapshot {
    let events = stream(store, &account(id)).expect("a stream");
    let shape = block_on(store.load_snapshot(&account(0))).expect("a look");
    let fingerprint = shape.map_or_else(shape_of_accounts, |shape| shape.fingerprint);
    Snapshot {
        stream: account(id),
        version: Version::new(EVENTS),
        last_event: events.last().expect("an event").event_id(),
        fingerprint,
        format: FormatId::JSON,
        state: format!(r#"{{"sum":{}}}"#, sum(id)).into(),
    }
}

/// The fingerprint that the repository gives its snapshots.
fn shape_of_accounts() -> u64 {
    let dir = tempfile::tempdir().expect("a directory");
    taken(&filled(dir.path(), 1), 0).fingerprint
}
