//! A group of which the sync fails: what was decided on it was decided on nothing.

use std::task::{Context, Waker};
use std::time::Duration;

use eventsourcing::{
    AppendCondition, AppendError, Commit, EventStore, EventStoreExt, ExpectedVersion, Filter, Tag,
};
use eventsourcing_sled::{Durability, SledStore};

use super::inject::Fault;
use crate::support::{
    account, append, block_on, check, child_dir, commit, event, log, stream, wait_until,
};

fn tag() -> Tag {
    Tag::new("taken").expect("a tag")
}

fn staged() -> Commit {
    let events = vec![event(b"staged".as_slice()).with_tag(tag())];
    Commit::new().append(account("new"), ExpectedVersion::NoStream, events)
}

#[test]
fn doomed_group() {
    let Some(dir) = child_dir() else { return };
    // Long enough for all of them to get into one group.
    let max_delay = Duration::from_millis(300);
    let settings = SledStore::builder().durability(Durability::Group { max_delay });
    let store = settings.open(&dir).expect("a store");
    append(&store, commit(&account(0), 1));
    let before = log(&store).expect("the log");

    let first = staged();
    let again = first.clone();
    let condition = AppendCondition {
        none_of: vec![Filter::all().tag(tag())],
        after: before[0].position,
    };
    let conditional = commit(&account(1), 1).with_condition(condition);
    let follows = vec![event(b"follows".as_slice())];
    let exists = Commit::new().append(account("new"), ExpectedVersion::Exists, follows);
    let conflicting = staged();
    let commits = [first.clone(), conditional, exists, conflicting, again];
    let mut appends: Vec<_> = commits
        .iter()
        .map(|commit| store.append(commit.clone()))
        .collect();
    let last = appends.pop().expect("the same again");
    let mut poll = Context::from_waker(Waker::noop());
    for append in &mut appends {
        assert!(append.as_mut().poll(&mut poll).is_pending());
    }
    // It ends the group, for it cannot be decided within it.
    let last = block_on(last).err();
    let results = appends.into_iter().map(|append| block_on(append).err());
    let results: Vec<_> = results.chain([last]).collect();
    for (place, result) in results.iter().enumerate() {
        let expected = match result {
            // Staged, so perhaps written.
            Some(AppendError::OutcomeUnknown { commit_id, .. }) => {
                [0, 2].contains(&place) && *commit_id == commits[place].commit_id
            }
            Some(AppendError::Poisoned { .. }) => ![0, 2].contains(&place),
            _ => false,
        };
        assert!(expected, "append {place}: {result:?}");
    }
    check(&store, &before);
    assert!(
        stream(&store, &account("new"))
            .expect("a stream")
            .is_empty()
    );
    let found = block_on(store.find_commit(first.commit_id)).expect("a lookup");
    assert!(found.is_none());
    println!("\n> done");
}

#[test]
fn nothing_decided_on_a_lost_group_holds() {
    let dir = tempfile::tempdir().expect("a directory");
    let fault = Fault {
        call: "fdatasync",
        what: "error=EIO",
        when: "2".into(),
        only: Vec::new(),
    };
    let said = fault.run("faults::failpoint::group::doomed_group", dir.path());
    assert_eq!((said.injected, said.lines), (1, vec!["done".to_owned()]));
}

/// Without a sync for each group the index syncs the log before it is written itself.
#[test]
fn unsynced_writer() {
    let Some(dir) = child_dir() else { return };
    let settings = SledStore::builder().durability(Durability::None);
    let store = settings.open(&dir).expect("a store");
    for number in 0..50 {
        append(&store, commit(&account(number % 5), 1));
    }
    let written = log(&store).expect("the log");
    wait_until("an index that cannot be written", || {
        store.stats().expect("figures").index_failure.is_some()
    });
    let stats = store.stats().expect("figures");
    assert!(
        stats
            .index_failure
            .expect("a failure")
            .contains("00000000000000000001.log")
    );
    assert_eq!(
        stats.indexed.get(),
        0,
        "the index names nothing that may be lost"
    );
    let refused = block_on(store.append(commit(&account(0), 1)));
    assert!(
        matches!(&refused, Err(AppendError::Poisoned { reason }) if reason.contains(".log")),
        "{refused:?}"
    );
    check(&store, &written);
    println!("\n> done");
}

#[test]
fn the_index_waits_for_the_log() {
    let dir = tempfile::tempdir().expect("a directory");
    let fault = Fault {
        call: "fdatasync",
        what: "error=EIO",
        when: "1".into(),
        only: Vec::new(),
    };
    let said = fault.run("faults::failpoint::group::unsynced_writer", dir.path());
    assert_eq!((said.injected, said.lines), (1, vec!["done".to_owned()]));
    let store = SledStore::open(dir.path()).expect("a store");
    let events = log(&store).expect("the log");
    assert_eq!(events.len(), 50);
    check(&store, &events);
}
