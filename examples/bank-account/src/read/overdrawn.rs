//! Which accounts are below zero, how far, and since when.

use eventsourcing::{Index, Projection, ReadModel, RecordedEvent, RowTx, aggregate_id};
use serde::{Deserialize, Serialize};

use super::seen::{Seen, Step};
use super::{FoldError, known};
use crate::domain::{Account, AccountId, Currency, Day, Minor};

/// How an account stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) owner: String,
    pub(crate) balance: Minor,
    pub(crate) currency: Currency,
    /// Below zero since then; `None` if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) debt: Option<Debt>,
}

/// A time below zero.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Debt {
    pub(crate) since: Day,
    pub(crate) lowest: Minor,
}

/// All accounts, those below zero among them.
pub(crate) const STANDINGS: ReadModel<AccountId, Standing> =
    ReadModel::new("standings").indexed(&[&OVERDRAWN]);

/// Only those below zero, of each currency the lowest balance first.
pub(crate) const OVERDRAWN: Index<AccountId, Standing, (String, i64)> =
    Index::partial("overdrawn", |_, row| {
        let place = (row.currency.code().to_owned(), row.balance.get());
        row.debt.map(|_| place)
    });

/// Keeps [`STANDINGS`].
pub(crate) struct Overdrawn;

impl Projection for Overdrawn {
    const NAME: &'static str = "overdrawn";
    const VERSION: u32 = 1;
    type View = Seen;
    type Tx = RowTx;
    type Error = FoldError;

    async fn handle(
        &self,
        event: Seen,
        recorded: &RecordedEvent,
        tx: &mut RowTx,
    ) -> Result<(), FoldError> {
        let account = aggregate_id::<Account>(&recorded.stream)?;
        let row = match event.step() {
            Step::Begins(opened) => Standing {
                owner: opened.owner,
                balance: Minor::ZERO,
                currency: opened.currency,
                debt: None,
            },
            Step::Moves(booking) => {
                let row = known(tx, &STANDINGS, &account)?;
                let balance = booking.book(row.balance);
                let debt = (balance < Minor::ZERO).then(|| Debt {
                    since: row
                        .debt
                        .map_or_else(|| booking.day(recorded), |debt| debt.since),
                    lowest: row.debt.map_or(balance, |debt| debt.lowest.min(balance)),
                });
                Standing {
                    balance,
                    debt,
                    ..row
                }
            }
            Step::Rests | Step::Ends => return Ok(()),
        };
        Ok(tx.put(&STANDINGS, &account, &row)?)
    }
}
