//! Who has how much, by owner.

use eventsourcing::{Index, Projection, ReadModel, RecordedEvent, RowTx, aggregate_id};
use serde::{Deserialize, Serialize};

use super::seen::{Seen, Step};
use super::{FoldError, known};
use crate::domain::{Account, AccountId, Currency, Minor, Status};

/// An account in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Holding {
    pub(crate) owner: String,
    pub(crate) status: Status,
    pub(crate) balance: Minor,
    pub(crate) currency: Currency,
}

/// All accounts.
pub(crate) const BALANCES: ReadModel<AccountId, Holding> =
    ReadModel::new("balances").indexed(&[&BY_OWNER]);

/// Those of an owner.
pub(crate) const BY_OWNER: Index<AccountId, Holding, String> =
    Index::new("by_owner", |_, row| row.owner.clone());

/// Keeps [`BALANCES`].
pub(crate) struct Balances;

impl Projection for Balances {
    const NAME: &'static str = "balances";
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
            Step::Begins(opened) => Holding {
                owner: opened.owner,
                status: Status::Open,
                balance: Minor::ZERO,
                currency: opened.currency,
            },
            Step::Moves(booking) => {
                let row = known(tx, &BALANCES, &account)?;
                Holding {
                    balance: booking.book(row.balance),
                    // A dormant account wakes; a closed one that money comes back to is open again.
                    status: Status::Open,
                    ..row
                }
            }
            Step::Rests => Holding {
                status: Status::Dormant,
                ..known(tx, &BALANCES, &account)?
            },
            Step::Ends => Holding {
                status: Status::Closed,
                ..known(tx, &BALANCES, &account)?
            },
        };
        Ok(tx.put(&BALANCES, &account, &row)?)
    }
}
