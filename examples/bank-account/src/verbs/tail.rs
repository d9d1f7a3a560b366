//! `tail`: the log as it grows, through what this program does meanwhile: a store is open in one program at a time.

use eventsourcing::{EventStore, Filter, StartAt, Subscription};

use crate::args::Tail as Args;
use crate::error::Error;
use crate::log::{CATEGORIES, Shown, shown};
use crate::output::Printer;
use crate::read::running;
use crate::session::Session;
use crate::store::Store;

pub(super) async fn run(session: &mut Session, store: &Store, args: Args) -> Result<(), Error> {
    let log = session.bank.accounts.store().clone();
    let running = running(&session.bank, store).await?;
    let done = tokio::select! {
        biased; // listens before it prints: who has read a line may press ctrl-c
        told = tokio::signal::ctrl_c() => told.map_err(Error::Signal),
        failed = follow(log, args.from.0, &mut session.out) => failed,
    };
    running.shutdown().await;
    done
}

/// Prints what is there and what comes, until something fails.
async fn follow(store: impl EventStore, from: StartAt, out: &mut Printer) -> Result<(), Error> {
    let filter = CATEGORIES.into_iter().fold(Filter::all(), Filter::category);
    let mut log = Subscription::new(store).filter(filter).from(from);
    out.note(&Shown::heading())?;
    out.flush()?;
    loop {
        let batch = log.next_batch(500).await?;
        for recorded in &batch.events {
            for event in shown(recorded)? {
                out.print(&event)?;
            }
        }
        if !batch.events.is_empty() {
            out.flush()?;
        }
    }
}
