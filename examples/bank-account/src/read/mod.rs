//! What is folded from the log to be looked up: read models, kept by projections.

pub(crate) mod balances;
mod caveat;
pub(crate) mod overdrawn;
mod seen;
mod side;
pub(crate) mod transfers;
pub(crate) mod turnover;

use eventsourcing::{ReadModel, RowTx, RowValue};

pub(crate) use self::caveat::Caveat;
pub(crate) use self::side::{
    Fresh, ReadSide, catch_up_one, fresh, is_process, lead, projections, run_before, running,
};
use crate::domain::{AccountId, TransferId};

/// Why an event cannot be folded. Its account is parked then, and all others go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoldError {
    /// The rows refuse.
    #[error(transparent)]
    Rows(#[from] eventsourcing::ReadModelError),
    /// A stream of the accounts' category that is no account.
    #[error(transparent)]
    Stream(#[from] eventsourcing::WrongStream),
    /// It does not begin with its opening.
    #[error("account `{0}` was never opened")]
    NotOpened(AccountId),
    /// Nothing is known of how it began.
    #[error("transfer `{0}` was never begun")]
    NotBegun(TransferId),
}

/// The row of an account that was opened.
fn known<V: RowValue>(
    tx: &mut RowTx,
    table: &ReadModel<AccountId, V>,
    account: &AccountId,
) -> Result<V, FoldError> {
    let row = tx.get(table, account)?;
    row.ok_or_else(|| FoldError::NotOpened(account.clone()))
}
