//! What came in and went out, by month and currency.

use eventsourcing::{Projection, ReadModel, RecordedEvent, RowTx, aggregate_id};
use serde::{Deserialize, Serialize};

use super::seen::{Seen, Step};
use super::{FoldError, known};
use crate::domain::{Account, AccountId, Currency, Month};

/// What moved in a month, all accounts of a currency together. Sums exceed what one account can hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turnover {
    pub(crate) credits: u64,
    pub(crate) credit_sum: i128,
    pub(crate) debits: u64,
    pub(crate) debit_sum: i128,
}

/// By month and code of the currency.
pub(crate) const TURNOVER: ReadModel<(Month, String), Turnover> = ReadModel::new("turnover");

/// What the accounts are kept in: only their openings say so.
const CURRENCIES: ReadModel<AccountId, Currency> = ReadModel::new("currencies");

/// Keeps [`TURNOVER`].
pub(crate) struct MonthlyTurnover;

impl Projection for MonthlyTurnover {
    const NAME: &'static str = "turnover";
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
        match event.step() {
            Step::Begins(opened) => tx.put(&CURRENCIES, &account, &opened.currency)?,
            Step::Moves(booking) => {
                let currency = known(tx, &CURRENCIES, &account)?;
                let month = booking.day(recorded).month();
                tx.update(&TURNOVER, &(month, currency.code().into()), |row| {
                    let (count, sum) = if booking.credit {
                        (&mut row.credits, &mut row.credit_sum)
                    } else {
                        (&mut row.debits, &mut row.debit_sum)
                    };
                    *count += 1;
                    *sum += i128::from(booking.amount.get());
                })?;
            }
            Step::Rests | Step::Ends => {}
        }
        Ok(())
    }
}
