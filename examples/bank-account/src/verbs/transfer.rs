//! `transfer`: two accounts, one commit.

use std::fmt;

use eventsourcing::{
    AppendError, CommitId, EventStoreExt, FoundCommit, Json, Repository, SaveError, UnitOfWork,
    stream_id,
};
use serde::Serialize;

use crate::args::Transfer;
use crate::domain::{
    Account, AccountCommand, AccountEvent, AccountId, Minor, ReceiveTransfer, SendTransfer,
    TransferId,
};
use crate::error::Error;
use crate::session::Session;

/// How often a transfer is decided anew when one of its accounts has changed meanwhile.
const ATTEMPTS: u32 = 16;

pub(super) async fn run(session: &mut Session, args: Transfer) -> Result<(), Error> {
    // Without a key of the user's the transfer gets one of its own: its id, by which both halves know each other.
    let given = session.idempotency_key.clone();
    let key = given.unwrap_or_else(|| CommitId::generate().to_string());
    let mut attempts = 0;
    let answer = loop {
        attempts += 1;
        match attempt(session, &args, &key).await {
            Err(Error::Save(SaveError::Append(source))) if source.is_conflict() => {
                if attempts >= ATTEMPTS {
                    return Err(Error::Contended { attempts, source });
                }
            }
            answer => break answer?,
        }
    };
    session.out.print(&answer)
}

/// Loads both accounts, lets both decide, writes both or neither.
async fn attempt(session: &Session, args: &Transfer, key: &str) -> Result<Transferred, Error> {
    let accounts = &session.bank.accounts;
    let mut from = accounts.load(&args.from).await?;
    let mut to = accounts.load(&args.to).await?;
    let transfer = TransferId(key.into());
    let send = SendTransfer {
        account: args.from.clone(),
        transfer: transfer.clone(),
        to: args.to.clone(),
        amount: args.amount,
        currency: None,
    };
    let receive = ReceiveTransfer {
        account: args.to.clone(),
        transfer,
        from: args.from.clone(),
        amount: args.amount,
        currency: from.state().currency(),
    };
    let refusal = from
        .handle(send.clone())
        .map_err(|source| Error::refused(&args.from, source))
        .and_then(|()| {
            to.handle(receive.clone())
                .map_err(|source| Error::refused(&args.to, source))
        });
    let expected = [
        (&args.from, AccountCommand::Send(send)),
        (&args.to, AccountCommand::Receive(receive)),
    ];
    // A repetition decides on newer balances, so it may be refused: the earlier commit is the answer.
    if let Err(refusal) = refusal {
        return match accounts
            .store()
            .find_commit(CommitId::from_key(key))
            .await?
        {
            Some(found) => earlier(&found, expected, args, key),
            None => Err(refusal),
        };
    }
    let written = UnitOfWork::new()
        .idempotency_key(key)
        .metadata(session.metadata.clone())
        .with(&mut from)
        .with(&mut to)
        .commit(accounts.store(), accounts.format())
        .await;
    match written {
        Ok(committed) => Ok(Transferred::new(args, key, committed.duplicate)),
        Err(SaveError::Append(AppendError::CommitIdReused { .. })) => {
            Err(Error::KeyReused(key.into()))
        }
        Err(error) => Err(error.into()),
    }
}

/// The answer to a repeated transfer, if the earlier commit was this transfer.
fn earlier(
    found: &FoundCommit,
    expected: [(&AccountId, AccountCommand); 2],
    args: &Transfer,
    key: &str,
) -> Result<Transferred, Error> {
    let mut same = found.events.len() == expected.len();
    for (recorded, (account, command)) in found.events.iter().zip(expected) {
        let stream = stream_id::<Account>(account).map_err(eventsourcing::LoadError::from)?;
        let events = recorded.decode::<AccountEvent>(&Json)?.into_vec();
        same &= recorded.stream == stream && events == command.into_events().as_slice();
    }
    if same {
        Ok(Transferred::new(args, key, true))
    } else {
        Err(Error::KeyReused(key.into()))
    }
}

/// A transfer that has been made.
#[derive(Debug, Serialize)]
struct Transferred {
    done: &'static str,
    from: AccountId,
    to: AccountId,
    amount: Minor,
    transfer: String,
    duplicate: bool,
}

impl Transferred {
    fn new(args: &Transfer, key: &str, duplicate: bool) -> Self {
        Self {
            done: "transferred",
            from: args.from.clone(),
            to: args.to.clone(),
            amount: args.amount,
            transfer: key.into(),
            duplicate,
        }
    }
}

impl fmt::Display for Transferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            done,
            amount,
            from,
            to,
            transfer,
            ..
        } = self;
        write!(
            f,
            "{done} {amount} from account {from} to account {to}: transfer {transfer}"
        )?;
        if self.duplicate {
            f.write_str(" (done before, under the same key)")?;
        }
        Ok(())
    }
}
