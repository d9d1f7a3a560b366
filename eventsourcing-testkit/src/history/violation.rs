//! [`Violation`]: what a store did that it must not do.

use std::error::Error;
use std::fmt;

use eventsourcing::ReadError;

use super::Call;

/// What a store did that it must not do, and in which calls it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise was broken.
    pub kind: ViolationKind,
    /// What was found, in a sentence.
    pub what: String,
    /// The calls concerned, in words.
    pub calls: Vec<String>,
}

/// The promises that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// The final log cannot be read.
    Unreadable,
    /// The log's positions or times step back.
    Disordered,
    /// A commit is in several pieces or not whole in the log.
    TornCommit,
    /// A stream's versions are not 1..n.
    BrokenChain,
    /// An acknowledged commit is not in the log.
    Lost,
    /// An acknowledged commit is elsewhere than its receipt says.
    Misplaced,
    /// A commit or an event has other content than was written or is in the log.
    Altered,
    /// The same commit was acknowledged twice as newly written.
    WrittenTwice,
    /// A commit was acknowledged as written earlier, but nobody had.
    FalseDuplicate,
    /// A commit is in the log that nobody appended.
    Unasked,
    /// A commit is in the log though every append of it was refused.
    RefusedButWritten,
    /// A commit was written to a stream that was not at the version it expected.
    ExpectedVersionIgnored,
    /// Two commits that expected the same version were both written.
    TwoWinners,
    /// A commit was written though an event matched its condition.
    ConditionIgnored,
    /// A conflict was reported with a version that the stream did not have, or that was expected.
    FalseConflict,
    /// A failed condition was reported that did not fail, or not there.
    FalseConditionFailure,
    /// A commit id was reported as used for other content, but was not.
    FalseReuse,
    /// A commit that had been written was appended again and refused.
    RepetitionRefused,
    /// A page is larger than asked for, or does not lead on.
    BadPage,
    /// A reader was not shown an event that lies before one that it could see.
    Skipped,
    /// A reader was shown something that is not in the log, or not what it asked for.
    Phantom,
    /// A reader saw part of a commit.
    TornRead,
    /// A reader was told of a head or version that the log does not reach.
    BeyondLog,
    /// A commit that was acknowledged before another was begun lies behind it in the log.
    Reordered,
    /// A read did not show what had been acknowledged before it began.
    StaleRead,
    /// A read did not show what an earlier read had shown.
    WentBack,
    /// A read showed what had not been appended yet.
    SeenEarly,
}

impl Violation {
    pub(super) fn new(kind: ViolationKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            calls: Vec::new(),
        }
    }

    pub(super) fn unreadable(error: &ReadError) -> Self {
        Self::new(
            ViolationKind::Unreadable,
            format!("the final log cannot be read: {error}"),
        )
    }

    /// Names a call that it concerns.
    pub(super) fn at(mut self, calls: &[Call], number: usize) -> Self {
        let Call {
            begun,
            ended,
            operation,
        } = &calls[number];
        let ended = ended.map_or("open".to_owned(), |ended| ended.to_string());
        self.calls.push(format!(
            "call {number} from {begun} to {ended}: {operation}"
        ));
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "first violation: {:?}: {}", self.kind, self.what)?;
        self.calls
            .iter()
            .try_for_each(|call| write!(f, "\n  {call}"))
    }
}

impl Error for Violation {}
