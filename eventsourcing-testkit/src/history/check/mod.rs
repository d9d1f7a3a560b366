//! The checker: what every call says is compared with the final log, then with every other call.

mod appends;
mod log;
mod matches;
mod order;
mod reads;
mod refusals;

use eventsourcing::RecordedEvent;

use self::log::Log;
use self::matches::Matches;
use self::order::{Role, Span};
use super::call::{Answer, Asked};
use super::violation::Violation;
use super::{Call, ViolationKind};

/// What a history without violations consisted of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Calls in all.
    pub calls: usize,
    /// Appends that were acknowledged, repetitions included.
    pub acknowledged: usize,
    /// Acknowledged appends that found their commit written before.
    pub repeated: usize,
    /// Appends refused because of a conflict.
    pub conflicts: usize,
    /// Appends refused because of a condition.
    pub conditions_failed: usize,
    /// Appends refused for any other reason.
    pub refused: usize,
    /// Appends whose caller never learned what became of them.
    pub unknown: usize,
    /// Reads that were answered.
    pub reads: usize,
    /// Commits in the log.
    pub commits: usize,
    /// Commits in the log that no caller was told of.
    pub unknown_written: usize,
    /// Events in the log.
    pub events: usize,
    /// Events in the log that belong to an acknowledged commit.
    pub acknowledged_events: usize,
}

pub(super) fn check(calls: &[Call], log: &[RecordedEvent]) -> Result<Checked, Violation> {
    let log = Log::new(log)?;
    let mut matches = Matches::new(&log);
    let mut spans = appends::check(calls, &log, &mut matches)?;
    for (number, call) in calls.iter().enumerate() {
        let found = match &call.operation.0 {
            Asked::Append(append) => refusals::check(append, &log, &mut matches),
            _ => reads::check(&call.operation.0, &log, &mut matches),
        };
        let Some(claim) = found.map_err(|violation| violation.at(calls, number))? else {
            continue;
        };
        spans.push(Span::new(number, call, claim));
    }
    order::check(calls, spans)?;
    Ok(count(calls, &log))
}

fn count(calls: &[Call], log: &Log<'_>) -> Checked {
    let mut checked = Checked {
        calls: calls.len(),
        commits: log.commits.len(),
        events: log.events.len(),
        ..Checked::default()
    };
    let mut acknowledged = vec![false; log.commits.len()];
    for call in calls {
        let Asked::Append(append) = &call.operation.0 else {
            checked.reads += usize::from(!matches!(call.operation.0, Asked::Failed(_)));
            continue;
        };
        match &append.answer {
            Answer::Written(committed) => {
                checked.acknowledged += 1;
                checked.repeated += usize::from(committed.duplicate);
                if let Some(commit) = log.by_id.get(&append.commit_id) {
                    acknowledged[*commit] = true;
                }
            }
            Answer::Unknown => checked.unknown += 1,
            Answer::Conflict { .. } => checked.conflicts += 1,
            Answer::ConditionFailed(_) => checked.conditions_failed += 1,
            Answer::Reused(_) | Answer::Refused(_) => checked.refused += 1,
        }
    }
    for (range, acknowledged) in log.commits.iter().zip(acknowledged) {
        if acknowledged {
            checked.acknowledged_events += range.len();
        } else {
            checked.unknown_written += 1;
        }
    }
    checked
}
