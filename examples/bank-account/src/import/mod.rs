//! Importing a bank statement: every row becomes a command, with the row's own transaction id as idempotency key.
//!
//! One reader takes the file apart and hands each row to the worker that owns its account, so the rows of an account
//! are executed in file order and the accounts side by side; their commits then share the store's syncs. All queues are
//! bounded; what grows with the file is one transaction id per row, so that a repeated one is recognised.

#[cfg(any(test, fuzzing))]
mod fuzzing;
mod ids;
mod progress;
mod reader;
mod reconcile;
mod report;
mod row;
mod worker;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventsourcing::Repository;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

#[cfg(any(test, fuzzing))]
pub(crate) use self::fuzzing::read_rows;
use self::ids::Ids;
use self::progress::Progress;
use self::reader::{Line, Statement};
use self::report::{DriftNote, Rejected, Summary, Tally};
use self::row::Row;
use self::worker::{Ledgers, Worker};
use crate::args::Import;
use crate::error::Error;
use crate::session::Session;

/// Accounts that are worked on at the same time.
const WORKERS: usize = 64;
/// Rows that wait for one worker.
const WAITING: usize = 32;
/// Findings that wait to be printed.
const FINDINGS: usize = 256;

/// Imports a file and prints what it found, row by row where something is wrong, and the totals at the end.
pub(crate) async fn run(session: &mut Session, args: Import) -> Result<(), Error> {
    let statement = Statement::open(&args.file)?;
    let progress = Arc::new(Progress::new(
        args.progress,
        statement.size(),
        statement.read_so_far(),
    ));
    let (findings, mut found) = mpsc::channel(FINDINGS);
    let mut workers = JoinSet::new();
    let mut queues = Vec::with_capacity(WORKERS);
    for _ in 0..WORKERS {
        let (queue, rows) = mpsc::channel(WAITING);
        queues.push(queue);
        let worker = Worker::new(
            session.bank.clone(),
            args.currency,
            session.metadata.clone(),
            findings.clone(),
            progress.clone(),
        );
        workers.spawn(worker.work(rows));
    }
    let (file, counted) = (args.file.clone(), progress.clone());
    let reading =
        tokio::task::spawn_blocking(move || read(statement, &file, &queues, &findings, &counted));

    let mut tally = Tally::default();
    while let Some(rejected) = found.recv().await {
        tally.rejected += 1;
        progress.pause(|| {
            session
                .out
                .print(&rejected)
                .and_then(|()| session.out.flush())
        })?;
    }
    let mut ledgers = Ledgers::default();
    let mut failed = None;
    while let Some(worked) = workers.join_next().await {
        match worked.map_err(|panic| Error::Internal(panic.to_string()))? {
            Ok((worked, of_worker)) => {
                tally.add(&worked);
                ledgers.extend(of_worker);
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    let read = reading
        .await
        .map_err(|panic| Error::Internal(panic.to_string()))?;
    progress.finish();
    // A store that fails stops the reader as well; its error is the one to report.
    if let Some(error) = failed {
        return Err(error);
    }
    tally.rows = read?;
    report(session, &args, tally, ledgers).await
}

/// Reads the file to its end. Returns the number of rows.
fn read(
    statement: Statement,
    file: &Path,
    queues: &[mpsc::Sender<Row>],
    findings: &mpsc::Sender<Rejected>,
    progress: &Progress,
) -> Result<u64, Error> {
    let mut rows = 0;
    let mut ids = Ids::default();
    for line in statement {
        let Line { number, row } = line.map_err(|error| error.of(file))?;
        rows += 1;
        let handed_over = match row.and_then(|row| ids.check(row)) {
            Ok(row) => queues[shard(&row, queues.len())].blocking_send(row).is_ok(),
            Err(reason) => {
                progress.row_done();
                let rejected = Rejected::unreadable(number, &reason);
                findings.blocking_send(rejected).is_ok()
            }
        };
        if !handed_over {
            // A worker has stopped, and says why itself.
            break;
        }
    }
    Ok(rows)
}

fn shard(row: &Row, shards: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    row.account.hash(&mut hasher);
    // The remainder is smaller than `shards`, so nothing is lost.
    usize::try_from(hasher.finish() % shards as u64).unwrap_or_default()
}

/// Prints where accounts leave the bank's own balances, and the totals.
async fn report(
    session: &mut Session,
    args: &Import,
    mut tally: Tally,
    ledgers: Ledgers,
) -> Result<(), Error> {
    let mut drifts = Vec::new();
    for (account, ledger) in ledgers {
        // What the store says, not what this run believes.
        let root = session.bank.accounts.load(&account).await?;
        if !root.exists() {
            continue;
        }
        tally.accounts += 1;
        tally.balances += i128::from(root.state().balance().get());
        drifts.extend(
            ledger
                .finish()
                .map(|drift| DriftNote::new(account, &drift, args.currency)),
        );
    }
    drifts.sort_by(DriftNote::in_order);
    let summary = Summary::new(&args.file, args.currency, &tally, drifts.len());
    let shown = if args.all || session.out.is_json() {
        drifts.len()
    } else {
        drifts.len().min(DriftNote::FEW)
    };
    for drift in &drifts[..shown] {
        session.out.print(drift)?;
    }
    if shown < drifts.len() {
        let more = drifts.len() - shown;
        session
            .out
            .note(&format!("... and {more} more accounts (--all lists them)"))?;
    }
    session.out.print(&summary)
}

/// Where a statement stopped being readable.
#[derive(Debug)]
struct Unreadable {
    line: u64,
    source: std::io::Error,
}

impl Unreadable {
    fn of(self, file: &Path) -> Error {
        let (file, line, source) = (PathBuf::from(file), self.line, self.source);
        Error::Statement { file, line, source }
    }
}
