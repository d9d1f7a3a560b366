//! Transfers, of both kinds: from where to where, how far they have come, and since when.

use std::borrow::Cow;

use eventsourcing::{
    EventView, Index, Projection, ReadModel, RecordedEvent, RowTx, Timestamp, aggregate_id,
};
use serde::{Deserialize, Serialize};

use super::{FoldError, known};
use crate::domain::transfer::{Refused, Requested, Returning, Transfer as Process, TransferEvent};
use crate::domain::{
    Account, AccountEvent, AccountId, Currency, Minor, Opened, TransferId, TransferReceived,
    TransferReturned, TransferSent,
};

/// A transfer in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) from: AccountId,
    pub(crate) to: AccountId,
    pub(crate) amount: Minor,
    pub(crate) currency: Currency,
    /// As a process; else both halves are in one commit.
    pub(crate) in_steps: bool,
    pub(crate) begun_at: Timestamp,
    pub(crate) stage: Stage,
    /// When it has come there.
    pub(crate) since: Timestamp,
    /// Its place among all, by when they began.
    place: u64,
}

/// How far a transfer has come. It has ended where the money stays: that a process then notes this moves none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Nothing has moved yet.
    Begun,
    /// The money has left the sender.
    Sent,
    /// The receiver does not take it.
    Returning { reason: String },
    /// The receiver has it.
    Completed,
    /// The sender did not give it.
    Refused { reason: String },
    /// The sender has it again.
    Returned { reason: String },
}

impl Stage {
    /// Whether something is still to be done.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self, Self::Begun | Self::Sent | Self::Returning { .. })
    }
}

/// All transfers.
pub(crate) const TRANSFERS: ReadModel<TransferId, Transfer> =
    ReadModel::new("transfers").indexed(&[&BY_BEGINNING, &BY_ACCOUNT]);

/// Those that began first come first.
pub(crate) const BY_BEGINNING: Index<TransferId, Transfer, u64> =
    Index::new("by_beginning", |_, row| row.place);

/// Those that leave or reach an account, in the same order.
pub(crate) const BY_ACCOUNT: Index<TransferId, Transfer, (AccountId, u64)> =
    Index::many("by_account", |_, row| {
        let ends = [&row.from, &row.to].map(|account| (account.clone(), row.place));
        ends.into()
    });

/// What the accounts are kept in: only their openings say so.
const CURRENCIES: ReadModel<AccountId, Currency> = ReadModel::new("currencies");

/// Keeps [`TRANSFERS`].
pub(crate) struct TransferList;

/// What it looks at.
#[derive(Debug, EventView)]
pub(crate) enum TransferStep {
    #[es(of = AccountEvent)]
    Opened(Opened),
    #[es(of = TransferEvent)]
    Requested(Requested),
    #[es(of = TransferEvent)]
    Refused(Refused),
    #[es(of = TransferEvent)]
    Returning(Returning),
    #[es(of = AccountEvent)]
    TransferSent(TransferSent),
    #[es(of = AccountEvent)]
    TransferReceived(TransferReceived),
    #[es(of = AccountEvent)]
    TransferReturned(TransferReturned),
}

impl Projection for TransferList {
    const NAME: &'static str = "transfer-list";
    const VERSION: u32 = 1;
    type View = TransferStep;
    type Tx = RowTx;
    type Error = FoldError;

    /// All events of a transfer, on whatever stream: they belong to one chain.
    fn key<'a>(&self, event: &'a RecordedEvent) -> Cow<'a, str> {
        event.correlation_id().to_string().into()
    }

    async fn handle(
        &self,
        event: TransferStep,
        recorded: &RecordedEvent,
        tx: &mut RowTx,
    ) -> Result<(), FoldError> {
        match event {
            TransferStep::Opened(opened) => {
                let account = aggregate_id::<Account>(&recorded.stream)?;
                tx.put(&CURRENCIES, &account, &opened.currency)?;
                Ok(())
            }
            TransferStep::Requested(event) => {
                let transfer = aggregate_id::<Process>(&recorded.stream)?;
                let row = begun(&event, true, Stage::Begun, recorded);
                Ok(tx.put(&TRANSFERS, &transfer, &row)?)
            }
            TransferStep::TransferSent(event) => sent(tx, event, recorded),
            TransferStep::TransferReceived(event) => {
                moved(tx, &event.transfer, Stage::Completed, recorded)
            }
            TransferStep::TransferReturned(TransferReturned {
                transfer, reason, ..
            }) => moved(tx, &transfer, Stage::Returned { reason }, recorded),
            TransferStep::Returning(Returning { reason }) => {
                let transfer = aggregate_id::<Process>(&recorded.stream)?;
                moved(tx, &transfer, Stage::Returning { reason }, recorded)
            }
            TransferStep::Refused(Refused { reason }) => {
                let transfer = aggregate_id::<Process>(&recorded.stream)?;
                moved(tx, &transfer, Stage::Refused { reason }, recorded)
            }
        }
    }
}

/// The money has left the sender: the first that is heard of a transfer in one commit.
fn sent(tx: &mut RowTx, event: TransferSent, recorded: &RecordedEvent) -> Result<(), FoldError> {
    if tx.get(&TRANSFERS, &event.transfer)?.is_some() {
        return moved(tx, &event.transfer, Stage::Sent, recorded);
    }
    let from = aggregate_id::<Account>(&recorded.stream)?;
    let request = Requested {
        currency: known(tx, &CURRENCIES, &from)?,
        from,
        to: event.to,
        amount: event.amount,
    };
    let row = begun(&request, false, Stage::Sent, recorded);
    Ok(tx.put(&TRANSFERS, &event.transfer, &row)?)
}

fn begun(request: &Requested, in_steps: bool, stage: Stage, recorded: &RecordedEvent) -> Transfer {
    let Requested {
        from,
        to,
        amount,
        currency,
    } = request.clone();
    Transfer {
        from,
        to,
        amount,
        currency,
        in_steps,
        begun_at: recorded.recorded_at,
        stage,
        since: recorded.recorded_at,
        place: recorded.position.get(),
    }
}

/// A transfer that has begun goes on.
fn moved(
    tx: &mut RowTx,
    transfer: &TransferId,
    stage: Stage,
    recorded: &RecordedEvent,
) -> Result<(), FoldError> {
    let row = tx.get(&TRANSFERS, transfer)?;
    let row = row.ok_or_else(|| FoldError::NotBegun(transfer.clone()))?;
    let since = recorded.recorded_at;
    Ok(tx.put(
        &TRANSFERS,
        transfer,
        &Transfer {
            stage,
            since,
            ..row
        },
    )?)
}
