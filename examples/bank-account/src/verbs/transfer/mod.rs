//! `transfer`: two accounts, one commit; or, if asked for, in steps.

mod in_steps;

use std::fmt;

use eventsourcing::{
    AppendError, CommitId, EventStoreExt, FoundCommit, Json, Metadata, Repository, SaveError,
    UnitOfWork, stream_id,
};
use serde::Serialize;

use crate::args::Transfer;
use crate::bank::{Accounts, Bank};
use crate::domain::{
    Account, AccountCommand, AccountEvent, AccountId, Minor, ReceiveTransfer, SendTransfer,
    TransferId,
};
use crate::error::Error;
use crate::session::Session;
use crate::store::Store;

/// How often a transfer is decided anew when one of its accounts has changed meanwhile.
const ATTEMPTS: u32 = 16;

pub(super) async fn run(session: &mut Session, store: &Store, args: Transfer) -> Result<(), Error> {
    // Without a key of the user's the transfer gets one of its own: its id, by which both halves know each other.
    let given = session.idempotency_key.clone();
    let key = given.unwrap_or_else(|| CommitId::generate().to_string());
    let answer = if args.in_steps {
        in_steps::run(session, store, &args, &key).await?
    } else {
        transfer(&session.bank, &args, &key, &session.metadata).await?
    };
    session.out.print(&answer)
}

async fn transfer(
    bank: &Bank,
    args: &Transfer,
    key: &str,
    metadata: &Metadata,
) -> Result<Transferred, Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match attempt(&bank.accounts, args, key, metadata).await {
            Err(Error::Save(SaveError::Append(source))) if source.is_conflict() => {
                if attempts >= ATTEMPTS {
                    return Err(Error::Contended { attempts, source });
                }
            }
            answer => return answer,
        }
    }
}

/// Loads both accounts, lets both decide, writes both or neither.
async fn attempt(
    accounts: &Accounts,
    args: &Transfer,
    key: &str,
    metadata: &Metadata,
) -> Result<Transferred, Error> {
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
        .metadata(metadata.clone())
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

#[cfg(test)]
mod tests {
    use eventsourcing::MemoryStore;
    use tokio::task::JoinSet;

    use super::*;
    use crate::domain::{Currency, Deposit, Note, OpenAccount, Overdraft};

    /// Transfers both ways between two accounts at once: all of them meet conflicts, none of them is lost or doubled.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn transfers_that_collide_are_decided_again() -> Result<(), Error> {
        let bank = Bank::new(MemoryStore::new());
        for id in ["a", "b"] {
            let account = AccountId(id.into());
            let open = OpenAccount {
                account: account.clone(),
                owner: id.into(),
                currency: Currency::Eur,
                overdraft: Overdraft::default(),
            };
            let deposit = Deposit {
                account,
                amount: Minor::new(100),
                currency: None,
                note: Note::default(),
            };
            for command in [AccountCommand::Open(open), AccountCommand::Deposit(deposit)] {
                bank.execute(command, None, Metadata::new()).await?;
            }
        }
        let mut transfers = JoinSet::new();
        for number in 0..8 {
            let (from, to) = if number % 4 == 0 {
                ("b", "a")
            } else {
                ("a", "b")
            };
            let args = Transfer {
                from: AccountId(from.into()),
                to: AccountId(to.into()),
                amount: Minor::new(7),
                in_steps: false,
            };
            let bank = bank.clone();
            transfers.spawn(async move {
                let key = format!("t{number}");
                transfer(&bank, &args, &key, &Metadata::new()).await
            });
        }
        for transferred in transfers.join_all().await {
            assert!(!transferred?.duplicate);
        }
        let mut balances = Vec::new();
        for id in ["a", "b"] {
            let root = bank.account(&AccountId(id.into()), None).await?;
            balances.push((root.state().balance().get(), root.version().get()));
        }
        assert_eq!(balances, [(100 - 4 * 7, 10), (100 + 4 * 7, 10)]);
        Ok(())
    }
}
