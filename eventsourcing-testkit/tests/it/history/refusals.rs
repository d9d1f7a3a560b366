//! Refusals that are not true.

use eventsourcing::ExpectedVersion::{Any, Exact, NoStream};
use eventsourcing::*;
use eventsourcing_testkit::history::Operation;
use eventsourcing_testkit::history::ViolationKind::*;

use super::drawn::{Drawn, account, commit, event};

fn conflict(expected: ExpectedVersion, actual: u64) -> Result<Committed, AppendError> {
    Err(AppendError::Conflict {
        stream: account("ada"),
        expected,
        actual: Version::new(actual),
    })
}

#[test]
fn a_conflict_with_a_version_that_was_expected() {
    let (mut drawn, _) = Drawn::three();
    drawn.answered(&commit("ada", Any, 1), &conflict(Any, 3));
    drawn.assert(FalseConflict, 1);
}

#[test]
fn a_conflict_with_a_version_that_never_was() {
    let expected = Exact(Version::new(9));
    let (mut drawn, _) = Drawn::three();
    drawn.answered(&commit("ada", expected, 1), &conflict(expected, 4));
    drawn.assert(FalseConflict, 1);
    // Nor within a commit.
    let (mut drawn, _) = Drawn::three();
    drawn.answered(&commit("ada", expected, 1), &conflict(expected, 2));
    drawn.assert(FalseConflict, 1);
    // Nor in a stream that it does not write.
    let (mut drawn, _) = Drawn::three();
    drawn.answered(&commit("bob", expected, 1), &conflict(expected, 3));
    drawn.assert(FalseConflict, 1);
}

#[test]
fn a_conflict_with_a_version_of_another_time() {
    // `ada` is at version 1 from the first commit (ended at 2) to the last (begun at 5).
    for (begun, ended, holds) in [(3, 4, true), (1, 2, true), (3, 9, true), (7, 8, false)] {
        let (mut drawn, _) = Drawn::three();
        let expected = NoStream;
        let operation =
            Operation::append(&commit("ada", expected, 1), Some(&conflict(expected, 1)));
        drawn.note_at(begun, Some(ended), operation);
        if holds {
            assert!(drawn.check().is_ok());
        } else {
            drawn.assert(FalseConflict, 2);
        }
    }
}

#[test]
fn a_conflict_with_a_version_to_come() {
    let mut drawn = Drawn::new();
    drawn.answered(&commit("ada", NoStream, 1), &conflict(NoStream, 1));
    drawn.append(&commit("ada", Any, 1)).expect("an append");
    drawn.assert(SeenEarly, 2);
}

fn guarded(after: u64) -> Commit {
    let tag = Tag::new("isbn:1").expect("a tag");
    commit("bob", NoStream, 1).with_condition(AppendCondition {
        none_of: vec![Filter::all().tag(tag)],
        after: Position::new(after),
    })
}

fn failed(position: u64) -> Result<Committed, AppendError> {
    Err(AppendError::ConditionFailed {
        position: Position::new(position),
    })
}

/// Two events with the tag, at 2 and 3.
fn tagged() -> Drawn {
    let mut drawn = Drawn::new();
    drawn.append(&commit("ada", Any, 1)).expect("an append");
    for _ in 0..2 {
        let mut commit = commit("ada", Any, 1);
        commit.streams[0].events[0] = event("{}").with_tag(Tag::new("isbn:1").expect("a tag"));
        drawn.append(&commit).expect("an append");
    }
    drawn
}

#[test]
fn a_condition_that_failed_elsewhere() {
    for (after, position, holds) in [
        (0, 2, true),
        (1, 2, true),
        (2, 3, true),
        (0, 3, false),
        (2, 2, false),
        (3, 3, false),
        (0, 1, false),
    ] {
        let mut drawn = tagged();
        drawn.answered(&guarded(after), &failed(position));
        if holds {
            assert!(drawn.check().is_ok());
        } else {
            drawn.assert(FalseConditionFailure, 1);
        }
    }
    let mut drawn = tagged();
    drawn.answered(&commit("bob", Any, 1), &failed(2));
    drawn.assert(FalseConditionFailure, 1);
}

#[test]
fn a_condition_that_failed_where_a_version_conflicts() {
    let mut drawn = tagged();
    let mut guarded = guarded(0);
    guarded.streams[0].stream = account("ada");
    drawn.answered(&guarded, &failed(2));
    drawn.assert(FalseConditionFailure, 1);
}

#[test]
fn an_id_that_was_not_reused() {
    let reused = |commit: &Commit, position| {
        Err(AppendError::CommitIdReused {
            commit_id: commit.commit_id,
            position: Position::new(position),
        })
    };
    let (mut drawn, _) = Drawn::three();
    let fresh = commit("ada", Any, 1);
    drawn.answered(&fresh, &reused(&fresh, 1));
    drawn.assert(FalseReuse, 1);

    let (mut drawn, [(first, _), ..]) = Drawn::three();
    let mut other = commit("eve", Any, 1);
    other.commit_id = first.commit_id;
    drawn.answered(&other, &reused(&other, 1));
    assert!(drawn.check().is_ok());
    drawn.answered(&other, &reused(&other, 2));
    drawn.assert(FalseReuse, 1);

    let (mut drawn, [(first, _), ..]) = Drawn::three();
    drawn.answered(&first, &reused(&first, 1));
    drawn.assert(RepetitionRefused, 1);
}

#[test]
fn a_repetition_is_refused() {
    let mut drawn = Drawn::new();
    let first = commit("ada", NoStream, 1);
    drawn.append(&first).expect("an append");
    drawn.answered(&first, &conflict(NoStream, 1));
    drawn.assert(RepetitionRefused, 1);

    // Refused when it could have been known: there was a time when the version was right and the commit absent.
    let mut drawn = Drawn::new();
    let mut again = commit("ada", Exact(Version::new(5)), 1);
    drawn.append(&commit("ada", Any, 1)).expect("an append");
    again.streams[0].expected = Exact(Version::new(1));
    drawn.append(&again).expect("an append");
    again.streams[0].expected = NoStream;
    drawn.answered(&again, &conflict(NoStream, 1));
    drawn.assert(RepetitionRefused, 2);
}
