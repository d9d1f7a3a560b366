//! `show`: one account, as it is or as it was.

use std::fmt;

use eventsourcing::{AsOf, Version};
use serde::Serialize;

use crate::args::Show;
use crate::domain::{Account, AccountId, Currency, Minor, Overdraft, Status};
use crate::error::Error;
use crate::session::Session;

pub(super) async fn run(session: &mut Session, args: Show) -> Result<(), Error> {
    let as_of = match (args.at_version, args.at_time) {
        (Some(version), _) => Some(AsOf::Version(Version::new(version))),
        (None, Some(time)) => Some(AsOf::Time(time)),
        (None, None) => None,
    };
    let root = session.bank.account(&args.account, as_of).await?;
    let shown = Shown::new(root.id(), root.state(), root.version());
    session.out.print(&shown)
}

/// An account at some version.
#[derive(Debug, Serialize)]
struct Shown {
    account: AccountId,
    owner: String,
    status: Status,
    balance: Minor,
    currency: Currency,
    overdraft: Overdraft,
    version: Version,
}

impl Shown {
    fn new(id: &AccountId, state: &Account, version: Version) -> Self {
        Self {
            account: id.clone(),
            owner: state.owner().into(),
            status: state.status(),
            balance: state.balance(),
            currency: state.currency(),
            overdraft: state.overdraft(),
            version,
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "account    {}", self.account)?;
        writeln!(f, "owner      {}", self.owner)?;
        writeln!(f, "status     {}", self.status)?;
        writeln!(f, "balance    {} {}", self.balance, self.currency)?;
        writeln!(f, "overdraft  {}", self.overdraft)?;
        write!(f, "version    {}", self.version)
    }
}
