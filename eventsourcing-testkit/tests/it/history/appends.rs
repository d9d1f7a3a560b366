//! Appends that were not done as they were asked for, or not as they were acknowledged.

use eventsourcing::ExpectedVersion::{Any, Exact, NoStream};
use eventsourcing::*;
use eventsourcing_testkit::history::Operation;
use eventsourcing_testkit::history::ViolationKind::*;

use super::drawn::{Drawn, commit, event};

fn unavailable() -> AppendError {
    AppendError::Unavailable {
        reason: "as the test asked".into(),
        source: None,
    }
}

#[test]
fn an_acknowledged_commit_is_lost() {
    let (mut drawn, _) = Drawn::three();
    drawn.log.truncate(3);
    drawn.assert(Lost, 1);
}

#[test]
fn a_receipt_is_wrong() {
    let (mut drawn, [.., (last, committed)]) = Drawn::three();
    let mut again = committed.clone();
    again.duplicate = true;
    drawn.answered(&last, &Ok(again.clone()));
    assert!(drawn.check().is_ok());
    let mut elsewhere = again.clone();
    elsewhere.receipt.first = Position::new(3);
    drawn.answered(&last, &Ok(elsewhere));
    drawn.assert(Misplaced, 1);

    let (mut drawn, _) = Drawn::three();
    let commit = commit("ada", Any, 1);
    let mut committed = drawn.append(&commit).expect("an append");
    committed.versions[0].1 = Version::new(7);
    committed.duplicate = true;
    drawn.answered(&commit, &Ok(committed));
    drawn.assert(Misplaced, 1);
}

#[test]
fn content_is_altered() {
    let (mut drawn, _) = Drawn::three();
    drawn.log[4].payload = "7".into();
    drawn.assert(Altered, 1);
    let (mut drawn, _) = Drawn::three();
    drawn.log[4].tags.push(Tag::new("extra").expect("a tag"));
    drawn.assert(Altered, 1);
    // Metadata belongs to what the first append wrote.
    let (mut drawn, _) = Drawn::three();
    drawn.log[0].metadata = Metadata::new().with_actor("eve").into();
    drawn.assert(Altered, 1);
}

#[test]
fn a_commit_is_written_twice() {
    let (mut drawn, [(first, committed), ..]) = Drawn::three();
    drawn.answered(&first, &Ok(committed));
    drawn.assert(WrittenTwice, 2);
}

#[test]
fn a_duplicate_of_nothing() {
    let mut drawn = Drawn::new();
    let commit = commit("ada", Any, 1);
    let committed = now_written(&mut drawn, &commit);
    drawn.answered(
        &commit,
        &Ok(Committed {
            duplicate: true,
            ..committed
        }),
    );
    drawn.assert(FalseDuplicate, 1);
}

/// Writes past the history, as nobody may.
fn now_written(drawn: &mut Drawn, commit: &Commit) -> Committed {
    let committed = super::drawn::now(drawn.store.append(commit.clone())).expect("an append");
    drawn.log = drawn.page(0, 1000).events;
    committed
}

#[test]
fn nobody_asked() {
    let mut drawn = Drawn::new();
    now_written(&mut drawn, &commit("ada", Any, 1));
    drawn.assert(Unasked, 0);
}

#[test]
fn refused_but_written() {
    let mut drawn = Drawn::new();
    let commit = commit("ada", Any, 1);
    now_written(&mut drawn, &commit);
    drawn.answered(&commit, &Err(unavailable()));
    drawn.assert(RefusedButWritten, 1);
    // Unless another append of it may have been the one.
    drawn.note(Operation::append(&commit, None));
    assert_eq!(drawn.check().map(|checked| checked.unknown_written), Ok(1));
}

#[test]
fn an_unknown_outcome_is_all_or_nothing() {
    let mut drawn = Drawn::new();
    let both = commit("ada", Any, 2);
    drawn.note(Operation::append(&both, None));
    assert!(drawn.check().is_ok());
    let mut half = both.clone();
    half.streams[0].events.pop();
    now_written(&mut drawn, &half);
    drawn.assert(Altered, 1);
}

#[test]
fn an_expected_version_is_ignored() {
    let mut drawn = Drawn::new();
    drawn.append(&commit("ada", Any, 3)).expect("an append");
    let mut expects = commit("ada", Any, 1);
    let committed = now_written(&mut drawn, &expects);
    expects.streams[0].expected = Exact(Version::new(2));
    drawn.answered(&expects, &Ok(committed));
    drawn.assert(ExpectedVersionIgnored, 1);
}

#[test]
fn two_winners() {
    let mut drawn = Drawn::new();
    drawn
        .append(&commit("ada", NoStream, 1))
        .expect("an append");
    let mut second = commit("ada", Any, 1);
    let committed = now_written(&mut drawn, &second);
    second.streams[0].expected = NoStream;
    drawn.answered(&second, &Ok(committed));
    drawn.assert(TwoWinners, 2);
    // Also where nobody was told that the second one won.
    let mut drawn = Drawn::new();
    drawn
        .append(&commit("ada", NoStream, 1))
        .expect("an append");
    let mut second = commit("ada", Any, 1);
    now_written(&mut drawn, &second);
    second.streams[0].expected = NoStream;
    drawn.note(Operation::append(&second, None));
    drawn.assert(TwoWinners, 2);
}

#[test]
fn a_condition_is_ignored() {
    let tag = Tag::new("isbn:1").expect("a tag");
    let tagged = |id| {
        let mut commit = commit(id, Any, 1);
        commit.streams[0].events[0] = event("{}").with_tag(tag.clone());
        commit
    };
    let condition = |after| AppendCondition {
        none_of: vec![Filter::all().tag(tag.clone())],
        after: Position::new(after),
    };
    for (after, holds) in [(0, false), (1, false), (2, true)] {
        let mut drawn = Drawn::new();
        drawn.append(&commit("eve", Any, 1)).expect("an append");
        drawn.append(&tagged("ada")).expect("an append");
        let mut second = tagged("bob");
        let committed = now_written(&mut drawn, &second);
        second.condition = Some(condition(after));
        drawn.answered(&second, &Ok(committed));
        if holds {
            assert!(drawn.check().is_ok());
        } else {
            drawn.assert(ConditionIgnored, 1);
        }
    }
}

#[test]
fn an_acknowledged_append_lies_behind_a_later_one() {
    let mut drawn = Drawn::new();
    let (first, second) = (commit("ada", Any, 1), commit("bob", Any, 1));
    let committed = now_written(&mut drawn, &first);
    let answer = Ok(committed);
    // `second` was acknowledged before `first` began.
    let behind = Ok(now_written(&mut drawn, &second));
    drawn.note_at(1, Some(2), Operation::append(&second, Some(&behind)));
    drawn.note_at(3, Some(4), Operation::append(&first, Some(&answer)));
    drawn.assert(Reordered, 2);
    // At the same time either may be first.
    let (log, mut drawn) = (drawn.log, Drawn::new());
    drawn.log = log;
    drawn.note_at(1, Some(3), Operation::append(&second, Some(&behind)));
    drawn.note_at(2, Some(4), Operation::append(&first, Some(&answer)));
    assert!(drawn.check().is_ok());
}
