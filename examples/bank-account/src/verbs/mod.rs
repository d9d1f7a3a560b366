//! The verbs, one file each: arguments in, an answer out.

mod answer;
mod backup;
mod balances;
mod close;
mod deposit;
mod events;
mod history;
mod import;
mod list;
mod open;
mod overdrawn;
mod parked;
mod projections;
mod rebuild;
mod restore;
mod show;
mod stats;
mod tail;
mod transfer;
mod transfers;
mod turnover;
mod verify;
mod withdraw;

use crate::args::{StoreUrl, Verb};
use crate::error::Error;
use crate::output::Printer;
use crate::read::Caveat;
use crate::session::Session;
use crate::store::Store;

/// Does what is asked of a store that is not open; `None` if that is not what was asked.
pub(crate) async fn run_closed(
    out: &mut Printer,
    url: &StoreUrl,
    verb: &Verb,
) -> Option<Result<(), Error>> {
    match verb {
        Verb::Verify => Some(verify::run(out, url).await),
        Verb::Restore(args) => Some(restore::run(out, url, args).await),
        _ => None,
    }
}

/// Does what was asked.
pub(crate) async fn run(session: &mut Session, store: &Store, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Open(args) => open::run(session, args.command).await,
        Verb::Deposit(args) => deposit::run(session, args.command).await,
        Verb::Withdraw(args) => withdraw::run(session, args.command).await,
        Verb::Transfer(args) => transfer::run(session, store, args.command).await,
        Verb::Close(args) => close::run(session, args.command).await,
        Verb::Show(args) => show::run(session, args).await,
        Verb::History(args) => history::run(session, args).await,
        Verb::List => list::run(session).await,
        Verb::Import(args) => import::run(session, args).await,
        Verb::Events(args) => events::run(session, args).await,
        Verb::Tail(args) => tail::run(session, store, args).await,
        Verb::Balances(args) => balances::run(session, store, args).await,
        Verb::Turnover(args) => turnover::run(session, store, args).await,
        Verb::Transfers(args) => transfers::run(session, store, args).await,
        Verb::Overdrawn => overdrawn::run(session, store).await,
        Verb::Projections(verb) => projections::run(session, store, verb).await,
        Verb::Parked(verb) => parked::run(session, store, verb).await,
        Verb::Stats => stats::run(session, store).await,
        Verb::Backup(args) => backup::run(session, store, args).await,
        Verb::RebuildIndex => rebuild::run(session, store).await,
        Verb::Verify | Verb::Restore(_) => Err(Error::Internal("the store is open".into())),
    }
}

/// Says what is missing from what was printed, if anything is.
fn caveat(session: &mut Session, caveat: Option<&Caveat>) -> Result<(), Error> {
    caveat.map_or(Ok(()), |caveat| session.out.print(caveat))
}
