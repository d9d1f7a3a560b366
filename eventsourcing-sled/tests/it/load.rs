//! Many writers and readers at once, in every durability mode; what they saw is checked against the log.

use std::path::Path;
use std::time::Duration;

use eventsourcing::{Commit, EventStore, EventStoreExt, Filter, Position, ReadError, Tag};
use eventsourcing_sled::{Builder, Durability, SledStore};
use eventsourcing_testkit::faults::{Tally, rounds};
use eventsourcing_testkit::history::{Checked, History, Load, Loaded, Recorded};

use crate::support::wait_until;

const MODES: [(&str, Durability); 3] = [
    ("always", Durability::Always),
    (
        "group",
        Durability::Group {
            max_delay: Duration::from_micros(500),
        },
    ),
    ("none", Durability::None),
];

fn settings(durability: Durability) -> Builder {
    // Small segments, so that many end while they are read.
    SledStore::builder()
        .segment_bytes(64 << 10)
        .durability(durability)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .expect("a runtime")
}

/// Appends once more what nobody knows the outcome of; afterwards everybody knows.
async fn resolve(store: &Recorded<SledStore>, unknown: Vec<Commit>) {
    for commit in unknown {
        // Whatever the answer, the checker judges it.
        let _ = store.append(commit).await;
    }
}

/// Checks the history against the log, and that the readers have seen all of it.
async fn checked(store: &Recorded<SledStore>, loaded: Option<&Loaded>) -> Checked {
    let checked = store.history().check(store.inner()).await;
    let checked = checked.unwrap_or_else(|violation| panic!("{violation}"));
    let hot = Filter::all().tag(Tag::new(Load::HOT).expect("a tag"));
    let mut hot_events = 0;
    let count = |_| {
        hot_events += 1;
        Ok::<_, ReadError>(())
    };
    let read = store.inner().for_each_in_log(Position::START, &hot, count);
    read.await.expect("the log");
    if let Some(loaded) = loaded {
        let all = checked.events;
        assert_eq!(loaded.tailed, [all, hot_events, all, hot_events]);
    }
    checked
}

#[test]
fn writers_and_readers_under_load() {
    for (name, durability) in MODES {
        let dir = tempfile::tempdir().expect("a directory");
        let (runtime, history) = (runtime(), History::new());
        let open = || {
            let store = settings(durability).open(dir.path()).expect("a store");
            Recorded::new(store, &history)
        };
        let mut tally = Tally::new(format!("16 writers, 5 readers: sled, {name}"));
        let appends = rounds(60, 1_500);
        runtime.block_on(async {
            let store = open();
            let loaded = Load::new(1).appends(appends).run(&store).await;
            assert_eq!(loaded.calls, 16 * appends);
            // A dropped append may be written after the readers have ended, but not after this.
            resolve(&store, loaded.unknown).await;
            let before = checked(&store, None).await;
            assert!(before.unknown > 0 && before.conflicts > 0 && before.conditions_failed > 0);
            drop(store);

            let store = open();
            let loaded = Load::new(2).appends(appends).run(&store).await;
            assert_eq!(loaded.calls, 16 * appends);
            resolve(&store, loaded.unknown).await;
            let after = checked(&store, None).await;
            assert!(after.events > before.events);
            // Readers who come when all is quiet see all, and just that.
            let quiet = Load::new(3).appends(0).run(&store).await;
            let after = checked(&store, Some(&quiet)).await;
            assert_eq!(after.acknowledged_events, after.events, "{after:?}");
            tally.round(after.acknowledged_events as u64, 0, String::new);
        });
        tally.finish();
        assert_sound(dir.path());
    }
}

/// The store is closed in the middle, again and again; each time, everybody gets a true answer.
#[test]
fn closing_under_load() {
    let mut tally = Tally::new("closed under load: sled");
    for round in 0..rounds(6, 100) {
        let (_, durability) = MODES[round % MODES.len()];
        let dir = tempfile::tempdir().expect("a directory");
        let (runtime, history) = (runtime(), History::new());
        let mut unknown = Vec::new();
        let mut rng = fastrand::Rng::with_seed(round as u64);
        for phase in 0..3 {
            let inner = settings(durability).open(dir.path()).expect("a store");
            let store = Recorded::new(inner, &history);
            runtime.block_on(async {
                let closed = {
                    let store = store.inner().clone();
                    let enough = store.head().await.expect("a head").get() + rng.u64(1..200);
                    tokio::task::spawn_blocking(move || {
                        wait_until("a part of the load", || {
                            store.watch().head().get() >= enough
                        });
                        store.close();
                    })
                };
                // What became of the appends that the last phase lost track of.
                resolve(&store, std::mem::take(&mut unknown)).await;
                let load = Load::new(round as u64 * 10 + phase).appends(1_000_000);
                unknown = load.run(&store).await.unknown;
                closed.await.expect("closing");
            });
        }
        let inner = settings(durability).open(dir.path()).expect("a store");
        let store = Recorded::new(inner, &history);
        runtime.block_on(async {
            resolve(&store, unknown).await;
            let all = checked(&store, None).await;
            assert_eq!(
                all.acknowledged_events, all.events,
                "round {round}: {all:?}"
            );
            tally.round(all.acknowledged_events as u64, 0, String::new);
        });
        drop(store);
        assert_sound(dir.path());
    }
    tally.finish();
}

fn assert_sound(dir: &Path) {
    let store = SledStore::open(dir).expect("a store");
    assert!(store.verify().expect("a report").is_sound());
}
