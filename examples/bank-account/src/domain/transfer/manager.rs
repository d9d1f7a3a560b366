//! [`Transfers`]: which event leads to what.

use eventsourcing::{
    Command, Correlation, EventView, ProcessContext, ProcessManager, Reaction, WrongStream,
    aggregate_id,
};
use serde::{Deserialize, Serialize};

use super::{Completed, Refused, Requested, Returned, Returning, Transfer, TransferEvent};
use crate::domain::account::Account;
use crate::domain::commands::{ReceiveTransfer, ReturnTransfer, SendTransfer};
use crate::domain::events::{AccountEvent, TransferReceived, TransferReturned, TransferSent};
use crate::domain::ids::TransferId;

/// Leads transfers to their end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Transfers;

/// What it looks at.
#[derive(Debug, EventView)]
pub enum TransferSeen {
    /// A transfer begins.
    #[es(of = TransferEvent)]
    Requested(Requested),
    /// The money has left.
    #[es(of = AccountEvent)]
    TransferSent(TransferSent),
    /// The money has arrived.
    #[es(of = AccountEvent)]
    TransferReceived(TransferReceived),
    /// The money is back.
    #[es(of = AccountEvent)]
    TransferReturned(TransferReturned),
}

/// What it asks an account for. Recorded with the decision before it is asked, so a step that was ever asked for stays
/// readable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Give the money.
    Send(SendTransfer),
    /// Take the money.
    Receive(ReceiveTransfer),
    /// Take the money back.
    Return(ReturnTransfer),
}

/// Something that should not be in the log.
#[derive(Debug, thiserror::Error)]
pub enum Unexpected {
    /// A stream that is no transfer's.
    #[error(transparent)]
    Stream(#[from] WrongStream),
    /// A step of a transfer that nobody asked for.
    #[error("the transfer was never requested")]
    NotRequested,
    /// The money cannot go back.
    #[error(
        "the sender {reason}, so the money cannot go back: set that right, then retry the parked event"
    )]
    Stranded {
        /// Why.
        reason: String,
    },
}

impl ProcessManager for Transfers {
    type State = Transfer;
    type View = TransferSeen;
    type Command = Step;
    type Error = Unexpected;

    /// Transfers in one commit have ids of their own, which were never started here; they pass.
    fn correlate(&self, event: &TransferSeen, cx: &ProcessContext<'_>) -> Correlation<TransferId> {
        match event {
            TransferSeen::Requested(_) => {
                requested(cx).map_or(Correlation::Ignore, Correlation::Start)
            }
            TransferSeen::TransferSent(event) => Correlation::Continue(event.transfer.clone()),
            TransferSeen::TransferReceived(event) => Correlation::Continue(event.transfer.clone()),
            TransferSeen::TransferReturned(event) => Correlation::Continue(event.transfer.clone()),
        }
    }

    fn react(
        &self,
        transfer: &Transfer,
        event: TransferSeen,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Unexpected> {
        Ok(match event {
            TransferSeen::Requested(event) => {
                let transfer = requested(cx).ok_or(Unexpected::NotRequested)?;
                Reaction::none().command(Step::Send(SendTransfer {
                    account: event.from,
                    transfer,
                    to: event.to,
                    amount: event.amount,
                    currency: Some(event.currency),
                }))
            }
            TransferSeen::TransferSent(event) => {
                let request = transfer.request().ok_or(Unexpected::NotRequested)?;
                Reaction::none().command(Step::Receive(ReceiveTransfer {
                    account: request.to.clone(),
                    transfer: event.transfer,
                    from: request.from.clone(),
                    amount: request.amount,
                    currency: request.currency,
                }))
            }
            TransferSeen::TransferReceived(_) => Reaction::none().event(Completed {}).finish(),
            TransferSeen::TransferReturned(event) => {
                let reason = event.reason;
                Reaction::none().event(Returned { reason }).finish()
            }
        })
    }

    fn on_refused(
        &self,
        _: &Transfer,
        step: &Step,
        reason: &str,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Unexpected> {
        let reason = reason.to_owned();
        match step {
            Step::Send(_) => Ok(Reaction::none().event(Refused { reason }).finish()),
            Step::Receive(receive) => Ok(Reaction::none()
                .event(Returning {
                    reason: reason.clone(),
                })
                .command(Step::Return(ReturnTransfer {
                    account: receive.from.clone(),
                    transfer: receive.transfer.clone(),
                    amount: receive.amount,
                    reason,
                }))),
            Step::Return(_) => Err(Unexpected::Stranded { reason }),
        }
    }
}

/// The transfer whose own event it is.
fn requested(cx: &ProcessContext<'_>) -> Option<TransferId> {
    aggregate_id::<Transfer>(&cx.event()?.stream).ok()
}
