//! Refusals tell the truth.

use eventsourcing::{ExpectedVersion, Position, StreamId, Version};

use super::log::{Log, Moments};
use super::matches::Matches;
use super::order::Claim;
use super::{Role, Violation, ViolationKind as Kind};
use crate::history::call::{Answer, Append, Part};
use crate::history::digest;

/// What an append's answer says about the log beside the commit itself.
pub(super) fn check<'a>(
    append: &'a Append,
    log: &Log<'a>,
    matches: &mut Matches<'a>,
) -> Result<Option<Claim>, Violation> {
    let known = log.by_id.get(&append.commit_id).copied();
    let (moments, kind) = match &append.answer {
        Answer::Unknown | Answer::Refused(_) => return Ok(None),
        // Where it is in the log has been checked already.
        Answer::Written(committed) => {
            let commit = known.filter(|_| committed.duplicate);
            return Ok(commit.map(|commit| Claim {
                moments: Moments::since(commit),
                role: Role::Read,
            }));
        }
        Answer::Reused(position) => {
            let moments = reused(append, *position, known, log)?;
            return Ok(Some(Claim {
                moments,
                role: Role::Read,
            }));
        }
        Answer::Conflict { stream, actual } => {
            (conflict(append, stream, *actual, log)?, Kind::FalseConflict)
        }
        Answer::ConditionFailed(position) => (
            condition_failed(append, *position, log, matches)?,
            Kind::FalseConditionFailure,
        ),
    };
    // Had the commit been there, the answer would have been that it is.
    let fresh = known.map_or(Moments::always(), Moments::until);
    let moments = moments.and(fresh).ok_or_else(|| repetition(append))?;
    Ok(Some(Claim {
        moments,
        role: Role::Refused {
            kind,
            fresh: fresh.most,
        },
    }))
}

fn repetition(append: &Append) -> Violation {
    let what = format!(
        "commit {} had been written and was refused when it was appended again",
        append.commit_id
    );
    Violation::new(Kind::RepetitionRefused, what)
}

fn reused(
    append: &Append,
    position: Position,
    known: Option<usize>,
    log: &Log<'_>,
) -> Result<Moments, Violation> {
    let Some(commit) = known else {
        let what = format!("commit id {} was not used before", append.commit_id);
        return Err(Violation::new(Kind::FalseReuse, what));
    };
    let events = log.events_of(commit);
    if events[0].position != position {
        let what = format!(
            "commit id {} was used before, but at position {}",
            append.commit_id, events[0].position
        );
        return Err(Violation::new(Kind::FalseReuse, what));
    }
    if append.digests().eq(events.iter().map(digest::of_content)) {
        return Err(repetition(append));
    }
    Ok(Moments::since(commit))
}

fn conflict(
    append: &Append,
    stream: &StreamId,
    actual: Version,
    log: &Log<'_>,
) -> Result<Moments, Violation> {
    let false_conflict = |what| Violation::new(Kind::FalseConflict, what);
    let part = append.parts.iter().find(|part| part.stream == *stream);
    let Some(part) = part else {
        let what = format!("the conflict is in `{stream}`, which the commit does not write");
        return Err(false_conflict(what));
    };
    let expected = part.expected;
    if expected.accepts(actual) {
        let what = format!("`{stream}` at version {actual} meets the expectation, {expected}");
        return Err(false_conflict(what));
    }
    log.stream_at(stream, actual)
        .map_err(|violation| false_conflict(violation.what))
}

fn condition_failed<'a>(
    append: &'a Append,
    position: Position,
    log: &Log<'a>,
    matches: &mut Matches<'a>,
) -> Result<Moments, Violation> {
    let false_failure = |what| Violation::new(Kind::FalseConditionFailure, what);
    let Some(condition) = &append.condition else {
        return Err(false_failure("there was no condition".into()));
    };
    let filters = condition.none_of.iter();
    let first = filters
        .filter_map(|filter| matches.first_behind(filter, condition.after))
        .min();
    let first = first.filter(|first| log.events[*first].position == position);
    let Some(first) = first else {
        let what = format!(
            "position {position} is not the first behind {} that matches the condition",
            condition.after
        );
        return Err(false_failure(what));
    };
    // Where a version conflicts as well, that is reported; so none did.
    let mut moments = Moments::since(log.commit_of[first]);
    for part in &append.parts {
        let both = accepted(part, log).and_then(|accepted| moments.and(accepted));
        moments = both.ok_or_else(|| {
            let (stream, expected) = (&part.stream, part.expected);
            let what = format!(
                "when position {position} was there, `{stream}` was not at {expected}: a conflict"
            );
            false_failure(what)
        })?;
    }
    Ok(moments)
}

/// When a stream was as expected; `None` if never.
fn accepted(part: &Part, log: &Log<'_>) -> Option<Moments> {
    match part.expected {
        ExpectedVersion::Any => Some(Moments::always()),
        ExpectedVersion::NoStream => log.stream_at(&part.stream, Version::EMPTY).ok(),
        ExpectedVersion::Exact(version) => log.stream_at(&part.stream, version).ok(),
        ExpectedVersion::Exists => {
            let indices = log.streams.get(&part.stream)?;
            Some(Moments::since(log.commit_of[indices[0]]))
        }
    }
}
