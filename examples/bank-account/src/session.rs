//! One run of the program: arguments in, exit code out.

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use eventsourcing::Metadata;

use crate::args::{As, Cli, DormantAfter, Options, Verb};
use crate::bank::Bank;
use crate::error::Error;
use crate::output::Printer;
use crate::{store, verbs};

/// Runs the program. Exit code 0 if it did what was asked, 1 if it could not or `verify` has found faults (one line on
/// stderr says why), 2 for wrong usage.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let Some(verb) = cli.verb else {
        return help();
    };
    match start(&cli.options, verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody left to tell if this fails.
            let _ = writeln!(std::io::stderr(), "error: {}", error.one_line());
            ExitCode::FAILURE
        }
    }
}

fn help() -> ExitCode {
    match Cli::command().print_help() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn start(options: &Options, verb: Verb) -> Result<(), Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::Start)?
        .block_on(serve(options, verb))
}

async fn serve(options: &Options, verb: Verb) -> Result<(), Error> {
    let mut out = Printer::new(options.json);
    if let Some(done) = verbs::run_closed(&mut out, &options.store, &verb).await {
        return done.and(out.flush());
    }
    let (mut bank, store) = store::open(&options.store, verb.creates_store()).await?;
    if let Some(DormantAfter(after)) = verb.dormant_after() {
        bank.dormancy.after = after;
    }
    let mut session = Session {
        bank,
        out,
        idempotency_key: verb.idempotency_key().map(Into::into),
        metadata: match &options.actor {
            Some(actor) => Metadata::new().with_actor(actor),
            None => Metadata::new(),
        },
    };
    let done = verbs::run(&mut session, &store, verb).await;
    // What was found out before a failure is worth printing; the failure itself is worth more.
    let printed = session.out.flush();
    session.bank.accounts.flush_snapshots().await;
    drop(session);
    let closed = store.close().await;
    done.and(printed).and(closed)
}

/// What the verbs work with.
pub(crate) struct Session {
    pub(crate) bank: Bank,
    pub(crate) out: Printer,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) metadata: Metadata,
}

impl Session {
    /// Who does something about a projection: as told, or the system's user.
    pub(crate) fn operator(&self, told: &As) -> String {
        let told = told
            .operator
            .clone()
            .or_else(|| self.metadata.actor.clone());
        let user = || {
            ["USER", "LOGNAME", "USERNAME"]
                .into_iter()
                .find_map(|name| std::env::var(name).ok())
        };
        told.or_else(user).unwrap_or_else(|| "somebody".into())
    }
}
