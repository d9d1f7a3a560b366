//! One order explains all calls: the log's.
//!
//! Each call says at which moments of the log it can have happened (see [`Moments`]). A call that returned before another
//! was invoked happened first. So the least moment of each call is the greatest of its own and of all that had returned
//! before it began; if that is later than the call allows, no order explains both.

use super::log::Moments;
use super::{Call, Violation, ViolationKind as Kind};

/// What a call says about when it happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) moments: Moments,
    pub(super) role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It wrote a commit.
    Write,
    /// It saw the log.
    Read,
    /// It was refused: a violation of this kind if that was not true; later than `fresh` its own commit was there.
    Refused { kind: Kind, fresh: u64 },
}

/// A call in time.
#[derive(Debug)]
pub(super) struct Span {
    call: usize,
    begun: u64,
    ended: Option<u64>,
    claim: Claim,
}

impl Span {
    pub(super) fn new(number: usize, call: &Call, claim: Claim) -> Self {
        Self {
            call: number,
            begun: call.begun,
            ended: call.ended,
            claim,
        }
    }

    pub(super) fn written(call: usize, begun: u64, ended: Option<u64>, moments: Moments) -> Self {
        let role = Role::Write;
        let claim = Claim { moments, role };
        Self {
            call,
            begun,
            ended,
            claim,
        }
    }
}

/// Goes through the calls as they began and ended.
pub(super) fn check(calls: &[Call], mut spans: Vec<Span>) -> Result<(), Violation> {
    spans.sort_by_key(|span| span.begun);
    let mut ends: Vec<_> = (0..spans.len())
        .filter(|span| spans[*span].ended.is_some())
        .collect();
    ends.sort_by_key(|span| spans[*span].ended);
    let mut ends = ends.into_iter().peekable();
    // The latest moment that somebody who has returned is known to have reached, and who.
    let (mut floor, mut reached_by) = (0, None);
    for span in &spans {
        while let Some(end) = ends.next_if(|end| spans[*end].ended < Some(span.begun)) {
            let least = spans[end].claim.moments.least;
            if least > floor {
                (floor, reached_by) = (least, Some(end));
            }
        }
        if floor > span.claim.moments.most
            && let Some(earlier) = reached_by
        {
            return Err(contradiction(calls, &spans[earlier], span, floor));
        }
    }
    Ok(())
}

fn contradiction(calls: &[Call], earlier: &Span, later: &Span, floor: u64) -> Violation {
    let (kind, what) = match (earlier.claim.role, later.claim.role) {
        (_, Role::Refused { fresh, .. }) if floor > fresh => (
            Kind::RepetitionRefused,
            "the second call repeats a commit that was known to be written, and is refused",
        ),
        (_, Role::Refused { kind, .. }) => (
            kind,
            "when the second call was refused for what the log had been, the first had seen more of it",
        ),
        (Role::Write, Role::Write) => (
            Kind::Reordered,
            "the first call's commit lies behind the second's, which began when it had been acknowledged",
        ),
        (Role::Write, _) => (
            Kind::StaleRead,
            "the second call began when the first's commit had been acknowledged, and does not see it",
        ),
        (_, Role::Write) => (
            Kind::SeenEarly,
            "the first call saw the log as it was after the second call's commit, which had not begun",
        ),
        (_, Role::Read) => (
            Kind::WentBack,
            "the second call began when the first had returned, and saw less of the log",
        ),
    };
    Violation::new(kind, what)
        .at(calls, earlier.call)
        .at(calls, later.call)
}
