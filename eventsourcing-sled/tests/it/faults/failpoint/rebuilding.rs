//! System calls that fail while the index is rebuilt: the old one goes on, or nobody is told anything until there is another.

use std::thread;

use eventsourcing::{
    AppendError, Commit, EventStore, ExpectedVersion, ReadError, RecordedEvent, StreamRange,
};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::{Tally, rounds};

use super::inject::Fault;
use crate::support::{account, block_on, check, child_dir, event, fill, log, wait_until};

/// A stream's events and the log, unless nobody can tell for the time being.
fn told(store: &SledStore) -> Option<Vec<RecordedEvent>> {
    let mut events = Vec::new();
    for id in 0..5 {
        let new = Commit::new().append(account(id), ExpectedVersion::NoStream, vec![event("{}")]);
        match block_on(store.append(new)) {
            Err(AppendError::Conflict { .. } | AppendError::Unavailable { .. }) => {}
            other => panic!("stream {id}, which is there already: {other:?}"),
        }
        match block_on(store.read_stream(&account(id), StreamRange::all())) {
            Ok(page) => events.extend(page.events),
            Err(ReadError::Unavailable { .. }) => return None,
            Err(error) => panic!("{error:?}"),
        }
    }
    Some(events)
}

#[test]
fn rebuilder() {
    let Some(dir) = child_dir() else { return };
    let store = match SledStore::open(&dir) {
        Ok(store) => store,
        Err(error) => return println!("\n> refused {error}"),
    };
    let mut expected = log(&store).expect("the log");
    expected.sort_by_key(|event| (event.stream.clone(), event.version));
    // Calls are counted by thread: here the first is one of the rebuild.
    let rebuilt = thread::scope(|scope| scope.spawn(|| store.rebuild_index()).join());
    match rebuilt.expect("no panic") {
        Ok(()) => println!("\n> rebuilt"),
        Err(error) => println!("\n> failed {error}"),
    }
    wait_until("an index that answers", || match told(&store) {
        Some(events) => {
            assert!(
                events == expected,
                "{} instead of {}",
                events.len(),
                expected.len()
            );
            true
        }
        None => false,
    });
    println!("\n> sound");
}

#[test]
fn a_call_that_fails_while_the_index_is_rebuilt() {
    let mut tally = Tally::new("a system call fails while the index is rebuilt (EIO)");
    let mut failed = 0;
    let counted = |call| (1..=rounds(2, 30)).map(move |number| (call, number.to_string()));
    let faults = ["1", "2", "3", "2..3", "1..100"].map(|when| ("rename", when.to_owned()));
    let faults = faults
        .into_iter()
        .chain(counted("fsync"))
        .chain(counted("openat"));
    for (call, when) in faults {
        let dir = tempfile::tempdir().expect("a directory");
        let store = SledStore::open(dir.path()).expect("a store");
        fill(&store, 60);
        let events = log(&store).expect("the log");
        drop(store);
        let only = [
            "index",
            "index.rebuilding",
            "index.rebuilding/db",
            "index.rebuilding/conf",
        ];
        let fault = Fault {
            call,
            what: "error=EIO",
            when,
            only: only.iter().map(|name| dir.path().join(name)).collect(),
        };
        let said = fault.run("faults::failpoint::rebuilding::rebuilder", dir.path());
        failed += said
            .lines
            .iter()
            .filter(|line| line.starts_with("failed"))
            .count();
        let ended = said
            .lines
            .iter()
            .any(|line| line == "sound" || line.starts_with("refused"));
        assert!(ended, "{fault:?}: {said:?}");
        let store = SledStore::open(dir.path()).expect("it opens");
        check(&store, &events);
        assert!(store.verify().expect("a report").is_sound(), "{fault:?}");
        tally.round(events.len() as u64, 0, String::new);
    }
    assert!(failed > 1, "{failed} rebuilds failed");
    tally.finish();
}
