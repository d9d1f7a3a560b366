//! A transfer as a process: asked for here, then led to its end.

use eventsourcing::{
    Aggregate, ExecuteError, ExecuteOptions, LoadError, Repository, RepositoryExt,
};

use super::Transferred;
use crate::args::Transfer as Args;
use crate::domain::TransferId;
use crate::domain::transfer::{Ended, RequestTransfer, Requested, Transfer, TransferEvent};
use crate::error::Error;
use crate::read::lead;
use crate::session::Session;
use crate::store::Store;

/// Asks for the transfer, unless that was done before, and does all steps that can be done now. Interrupted anywhere, it
/// is led to its end by whatever drives the process next: the same again, `tail`, or `projections catch-up`.
pub(super) async fn run(
    session: &Session,
    store: &Store,
    args: &Args,
    key: &str,
) -> Result<Transferred, Error> {
    let (transfer, duplicate) = request(session, args, key).await?;
    lead(&session.bank, store, Transfer::NAME).await?;
    let root = session.bank.transfers.load(&transfer).await?;
    let not = |account, reason: &str, returned| Error::NotTransferred {
        account,
        reason: reason.into(),
        amount: args.amount,
        returned,
    };
    match root.state().ended() {
        Some(Ended::Completed) => Ok(Transferred::new(args, key, duplicate)),
        Some(Ended::Refused { reason }) => Err(not(args.from.clone(), reason, false)),
        Some(Ended::Returned { reason }) => Err(not(args.to.clone(), reason, true)),
        None => Err(Error::OnItsWay(transfer)),
    }
}

/// The transfer, and whether it had been asked for.
async fn request(session: &Session, args: &Args, key: &str) -> Result<(TransferId, bool), Error> {
    let from = session.bank.account(&args.from, None).await?;
    let transfer = TransferId(key.into());
    let currency = from.state().currency();
    let command = RequestTransfer {
        transfer: transfer.clone(),
        from: args.from.clone(),
        to: args.to.clone(),
        amount: args.amount,
        currency,
    };
    let options = ExecuteOptions {
        idempotency_key: Some(key.into()),
        metadata: session.metadata.clone(),
        ..ExecuteOptions::default()
    };
    let asked = TransferEvent::Requested(Requested {
        from: args.from.clone(),
        to: args.to.clone(),
        amount: args.amount,
        currency,
    });
    match session.bank.transfers.execute_with(command, options).await {
        Ok(outcome) if outcome.events == [asked] => Ok((transfer, outcome.duplicate)),
        // The key names something else.
        Ok(_) | Err(ExecuteError::Load(LoadError::OtherStream { .. })) => {
            Err(Error::KeyReused(key.into()))
        }
        Err(ExecuteError::Rejected(refusal)) => Err(Error::Transfer(refusal)),
        Err(ExecuteError::Load(error)) => Err(error.into()),
        Err(ExecuteError::Save(error)) => Err(error.into()),
        Err(error) => Err(Error::Internal(error.to_string())),
    }
}
