//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

const LOCK_HELP: &str = "\
Examples:
  es lock diff                          what changed since the last commit
  es lock diff events.lock.old          what changed since an older copy
  es lock check --against git:main      for CI: nothing that main released was changed or dropped
  es lock release                       drafts become released; run it where you deploy
  es lock explain account.opened        what is known of an event, and what may be changed
  es lock explain S9                    what a rule means, and what to do about it

Exit status:
  0  all is well
  1  the answer is bad: differences (diff), broken rules (check)
  2  the question cannot be answered: no file, no lock file, no such event, git said no";

/// A command for those who run and review event-sourced programs
#[derive(Debug, Parser)]
#[command(name = "es", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) topic: Topic,
}

/// What it is about.
#[derive(Debug, Subcommand)]
pub(crate) enum Topic {
    /// The lock file: what stored events look like
    Lock(Lock),
}

/// Verbs for lock files.
#[derive(Debug, Args)]
#[command(after_help = LOCK_HELP, disable_help_subcommand = true)]
pub(crate) struct Lock {
    /// The lock file
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        default_value = "events.lock"
    )]
    pub(crate) file: PathBuf,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Show what changed, one line each
    #[command(
        after_help = "Example:\n  es lock diff git:HEAD~3\n\nExit status: 0 nothing changed, 1 something changed, 2 no answer"
    )]
    Diff {
        /// The earlier state: a file, or a commit as `git:REF`
        #[arg(value_name = "FILE|git:REF", default_value = "git:HEAD")]
        base: String,
    },
    /// Check that what was released is there, as it was
    #[command(
        after_help = "Example:\n  es lock check --against git:origin/main\n\nA file that the commit does not have is compared with the one it was moved from, or said to be new.\n\nExit status: 0 all is kept, 1 something is not, 2 no answer"
    )]
    Check {
        /// The earlier state: a file, or a commit as `git:REF`; without it, only that the file can be read
        #[arg(long, value_name = "FILE|git:REF")]
        against: Option<String>,
    },
    /// Turn drafts into released lines, which never change again
    #[command(
        after_help = "Example:\n  es lock release && git commit -m \"Release the events\" events.lock\n\nExit status: 0 done, 2 no answer"
    )]
    Release,
    /// Tell what is known of an event and what may be changed about it, or what a rule means
    #[command(
        after_help = "Examples:\n  es lock explain account.opened\n  es lock explain S9\n\nExit status: 0 known, 2 unknown, or no answer"
    )]
    Explain {
        /// A stored name (former names work too), or the id of a rule
        #[arg(value_name = "NAME|RULE")]
        name: String,
    },
    /// List the rules by which changes are judged
    #[command(after_help = "Exit status: 0")]
    Rules,
}
