//! `overdrawn`: accounts below zero.

use std::fmt;

use serde::Serialize;

use crate::domain::{AccountId, Currency, Day, Minor};
use crate::error::Error;
use crate::output::amount_of;
use crate::read::fresh;
use crate::read::overdrawn::{OVERDRAWN, Overdrawn, STANDINGS};
use crate::session::Session;
use crate::store::Store;

pub(super) async fn run(session: &mut Session, store: &Store) -> Result<(), Error> {
    let fresh = fresh(&session.bank, store, Overdrawn).await?;
    let mut count = 0;
    for row in fresh.view.by_index(&STANDINGS, &OVERDRAWN, ..)? {
        let (account, row) = row?;
        let Some(debt) = row.debt else { continue };
        if count == 0 {
            session.out.note(&heading())?;
        }
        count += 1;
        session.out.print(&Line {
            account,
            balance: row.balance,
            lowest: debt.lowest,
            currency: row.currency,
            since: debt.since,
            owner: row.owner,
        })?;
    }
    session.out.note(&amount_of(count, "account"))?;
    super::caveat(session, fresh.caveat.as_ref())
}

/// An account below zero.
#[derive(Debug, Serialize)]
struct Line {
    account: AccountId,
    balance: Minor,
    lowest: Minor,
    currency: Currency,
    since: Day,
    owner: String,
}

fn heading() -> String {
    format!(
        "{:<12} {:>18} {:>18} {:<3}  {:<10}  owner",
        "account", "balance", "lowest", "", "since"
    )
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<12} {:>18} {:>18} {}  {:<10}  {}",
            self.account.0,
            self.balance,
            self.lowest,
            self.currency,
            self.since.to_string(),
            self.owner
        )
    }
}
