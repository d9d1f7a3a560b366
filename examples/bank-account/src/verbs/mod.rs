//! The verbs, one file each: arguments in, an answer out.

mod answer;
mod close;
mod deposit;
mod history;
mod import;
mod list;
mod open;
mod show;
mod stats;
mod transfer;
mod verify;
mod withdraw;

use crate::args::Verb;
use crate::error::Error;
use crate::session::Session;
use crate::store::Store;

/// Does what was asked.
pub(crate) async fn run(session: &mut Session, store: &Store, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Open(args) => open::run(session, args).await,
        Verb::Deposit(args) => deposit::run(session, args).await,
        Verb::Withdraw(args) => withdraw::run(session, args).await,
        Verb::Transfer(args) => transfer::run(session, args).await,
        Verb::Close(args) => close::run(session, args).await,
        Verb::Show(args) => show::run(session, args).await,
        Verb::History(args) => history::run(session, args).await,
        Verb::List => list::run(session).await,
        Verb::Import(args) => import::run(session, args).await,
        Verb::Stats => stats::run(session, store).await,
        Verb::Verify => verify::run(session, store).await,
    }
}
