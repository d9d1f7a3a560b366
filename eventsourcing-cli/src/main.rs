//! `es`: a command for those who run and review event-sourced programs.

mod args;
mod git;
mod lock;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Topic};

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// All is well.
    Fine,
    /// The question was answered, and the answer is bad.
    Bad,
}

/// Why a verb could not do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        path: String,
        source: std::io::Error,
    },
    /// A file is no lock file.
    #[error("{place}: {source}")]
    Parse {
        place: String,
        source: eventsourcing::schema::ParseError,
    },
    /// git says no.
    #[error("git: {0}")]
    Git(String),
    /// There is no lock file.
    #[error(
        "{0} does not exist\nhelp: `--file PATH` names another; `ES_LOCK=update cargo test` writes it where `events_lock!` is used"
    )]
    Missing(String),
    /// The lock file does not know the event.
    #[error("{0}")]
    Unknown(String),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let Topic::Lock(args) = cli.topic;
    let mut out = String::new();
    let result = lock::run(&args, &mut out);
    // Whoever reads may stop reading, as `head` does.
    let _ = std::io::stdout().write_all(out.as_bytes());
    match result {
        Ok(Answer::Fine) => ExitCode::SUCCESS,
        Ok(Answer::Bad) => ExitCode::from(1),
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "es: {failure}");
            ExitCode::from(2)
        }
    }
}
