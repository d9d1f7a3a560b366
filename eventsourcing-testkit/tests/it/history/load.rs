//! The load on the reference store: no false alarm, also in a long history.

use std::time::Instant;

use eventsourcing::{EventStoreExt, Filter, MemoryStore, Position, ReadError, Tag};
use eventsourcing_testkit::faults::{Tally, rounds};
use eventsourcing_testkit::history::{History, Load, Recorded};

#[test]
fn a_correct_store_under_load() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    // With the reads that come with them about 50,000 calls, and more than a million.
    let appends = rounds(1_200, 26_000);
    runtime.block_on(async {
        let history = History::new();
        let store = Recorded::new(MemoryStore::new(), &history);
        let loaded = Load::new(1).appends(appends).run(&store).await;
        let started = Instant::now();
        let checked = history.check(store.inner()).await;
        let checked = checked.unwrap_or_else(|violation| panic!("{violation}"));
        println!("checked in {:?}: {checked:?}", started.elapsed());
        assert_eq!(loaded.calls, 16 * appends);
        assert!(checked.calls > loaded.calls, "{checked:?}");
        assert_eq!(
            checked.refused
                + checked.unknown
                + checked.acknowledged
                + checked.conflicts
                + checked.conditions_failed,
            loaded.calls
        );
        let hot = Filter::all().tag(Tag::new(Load::HOT).expect("a tag"));
        let mut hot_events = 0;
        let count = |_| {
            hot_events += 1;
            Ok::<_, ReadError>(())
        };
        let read = store.inner().for_each_in_log(Position::START, &hot, count);
        read.await.expect("the log");
        let (all, hot) = (checked.events, hot_events);
        assert_eq!(loaded.tailed, [all, hot, all, hot]);
        let mut tally = Tally::new("16 writers, 5 readers: memory");
        tally.round(checked.acknowledged_events as u64, 0, String::new);
        tally.finish();
    });
}
