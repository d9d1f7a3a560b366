//! Reads that show what is not there, or do not show what is.

use eventsourcing::ExpectedVersion::Any;
use eventsourcing::*;
use eventsourcing_testkit::history::Operation;
use eventsourcing_testkit::history::ViolationKind::*;

use super::drawn::{Drawn, account, commit, now};

#[test]
fn true_reads_are_no_violation() {
    let (mut drawn, _) = Drawn::three();
    for (after, limit) in [(0, 1), (0, 2), (2, 2), (0, 100), (5, 1), (3, 100)] {
        let page = drawn.page(after, limit);
        drawn.read(after, limit, page);
    }
    for range in [
        StreamRange::all(),
        StreamRange::all().limit(1),
        StreamRange::backward(),
        StreamRange::backward().limit(2),
        StreamRange::from(Version::new(2)),
        StreamRange::from(Version::new(2)).to(Version::new(2)),
        StreamRange::from(Version::new(9)),
        StreamRange::from(Version::new(0)).limit(2),
    ] {
        for id in ["ada", "bob", "eve"] {
            let page = now(drawn.store.read_stream(&account(id), range));
            drawn.note(Operation::read_stream(&account(id), range, &page));
            let head = now(drawn.store.stream_head(&account(id)));
            drawn.note(Operation::stream_head(&account(id), &head));
        }
    }
    drawn.head(5);
    drawn.note(Operation::watched(Position::new(1)));
    let beyond = Err(ReadError::PositionBeyondHead {
        after: Position::new(6),
        head: Position::new(5),
    });
    drawn.note(Operation::read_all(
        Position::new(6),
        &Filter::all(),
        1,
        &beyond,
    ));
    let checked = drawn.check().expect("no violation");
    assert_eq!(checked.reads, checked.calls - 3);
}

#[test]
fn an_event_is_skipped() {
    let (mut drawn, _) = Drawn::three();
    let mut page = drawn.page(0, 100);
    page.events.remove(1);
    drawn.read(0, 100, page);
    drawn.assert(Skipped, 1);
    // At the end of a page as well.
    let (mut drawn, _) = Drawn::three();
    let mut page = drawn.page(0, 100);
    page.events.pop();
    drawn.read(0, 100, page);
    drawn.assert(Skipped, 1);
}

#[test]
fn an_event_is_skipped_behind_a_filter() {
    let (mut drawn, _) = Drawn::three();
    let filter = Filter::all()
        .category("account")
        .event_type("account.deposited");
    let mut page = drawn.page(0, 100);
    page.events.remove(3);
    drawn.note(Operation::read_all(
        Position::START,
        &filter,
        100,
        &Ok(page),
    ));
    drawn.assert(Skipped, 1);
    // What does not match need not be there.
    let (mut drawn, [(first, _), ..]) = Drawn::three();
    let filter = Filter::all().commit(first.commit_id);
    let mut page = drawn.page(0, 100);
    page.events.truncate(1);
    drawn.note(Operation::read_all(
        Position::START,
        &filter,
        100,
        &Ok(page),
    ));
    assert!(drawn.check().is_ok());
    // And must not.
    let page = drawn.page(0, 100);
    drawn.note(Operation::read_all(
        Position::START,
        &filter,
        100,
        &Ok(page),
    ));
    drawn.assert(Phantom, 1);
}

#[test]
fn an_event_of_a_stream_is_skipped() {
    let spoilers: [fn(&mut StreamPage); 3] = [
        |page| drop(page.events.remove(1)),
        |page| page.events.clear(),
        |page| page.next = None,
    ];
    for spoil in spoilers {
        let (mut drawn, _) = Drawn::three();
        let range = StreamRange::all().limit(2);
        let mut page = now(drawn.store.read_stream(&account("ada"), range)).expect("a page");
        page.next = None;
        spoil(&mut page);
        drawn.note(Operation::read_stream(&account("ada"), range, &Ok(page)));
        drawn.assert(Skipped, 1);
    }
}

#[test]
fn an_event_is_shown_that_is_not_there() {
    let (mut drawn, _) = Drawn::three();
    let mut page = drawn.page(0, 100);
    page.events[4].position = Position::new(6);
    drawn.read(0, 100, page);
    drawn.assert(Phantom, 1);
    let (mut drawn, _) = Drawn::three();
    drawn.note(Operation::stream_head(
        &account("ada"),
        &Ok(Some(StreamHead {
            version: Version::new(3),
            position: Position::new(4),
        })),
    ));
    drawn.assert(Phantom, 1);
}

#[test]
fn an_event_is_shown_altered() {
    let (mut drawn, _) = Drawn::three();
    let mut page = drawn.page(0, 100);
    page.events[2].payload = "else".into();
    drawn.read(0, 100, page);
    drawn.assert(Altered, 1);
}

#[test]
fn half_a_commit_is_shown() {
    let (mut drawn, _) = Drawn::three();
    drawn.head(2);
    drawn.assert(TornRead, 1);
    let (mut drawn, _) = Drawn::three();
    let mut page = drawn.page(0, 2);
    page.head = Position::new(2);
    drawn.read(0, 2, page);
    drawn.assert(TornRead, 1);
    let (mut drawn, _) = Drawn::three();
    let range = StreamRange::all().limit(2);
    let mut page = now(drawn.store.read_stream(&account("ada"), range)).expect("a page");
    (page.head, page.next) = (Version::new(2), None);
    drawn.note(Operation::read_stream(&account("ada"), range, &Ok(page)));
    drawn.assert(TornRead, 1);
}

#[test]
fn a_head_lies_beyond_the_log() {
    let (mut drawn, _) = Drawn::three();
    drawn.head(6);
    drawn.assert(BeyondLog, 1);
    let (mut drawn, _) = Drawn::three();
    drawn.note(Operation::watched(Position::new(6)));
    drawn.assert(BeyondLog, 1);
    let (mut drawn, _) = Drawn::three();
    drawn.note(Operation::stream_head(
        &account("bob"),
        &Ok(Some(StreamHead {
            version: Version::new(3),
            position: Position::new(5),
        })),
    ));
    drawn.assert(BeyondLog, 1);
}

#[test]
fn a_page_that_does_not_lead_on() {
    let spoilers: [fn(&mut LogPage); 3] = [
        |page| page.next = Position::START,
        |page| page.next = Position::new(6),
        |page| {
            page.events.push(page.events[0].clone());
            page.events.push(page.events[0].clone());
        },
    ];
    for spoil in spoilers {
        let (mut drawn, _) = Drawn::three();
        let mut page = drawn.page(0, 2);
        spoil(&mut page);
        drawn.read(0, 2, page);
        drawn.assert(BadPage, 1);
    }
    let (mut drawn, _) = Drawn::three();
    let refused = Err(ReadError::PositionBeyondHead {
        after: Position::new(4),
        head: Position::new(5),
    });
    let operation = Operation::read_all(Position::new(4), &Filter::all(), 1, &refused);
    drawn.note(operation);
    drawn.assert(BadPage, 1);
    let (mut drawn, _) = Drawn::three();
    let range = StreamRange::all().limit(1);
    let mut page = now(drawn.store.read_stream(&account("ada"), range)).expect("a page");
    page.next = Some(StreamRange::from(Version::new(3)));
    drawn.note(Operation::read_stream(&account("ada"), range, &Ok(page)));
    drawn.assert(BadPage, 1);
}

#[test]
fn a_read_does_not_show_what_was_acknowledged() {
    let mut drawn = Drawn::new();
    drawn.append(&commit("ada", Any, 1)).expect("an append");
    let old = drawn.page(0, 100);
    drawn.append(&commit("ada", Any, 1)).expect("an append");
    drawn.read(0, 100, old.clone());
    drawn.assert(StaleRead, 2);
    // One that began before it was acknowledged need not.
    let mut drawn_again = Drawn::new();
    drawn_again.log = drawn.log;
    for (event, (begun, ended)) in drawn_again.log.clone().iter().zip([(1, 2), (3, 5)]) {
        let mut commit = commit("ada", Any, 1);
        commit.commit_id = event.commit_id;
        let committed = Committed::repeated(std::slice::from_ref(event)).expect("an event");
        let result = Ok(Committed {
            duplicate: false,
            ..committed
        });
        drawn_again.note_at(
            begun,
            Some(ended),
            Operation::append(&commit, Some(&result)),
        );
    }
    let read = Operation::read_all(Position::START, &Filter::all(), 100, &Ok(old));
    drawn_again.note_at(4, Some(6), read);
    assert!(drawn_again.check().is_ok());
}

#[test]
fn reads_step_back() {
    let mut drawn = Drawn::new();
    drawn.append(&commit("bob", Any, 1)).expect("an append");
    let last = commit("ada", Any, 1);
    let committed = now(drawn.store.append(last.clone())).expect("an append");
    drawn.log = drawn.page(0, 100).events;
    // The append is under way all the time, so it may or may not be seen, but not first the one and then the other.
    drawn.note_at(3, Some(20), Operation::append(&last, Some(&Ok(committed))));
    drawn.note_at(4, Some(5), Operation::head(&Ok(Position::new(1))));
    drawn.note_at(6, Some(7), Operation::head(&Ok(Position::new(2))));
    assert!(drawn.check().is_ok());
    let stream = Operation::stream_head(&account("ada"), &Ok(None));
    drawn.note_at(8, Some(9), stream);
    drawn.assert(WentBack, 2);
}

#[test]
fn a_read_shows_what_is_yet_to_come() {
    let mut drawn = Drawn::new();
    drawn.head(1);
    drawn.append(&commit("ada", Any, 1)).expect("an append");
    drawn.assert(SeenEarly, 2);
}
