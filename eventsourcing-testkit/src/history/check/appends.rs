//! Every commit of the log was asked for and is as asked; every acknowledged append is in the log.

use std::collections::HashMap;

use eventsourcing::{CommitId, Committed, ExpectedVersion, Position, RecordedEvent, Version};

use super::log::{Log, Moments};
use super::matches::Matches;
use super::{Call, Span, Violation, ViolationKind as Kind};
use crate::history::call::{Answer, Append, Asked, Part};
use crate::history::digest;

/// The appends of each commit id, by call number.
struct Attempts<'a> {
    calls: &'a [Call],
    by_id: HashMap<CommitId, Vec<usize>>,
}

impl<'a> Attempts<'a> {
    fn new(calls: &'a [Call]) -> Self {
        let mut by_id: HashMap<_, Vec<_>> = HashMap::new();
        for (number, call) in calls.iter().enumerate() {
            if let Asked::Append(append) = &call.operation.0 {
                by_id.entry(append.commit_id).or_default().push(number);
            }
        }
        Self { calls, by_id }
    }

    fn of(&self, id: CommitId) -> impl Iterator<Item = (usize, &'a Append)> {
        let numbers = self.by_id.get(&id).into_iter().flatten();
        numbers.filter_map(|number| match &self.calls[*number].operation.0 {
            Asked::Append(append) => Some((*number, &**append)),
            _ => None,
        })
    }
}

/// Checks both ways, and says when each commit of the log was under way.
pub(super) fn check<'a>(
    calls: &'a [Call],
    log: &'a Log<'a>,
    matches: &mut Matches<'a>,
) -> Result<Vec<Span>, Violation> {
    let attempts = Attempts::new(calls);
    for (number, call) in calls.iter().enumerate() {
        if let Asked::Append(append) = &call.operation.0
            && let Answer::Written(committed) = &append.answer
        {
            acknowledged(append, committed, log).map_err(|it| it.at(calls, number))?;
        }
    }
    let mut spans = Vec::with_capacity(log.commits.len());
    for commit in 0..log.commits.len() {
        spans.push(written(commit, &attempts, log, matches)?);
    }
    Ok(spans)
}

/// Checks that an acknowledged append is in the log, where it was said to be.
fn acknowledged(append: &Append, committed: &Committed, log: &Log<'_>) -> Result<(), Violation> {
    let (id, receipt) = (append.commit_id, committed.receipt);
    let Some(commit) = log.by_id.get(&id) else {
        let what = format!(
            "commit {id} was acknowledged at position {} and is not in the log",
            receipt.first
        );
        return Err(Violation::new(Kind::Lost, what));
    };
    let events = log.events_of(*commit);
    if !same_content(append, events) {
        let what = format!(
            "commit {id}, acknowledged at position {}, has other content in the log",
            receipt.first
        );
        return Err(Violation::new(Kind::Altered, what));
    }
    let (first, last) = (&events[0], &events[events.len() - 1]);
    let right = receipt.commit_id == id
        && (receipt.first, receipt.last) == (first.position, last.position)
        && receipt.recorded_at == first.recorded_at
        && Committed::repeated(events).is_some_and(|there| there.versions == committed.versions);
    if right {
        return Ok(());
    }
    let what = format!(
        "commit {id} lies at {}..={}, and its receipt says {}..={}, versions {:?}",
        first.position, last.position, receipt.first, receipt.last, committed.versions
    );
    Err(Violation::new(Kind::Misplaced, what))
}

fn same_content(append: &Append, events: &[RecordedEvent]) -> bool {
    append.digests().eq(events.iter().map(digest::of_content))
}

/// Checks that somebody may have written a commit of the log as it is.
fn written<'a>(
    commit: usize,
    attempts: &Attempts<'a>,
    log: &'a Log<'a>,
    matches: &mut Matches<'a>,
) -> Result<Span, Violation> {
    let events = log.events_of(commit);
    let (id, position) = (events[0].commit_id, events[0].position);
    let (mut writer, mut unknown) = (None, Vec::new());
    let mut unfit = None;
    for (number, append) in attempts.of(id) {
        match &append.answer {
            Answer::Written(Committed {
                duplicate: false, ..
            }) => {
                if let Some((earlier, _)) = writer.replace((number, append)) {
                    let what = format!("commit {id} was acknowledged twice as newly written");
                    let violation = Violation::new(Kind::WrittenTwice, what);
                    return Err(violation
                        .at(attempts.calls, earlier)
                        .at(attempts.calls, number));
                }
            }
            Answer::Unknown if same_content(append, events) => unknown.push((number, append)),
            Answer::Unknown => {
                let what = format!("commit {id} at {position} has other content than was written");
                unfit = Some(Violation::new(Kind::Altered, what).at(attempts.calls, number));
            }
            _ => {}
        }
    }
    let candidates = writer.map_or(unknown, |writer| vec![writer]);
    for (number, append) in &candidates {
        match fits(append, commit, attempts, log, matches) {
            Ok(()) => {
                // If nobody was told, it may have happened at any time since the first who may have done it.
                let begun = candidates
                    .iter()
                    .map(|(number, _)| attempts.calls[*number].begun);
                let begun = begun.min().unwrap_or_default();
                let ended = writer.and(attempts.calls[*number].ended);
                return Ok(Span::written(
                    *number,
                    begun,
                    ended,
                    Moments::of_commit(commit),
                ));
            }
            Err(violation) => {
                unfit.get_or_insert(violation.at(attempts.calls, *number));
            }
        }
    }
    Err(unfit.unwrap_or_else(|| nobody(id, position, attempts)))
}

/// The commit is there, and nobody can have written it.
fn nobody(id: CommitId, position: Position, attempts: &Attempts<'_>) -> Violation {
    let mut all = attempts.of(id).peekable();
    if all.peek().is_none() {
        let what = format!("commit {id} at {position} was never appended");
        return Violation::new(Kind::Unasked, what);
    }
    let repeated = |append: &Append| matches!(append.answer, Answer::Written(_));
    let (kind, what) = if attempts.of(id).any(|(_, append)| repeated(append)) {
        (
            Kind::FalseDuplicate,
            "was acknowledged as written before, but nobody had",
        )
    } else {
        (Kind::RefusedButWritten, "was refused, but is in the log")
    };
    let violation = Violation::new(kind, format!("commit {id} at {position} {what}"));
    all.fold(violation, |violation, (number, _)| {
        violation.at(attempts.calls, number)
    })
}

/// Checks that a commit of the log is what this append was to write, and was allowed to.
fn fits<'a>(
    append: &'a Append,
    commit: usize,
    attempts: &Attempts<'a>,
    log: &Log<'a>,
    matches: &mut Matches<'a>,
) -> Result<(), Violation> {
    let events = log.events_of(commit);
    let (id, first) = (append.commit_id, log.commits[commit].start);
    if append.metadata != digest::of_metadata(&events[0].metadata)
        || events
            .iter()
            .any(|event| event.metadata != events[0].metadata)
    {
        let what = format!("commit {id} has other metadata than was written");
        return Err(Violation::new(Kind::Altered, what));
    }
    let mut rest = events;
    for part in &append.parts {
        let base = Version::new(rest[0].version.get() - 1);
        if !part.expected.accepts(base) {
            return Err(not_as_expected(id, part, base, attempts, log));
        }
        rest = &rest[part.events.len()..];
    }
    let Some(condition) = &append.condition else {
        return Ok(());
    };
    for filter in &condition.none_of {
        if let Some(index) = matches.first_behind(filter, condition.after)
            && index < first
        {
            let (position, other) = (log.events[index].position, log.events[index].commit_id);
            let what = format!(
                "commit {id} at {} was written on condition of no match behind {}, but position {position} of commit \
                 {other} matches {filter:?}",
                log.events[first].position, condition.after
            );
            return Err(Violation::new(Kind::ConditionIgnored, what));
        }
    }
    Ok(())
}

fn not_as_expected(
    id: CommitId,
    part: &Part,
    base: Version,
    attempts: &Attempts<'_>,
    log: &Log<'_>,
) -> Violation {
    let Part {
        stream, expected, ..
    } = part;
    let wanted = match expected {
        ExpectedVersion::Exact(version) => usize::try_from(version.get()).ok(),
        ExpectedVersion::NoStream => Some(0),
        ExpectedVersion::Any | ExpectedVersion::Exists => None,
    };
    let next = wanted.and_then(|wanted| log.streams.get(stream)?.get(wanted));
    let rival = next.and_then(|index| {
        let same = |other: &Part| other.stream == *stream && other.expected == *expected;
        let mut rivals = attempts.of(log.events[*index].commit_id);
        rivals.find(|(_, append)| append.commit_id != id && append.parts.iter().any(same))
    });
    if let Some((number, append)) = rival {
        let what = format!(
            "commits {} and {id} both expected `{stream}` at {expected}, and both were written",
            append.commit_id
        );
        return Violation::new(Kind::TwoWinners, what).at(attempts.calls, number);
    }
    let what =
        format!("commit {id} expected `{stream}` at {expected}, but was written at version {base}");
    Violation::new(Kind::ExpectedVersionIgnored, what)
}
