//! `close`: an account ends.

use super::answer::execute;
use crate::args::Close;
use crate::domain::{AccountCommand, CloseAccount};
use crate::error::Error;
use crate::session::Session;

pub(super) async fn run(session: &mut Session, args: Close) -> Result<(), Error> {
    let account = args.account.clone();
    let command = AccountCommand::Close(CloseAccount { account });
    execute(session, "closed", args.account, None, command).await
}
