//! `balances`: who has how much, by owner.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use serde::Serialize;

use crate::args::Balances as Args;
use crate::domain::{AccountId, Currency, Minor, Status, money::decimal};
use crate::error::Error;
use crate::output::{amount_of, cut};
use crate::read::balances::{BALANCES, BY_OWNER, Balances};
use crate::read::fresh;
use crate::session::Session;
use crate::store::Store;

pub(super) async fn run(session: &mut Session, store: &Store, args: Args) -> Result<(), Error> {
    let fresh = fresh(&session.bank, store, Balances).await?;
    let owners = match args.owner {
        Some(owner) => (Bound::Included(owner.clone()), Bound::Included(owner)),
        None => (Bound::Unbounded, Bound::Unbounded),
    };
    let (mut count, mut sums) = (0, BTreeMap::<&str, i128>::new());
    for row in fresh.view.by_index(&BALANCES, &BY_OWNER, owners)? {
        let (account, row) = row?;
        if count == 0 {
            session.out.note(&heading())?;
        }
        count += 1;
        *sums.entry(row.currency.code()).or_default() += i128::from(row.balance.get());
        session.out.print(&Line {
            owner: row.owner,
            account,
            status: row.status,
            balance: row.balance,
            currency: row.currency,
        })?;
    }
    let sums = sums
        .iter()
        .map(|(currency, sum)| format!(", {} {currency}", decimal(*sum)));
    let total = amount_of(count, "account") + &sums.collect::<String>();
    session.out.note(&total)?;
    super::caveat(session, fresh.caveat.as_ref())
}

/// An account of an owner.
#[derive(Debug, Serialize)]
struct Line {
    owner: String,
    account: AccountId,
    status: Status,
    balance: Minor,
    currency: Currency,
}

/// Width of the owner's column.
const OWNER: usize = 24;

fn heading() -> String {
    format!(
        "{:<OWNER$} {:<12} {:<7} {:>17}",
        "owner", "account", "status", "balance"
    )
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<OWNER$} {:<12} {:<7} {:>17} {}",
            cut(&self.owner, OWNER),
            self.account.0,
            self.status,
            self.balance,
            self.currency
        )
    }
}
