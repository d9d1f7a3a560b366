//! `open`: a new account.

use super::answer::execute;
use crate::args::Open;
use crate::domain::{AccountCommand, OpenAccount, Overdraft};
use crate::error::Error;
use crate::session::Session;

pub(super) async fn run(session: &mut Session, args: Open) -> Result<(), Error> {
    let overdraft = if args.unlimited_overdraft {
        Overdraft::Unlimited
    } else {
        Overdraft::Limit(args.overdraft)
    };
    let command = AccountCommand::Open(OpenAccount {
        account: args.account.clone(),
        owner: args.owner,
        currency: args.currency,
        overdraft,
    });
    execute(session, "opened", args.account, None, command).await
}
