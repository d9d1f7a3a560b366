//! What the verbs that change one account answer.

use std::fmt;

use eventsourcing::{AsOf, CommitId, Version};
use serde::Serialize;

use crate::domain::{AccountCommand, AccountId, Currency, Minor};
use crate::error::Error;
use crate::session::Session;

/// A change of one account.
#[derive(Debug, Serialize)]
pub(super) struct Changed {
    done: &'static str,
    account: AccountId,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Minor>,
    balance: Minor,
    currency: Currency,
    version: Version,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<CommitId>,
    duplicate: bool,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            done,
            account,
            balance,
            currency,
            version,
            ..
        } = self;
        write!(f, "{done} ")?;
        if let Some(amount) = self.amount {
            write!(f, "{amount} {currency}, ")?;
        }
        write!(
            f,
            "account {account}: balance {balance} {currency}, version {version}"
        )?;
        if self.duplicate {
            f.write_str(" (done before, under the same key)")?;
        }
        Ok(())
    }
}

/// Executes a command and prints what it has changed.
pub(super) async fn execute(
    session: &mut Session,
    done: &'static str,
    account: AccountId,
    amount: Option<Minor>,
    command: AccountCommand,
) -> Result<(), Error> {
    let (key, metadata) = (session.idempotency_key.clone(), session.metadata.clone());
    let outcome = session.bank.execute(command, key, metadata).await?;
    // The balance this command led to, whatever has happened since.
    let as_of = AsOf::Version(outcome.version);
    let root = session.bank.account(&account, Some(as_of)).await?;
    session.out.print(&Changed {
        done,
        account,
        amount,
        balance: root.state().balance(),
        currency: root.state().currency(),
        version: outcome.version,
        commit: outcome.receipt.map(|receipt| receipt.commit_id),
        duplicate: outcome.duplicate,
    })
}
