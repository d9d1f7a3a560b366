//! The command line.

mod deadline;
mod operator;

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use eventsourcing::{Position, StartAt, Timestamp};

pub(crate) use self::deadline::{Deadline, DormantAfter};
pub(crate) use self::operator::{As, Operated, ParkedVerb, ProjectionsVerb};
use crate::domain::{AccountId, Currency, Minor, Month};
use crate::log::Wanted;

/// A bank on the command line: every account is the sum of its events.
#[derive(Debug, Parser)]
#[command(name = "bank-account", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

/// What every verb understands.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// Where the events are: in a directory, or only in memory
    #[arg(
        long,
        global = true,
        value_name = "memory:|sled:PATH",
        default_value = "sled:bank.db"
    )]
    pub(crate) store: StoreUrl,
    /// Print one JSON object per line, amounts as integers of minor units
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Who does it; kept with the events. About projections and parked events, it is the user's name unless told otherwise
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) actor: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Open an account
    Open(Once<Open>),
    /// Put money into an account
    Deposit(Once<Deposit>),
    /// Take money out of an account
    Withdraw(Once<Withdraw>),
    /// Move money between two accounts, in one commit or in steps
    Transfer(Once<Transfer>),
    /// Close an account whose balance is zero
    Close(Once<Close>),
    /// Show an account as it is or as it was
    Show(Show),
    /// Show everything that happened to an account
    History(History),
    /// Show all accounts
    List,
    /// Look through the log, by type, time and payload
    Events(Events),
    /// Keep projections and processes going, and show what they do, as it happens; ctrl-c ends it. The store is open in one
    /// program at a time, so nobody else does anything meanwhile
    Tail(Tail),
    /// Show who has how much, by owner
    Balances(Balances),
    /// Show what came in and went out, by month
    Turnover(Turnover),
    /// Show the accounts that are below zero
    Overdrawn,
    /// Show transfers and how far they have come
    Transfers(Transfers),
    /// See to the projections, which keep balances, turnover, overdrawn and transfers, and to the processes
    #[command(subcommand)]
    Projections(ProjectionsVerb),
    /// See to events that a projection could not handle
    #[command(subcommand)]
    Parked(ParkedVerb),
    /// Import a bank statement; importing it again changes nothing
    Import(Import),
    /// Show how much the store holds
    Stats,
    /// Check every byte of the store, or of a backup, also if it is too damaged to be opened
    Verify,
    /// Copy the store into a new directory; what is acknowledged by now is in it
    Backup(Backup),
    /// Make the store of a backup; it must not be there yet
    Restore(Restore),
    /// Make the index anew from the events
    RebuildIndex,
}

impl Verb {
    /// Whether it makes sense in a store that is not there yet.
    pub(crate) fn creates_store(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Import(_))
    }

    /// The idempotency key, if it is one command, which can have one.
    pub(crate) fn idempotency_key(&self) -> Option<&str> {
        let key = match self {
            Self::Open(once) => &once.idempotency_key,
            Self::Deposit(once) => &once.idempotency_key,
            Self::Withdraw(once) => &once.idempotency_key,
            Self::Transfer(once) => &once.idempotency_key,
            Self::Close(once) => &once.idempotency_key,
            _ => return None,
        };
        key.as_deref()
    }

    /// When accounts are dormant, if it runs the process that marks them.
    pub(crate) fn dormant_after(&self) -> Option<DormantAfter> {
        let deadline = match self {
            Self::Tail(args) => args.deadline,
            Self::Projections(ProjectionsVerb::CatchUp(deadline))
            | Self::Parked(
                ParkedVerb::Retry { deadline, .. } | ParkedVerb::Skip { deadline, .. },
            ) => *deadline,
            _ => return None,
        };
        Some(deadline.dormant_after)
    }
}

/// A verb that is one command.
#[derive(Debug, Args)]
pub(crate) struct Once<T: Args> {
    #[command(flatten)]
    pub(crate) command: T,
    /// Do it once: a repetition under the same key answers with the first result
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// Number or name of the account
    #[arg(value_name = "ID", value_parser = account_id)]
    pub(crate) account: AccountId,
    /// Whose it is
    pub(crate) owner: String,
    /// What it is kept in: CHF, CZK, EUR, GBP or USD
    #[arg(long, default_value = "EUR")]
    pub(crate) currency: Currency,
    /// How far below zero it may go
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub(crate) overdraft: Minor,
    /// Let it go below zero as far as it takes
    #[arg(long, conflicts_with = "overdraft")]
    pub(crate) unlimited_overdraft: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Deposit {
    /// The account
    #[arg(value_name = "ID", value_parser = account_id)]
    pub(crate) account: AccountId,
    /// How much, like 12.34
    #[arg(allow_negative_numbers = true)]
    pub(crate) amount: Minor,
    /// Refuse unless the account is kept in this currency
    #[arg(long)]
    pub(crate) currency: Option<Currency>,
    /// What it is
    #[arg(long = "as", value_name = "KIND", default_value = "cash")]
    pub(crate) kind: MoneyIn,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub(crate) purpose: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum MoneyIn {
    /// A deposit
    Cash,
    /// Interest that the bank pays
    Interest,
}

#[derive(Debug, Args)]
pub(crate) struct Withdraw {
    /// The account
    #[arg(value_name = "ID", value_parser = account_id)]
    pub(crate) account: AccountId,
    /// How much, like 12.34
    #[arg(allow_negative_numbers = true)]
    pub(crate) amount: Minor,
    /// What the bank takes for it
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) fee: Option<Minor>,
    /// Refuse unless the account is kept in this currency
    #[arg(long)]
    pub(crate) currency: Option<Currency>,
    /// What it is; the bank's own charges may exceed the overdraft limit
    #[arg(long = "as", value_name = "KIND", default_value = "cash")]
    pub(crate) kind: MoneyOut,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub(crate) purpose: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MoneyOut {
    /// A withdrawal
    Cash,
    /// A fee that the bank charges
    Fee,
    /// Interest that the bank charges
    Interest,
}

#[derive(Debug, Args)]
pub(crate) struct Transfer {
    /// The account it leaves
    #[arg(value_parser = account_id)]
    pub(crate) from: AccountId,
    /// The account it reaches
    #[arg(value_parser = account_id)]
    pub(crate) to: AccountId,
    /// How much, like 12.34
    #[arg(allow_negative_numbers = true)]
    pub(crate) amount: Minor,
    /// As a process: take it from one, give it to the other, and give it back if that is refused
    #[arg(long)]
    pub(crate) in_steps: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Close {
    /// The account
    #[arg(value_name = "ID", value_parser = account_id)]
    pub(crate) account: AccountId,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The account
    #[arg(value_name = "ID", value_parser = account_id)]
    pub(crate) account: AccountId,
    /// As it was right after its Nth event
    #[arg(long, value_name = "N", conflicts_with = "at_time")]
    pub(crate) at_version: Option<u64>,
    /// As it was at a time, like 2026-03-01T09:30:00Z
    #[arg(long, value_name = "T")]
    pub(crate) at_time: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The account
    #[arg(value_name = "ID", value_parser = account_id)]
    pub(crate) account: AccountId,
    /// Also show who did it and in which commit
    #[arg(long)]
    pub(crate) long: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Only events of this type, by its name of today; again for either of several
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,
    /// Only what was recorded at this time or later, like 2026-03-01T09:30:00Z
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<Timestamp>,
    /// Only what was recorded by then
    #[arg(long, value_name = "T")]
    pub(crate) until: Option<Timestamp>,
    /// Only where a field of the payload has this value, both as --json shows them; again for several
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    pub(crate) wanted: Vec<Wanted>,
    /// The newest first
    #[arg(long)]
    pub(crate) newest_first: bool,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Where to begin: `beginning`, `end`, a position, or a time
    #[arg(long, value_name = "PLACE", default_value = "end")]
    pub(crate) from: From,
    #[command(flatten)]
    pub(crate) deadline: Deadline,
}

/// Where to begin to follow the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct From(pub(crate) StartAt);

impl FromStr for From {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let before = |position: u64| StartAt::After(Position::new(position.saturating_sub(1)));
        let number = || text.parse().map(before);
        let start = match text {
            "beginning" => Ok(StartAt::Beginning),
            "end" => Ok(StartAt::End),
            _ => number().or_else(|_| text.parse().map(StartAt::Time)),
        };
        let expected =
            |_| "expected `beginning`, `end`, a position, or a time like 2026-03-01T09:30:00Z";
        Ok(Self(start.map_err(expected)?))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Balances {
    /// Only the accounts of this owner
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Turnover {
    /// Only this month, like 1995-01
    #[arg(long, value_name = "MONTH")]
    pub(crate) month: Option<Month>,
}

#[derive(Debug, Args)]
pub(crate) struct Transfers {
    /// Only those that leave or reach this account
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub(crate) account: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The statement: CSV, plain or gzip
    #[arg(value_name = "FILE.csv[.gz]")]
    pub(crate) file: PathBuf,
    /// What the statement's amounts are in
    #[arg(long, default_value = "CZK")]
    pub(crate) currency: Currency,
    /// List every account that leaves the bank's balance, not only the first few
    #[arg(long)]
    pub(crate) all: bool,
    /// How to show progress
    #[arg(long, hide = true, default_value = "auto")]
    pub(crate) progress: Progress,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// Where to; a directory that is empty or not there yet
    #[arg(value_name = "DIR")]
    pub(crate) target: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "DIR")]
    pub(crate) backup: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// A bar if stderr is a terminal
    Auto,
    /// One line on stderr for every hundred rows
    Lines,
    /// Nothing
    None,
}

/// Where the events are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreUrl {
    Memory,
    Sled(PathBuf),
}

impl FromStr for StoreUrl {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("sled", path)) if !path.is_empty() => Ok(Self::Sled(path.into())),
            _ => Err("expected `memory:` or `sled:PATH`, as in `sled:bank.db`".into()),
        }
    }
}

// Whether an id can name an account is the store's to say; clap needs to be told that any text is one.
#[allow(clippy::unnecessary_wraps)]
fn account_id(text: &str) -> Result<AccountId, Infallible> {
    Ok(AccountId(text.into()))
}
