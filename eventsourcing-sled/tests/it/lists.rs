//! Looking for events by lists that are longer than what readers copy of them at once, in memory and in sled.

use eventsourcing::{
    Commit, EventStore, ExpectedVersion, Filter, NewEvent, Position, RecordedEvent, Tag,
};
use eventsourcing_sled::SledStore;

use crate::support::{account, append, block_on, event, log};

/// More than a reader copies out of memory.
const EVENTS: usize = 12_000;

fn numbered(number: usize) -> NewEvent {
    let mut new = event("{}");
    new.event_type = ["often", "seldom"][usize::from(number.is_multiple_of(1000))].into();
    if number.is_multiple_of(3) {
        new.tags.push(Tag::new("third").expect("a tag"));
    }
    new
}

fn fill(store: &SledStore) {
    for commit in 0..EVENTS / 400 {
        let events = (0..400).map(|n| numbered(commit * 400 + n)).collect();
        let stream = account(commit % 7);
        append(
            store,
            Commit::new().append(stream, ExpectedVersion::Any, events),
        );
    }
}

fn back(store: &SledStore, before: Position, filter: &Filter) -> Vec<RecordedEvent> {
    let (mut events, mut before, mut pages) = (Vec::new(), before, 0);
    loop {
        let page = block_on(store.read_back(before, filter, 500)).expect("a page");
        events.extend(page.events);
        (before, pages) = (page.next, pages + 1);
        assert!(pages < 100, "few pages do");
        if before == Position::START {
            return events;
        }
    }
}

#[test]
fn long_lists_are_read_in_both_directions_from_memory_and_from_sled() {
    let dir = tempfile::tempdir().expect("a directory");
    for round in 0..2 {
        // The second time, half of it is in sled and half in memory.
        let store = SledStore::open(dir.path()).expect("a store");
        fill(&store);
        let whole = log(&store).expect("the log");
        assert_eq!(whole.len(), (round + 1) * EVENTS);
        let third = || Filter::all().tag(Tag::new("third").expect("a tag"));
        let seldom = || Filter::all().event_type("seldom");
        for filter in [
            third(),
            Filter::all().event_type("often"),
            seldom(),
            seldom().tag(Tag::new("third").expect("a tag")),
            Filter::all().any_of([seldom(), third().event_type("often")]),
            Filter::all().correlation(whole[4000].correlation_id()),
            Filter::all().any_of([Filter::all().commit(whole[700].commit_id), seldom()]),
        ] {
            for from in [1, 4999, EVENTS - 1, whole.len() - 1] {
                let from = whole[from].position;
                let mut wanted: Vec<_> = whole.iter().filter(|e| filter.matches(e)).collect();
                let behind = wanted.split_off(wanted.partition_point(|e| e.position <= from));
                let found = behind_by_pages(&store, from, &filter);
                assert!(found.iter().eq(behind), "{filter:?} behind {from}");
                let found = back(&store, from, &filter);
                let before = wanted.iter().rev().filter(|e| e.position < from);
                assert!(found.iter().eq(before.copied()), "{filter:?} before {from}");
            }
        }
    }
}

fn behind_by_pages(store: &SledStore, after: Position, filter: &Filter) -> Vec<RecordedEvent> {
    let (mut events, mut after) = (Vec::new(), after);
    loop {
        let page = block_on(store.read_all(after, filter, 500)).expect("a page");
        events.extend(page.events);
        if page.next == page.head {
            return events;
        }
        after = page.next;
    }
}

#[test]
fn what_does_not_fit_into_one_look_at_memory_comes_with_the_next_page() {
    // The index goes to sled once it was quiet for a moment: then there is nothing to see here, and it is tried again.
    for _ in 0..20 {
        let dir = tempfile::tempdir().expect("a directory");
        let store = SledStore::open(dir.path()).expect("a store");
        fill(&store);
        let often = Filter::all().event_type("often");
        let forwards = behind_by_pages(&store, Position::START, &often).len();
        let backwards = back(&store, Position::new(u64::MAX), &often).len();
        assert_eq!((forwards, backwards), (EVENTS - 12, EVENTS - 12));
        if store.stats().expect("figures").indexed == Position::START {
            return;
        }
    }
    panic!("the index was never in memory for long enough");
}
