//! Logs that contradict themselves.

use eventsourcing::*;
use eventsourcing_testkit::history::ViolationKind::*;

use super::drawn::Drawn;

#[test]
fn positions_step_back() {
    let (mut drawn, _) = Drawn::three();
    drawn.log[4].position = Position::new(4);
    drawn.assert(Disordered, 0);
}

#[test]
fn times_step_back() {
    let (mut drawn, _) = Drawn::three();
    drawn.log[0].recorded_at = Timestamp::from_micros(i64::MAX);
    drawn.assert(Disordered, 0);
}

#[test]
fn a_commit_lacks_its_end() {
    let (mut drawn, _) = Drawn::three();
    drawn.log.pop();
    drawn.assert(TornCommit, 0);
}

#[test]
fn a_commit_is_in_two_pieces() {
    let (mut drawn, _) = Drawn::three();
    drawn.log.swap(2, 3);
    for (index, event) in drawn.log.iter_mut().enumerate() {
        event.position = Position::new(index as u64 + 1);
    }
    drawn.assert(TornCommit, 0);
}

#[test]
fn a_version_is_missing() {
    let (mut drawn, _) = Drawn::three();
    drawn.log[3].version = Version::new(3);
    drawn.assert(BrokenChain, 0);
}

#[test]
fn a_violation_names_the_calls() {
    let (mut drawn, commits) = Drawn::three();
    drawn.log.truncate(3);
    let violation = drawn.check().expect_err("the last commit is lost");
    let id = commits[2].0.commit_id;
    let text = violation.to_string();
    let expected = format!(
        "first violation: Lost: commit {id} was acknowledged at position 4 and is not in the log\n  \
         call 2 from 5 to 6: append of {id}, 2 to `account-ada` at any version: written at 4..=5"
    );
    assert_eq!(text, expected);
}
