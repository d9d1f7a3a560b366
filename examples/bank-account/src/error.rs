//! What can go wrong in the program, each in one line.

use std::io;
use std::path::PathBuf;

use eventsourcing::{
    AppendError, DecodeError, ExecuteError, LoadError, Position, ProjectionState, ProjectionStatus,
    ReadError, ReadModelError, RunnerError, SaveError, StopReason, SubscriptionError, WrongStream,
};

use eventsourcing_sled::{BackupError, OpenError};

use crate::domain::transfer::TransferError;
use crate::domain::{AccountError, AccountId, Minor, TransferId};
use crate::read::is_process;

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The bank refuses.
    #[error("account `{account}` {source}")]
    Refused {
        /// Which account.
        account: AccountId,
        /// Why.
        source: AccountError,
    },
    /// The account was not there yet.
    #[error("account `{account}` did not exist at {when}")]
    NotYet {
        /// Which account.
        account: AccountId,
        /// `version 0` or a time.
        when: String,
    },
    /// The key names another command.
    #[error("idempotency key `{0}` was used before for something else")]
    KeyReused(String),
    /// The key names a booking that was refused.
    #[error("was refused before: {reason}")]
    RefusedBefore {
        /// Why.
        reason: String,
    },
    /// There is nothing to read from.
    #[error("there is no store at {}; `open` or `import` makes one, `restore` one of a backup", .0.display())]
    NoStore(PathBuf),
    /// The store did not open.
    #[error("cannot open the store: {0}")]
    Open(OpenError),
    /// Only a store on the disk can be looked after.
    #[error("there is nothing to {0} in memory: it starts empty")]
    InMemory(&'static str),
    /// The store is damaged.
    #[error("verify found {0} {faults}", faults = if *.0 == 1 { "fault" } else { "faults" })]
    Faults(usize),
    /// Projections have not seen what is in the log.
    #[error("projections differ from the log in {0} {places}", places = if *.0 == 1 { "place" } else { "places" })]
    Uncovered(u64),
    /// There is no such parked event.
    #[error(
        "projection `{name}` has no parked event at position {position}; `parked list {name}` shows those it has"
    )]
    NotParked {
        /// The projection.
        name: String,
        /// What was asked for.
        position: Position,
    },
    /// No event has this name.
    #[error("there are no events `{name}`; there are: {}", known.join(", "))]
    UnknownType {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// An event had this name once.
    #[error("events `{name}` are {now} today", now = if now.is_empty() { "not read" } else { now })]
    FormerType {
        /// The name.
        name: String,
        /// What they are called today.
        now: String,
    },
    /// A transfer in steps was not begun.
    #[error("the transfer {0}")]
    Transfer(TransferError),
    /// A transfer in steps has not come about.
    #[error(
        "account `{account}` {reason}; {}",
        if *.returned { format!("{amount} went back") } else { "nothing has moved".into() }
    )]
    NotTransferred {
        /// Who is in the way.
        account: AccountId,
        /// Why.
        reason: String,
        /// How much.
        amount: Minor,
        /// Whether it had left the sender.
        returned: bool,
    },
    /// A transfer in steps has not ended.
    #[error("transfer {0} is still on its way: see `projections list` and `parked list transfer`")]
    OnItsWay(TransferId),
    /// The log cannot be followed.
    #[error(transparent)]
    Follow(#[from] SubscriptionError),
    /// A process cannot be built anew.
    #[error(
        "`{0}` acts on others, so it is neither reset nor rebuilt; `projections begin-anew {0}` lets it go on"
    )]
    Acts(String),
    /// One has stopped by itself.
    #[error("projection `{name}` has stopped: {}", why_stopped(name, reason))]
    Stopped {
        /// The projection.
        name: String,
        /// Why.
        reason: StopReason,
    },
    /// A projection could not do what it was to.
    #[error(transparent)]
    Projection(RunnerError),
    /// A read model cannot be read.
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    /// A backup was not taken or not restored.
    #[error("{what}: {source}")]
    Backup {
        /// What was not done.
        what: &'static str,
        /// Why.
        source: BackupError,
    },
    /// The accounts of a transfer kept changing.
    #[error("gave up after {attempts} attempts: {source}")]
    Contended {
        /// How often it was tried.
        attempts: u32,
        /// The last conflict.
        source: AppendError,
    },
    /// The store could not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An account could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// An event is not readable by this program.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A stream of the accounts' category that is no account.
    #[error(transparent)]
    WrongStream(#[from] WrongStream),
    /// A commit could not be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// A command failed for another reason than a refusal.
    #[error(transparent)]
    Execute(ExecuteError<AccountError>),
    /// The statement cannot be read.
    #[error("cannot read {} (line {line}): {source}", file.display())]
    Statement {
        /// Which file.
        file: PathBuf,
        /// Where in it.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    /// Ctrl-c cannot be waited for.
    #[error("cannot wait for ctrl-c: {0}")]
    Signal(#[source] io::Error),
    /// The program cannot start.
    #[error("cannot start: {0}")]
    Start(#[source] io::Error),
    /// A task of the program panicked: a bug.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoStore { path } => Self::NoStore(path),
            other => Self::Open(other),
        }
    }
}

impl From<RunnerError> for Error {
    fn from(error: RunnerError) -> Self {
        match error {
            RunnerError::Acts { name } => Self::Acts(name),
            RunnerError::Stopped { name, reason } => Self::Stopped { name, reason },
            other => Self::Projection(other),
        }
    }
}

impl Error {
    /// A command's failure, with the account it was about.
    pub(crate) fn of(account: &AccountId, error: ExecuteError<AccountError>) -> Self {
        match error {
            ExecuteError::Rejected(source) => Self::refused(account, source),
            ExecuteError::Load(source) => Self::Load(source),
            ExecuteError::Save(source) => Self::Save(source),
            other => Self::Execute(other),
        }
    }

    pub(crate) fn refused(account: &AccountId, source: AccountError) -> Self {
        let account = account.clone();
        Self::Refused { account, source }
    }

    /// Whether the reader of our output has gone, as in `history 42 | head`: nothing to complain about.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The text with its control characters escaped, so that it is one line whatever was in the input.
    pub(crate) fn one_line(&self) -> String {
        one_line(&self.to_string())
    }
}

/// Why a projection has stopped, with the verb that lets a process go on.
pub(crate) fn why_stopped(name: &str, reason: &StopReason) -> String {
    match reason {
        StopReason::OtherHistory { position, why } if is_process(name) => format!(
            "its progress at position {position} does not fit the log: {why}; `projections begin-anew {name}` lets it go on, and \
             repeats nothing that is recorded"
        ),
        StopReason::SkippedTooLate { position } if is_process(name) => format!(
            "it has applied the event at position {position}, which was left out later; `projections begin-anew {name} --after \
             {position}` lets it go on"
        ),
        reason => reason.to_string(),
    }
}

/// Why what is read of a projection does not go on, and what helps.
pub(crate) fn why_stale(status: &ProjectionStatus, why: &str) -> String {
    let name = &status.name;
    let is_paused = matches!(status.state, ProjectionState::Paused(_));
    let help = match &status.building {
        _ if is_process(name) => format!(
            "`projections begin-anew {name}` lets it go on, and repeats nothing that is recorded"
        ),
        Some(build) if is_paused => format!(
            "build {} takes its place once it is resumed: `projections resume {name}`",
            build.number
        ),
        Some(build) => format!(
            "build {} takes its place once it has caught up",
            build.number
        ),
        None if is_paused => format!("`projections rebuild {name}` builds it anew"),
        None => {
            format!("`projections rebuild {name}` builds it anew, as does `projections catch-up`")
        }
    };
    let end = if why.ends_with('?') { "" } else { ";" };
    format!("{why}{end} {help}")
}

/// A text with its control characters escaped.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}
