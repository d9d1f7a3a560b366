//! The accounts of one store, and how commands reach them.

use std::sync::Arc;

use eventsourcing::{
    AsOf, Command, EventSourced, EventStore, ExecuteOptions, LoadError, Metadata, Outcome,
    Repository, RepositoryExt, Root, SnapshotStore, Version,
};

use crate::domain::dormancy::Dormancy;
use crate::domain::transfer::Transfer;
use crate::domain::{
    Account, AccountCommand, AccountError, AccountEvent, AccountId, BookingRefused,
};
use crate::error::Error;

/// The repository, over whichever store was opened.
pub(crate) type Accounts = EventSourced<Account, Arc<dyn EventStore>>;

/// Transfers in steps.
pub(crate) type Transfers = EventSourced<Transfer, Arc<dyn EventStore>>;

/// The accounts of one store.
#[derive(Clone)]
pub(crate) struct Bank {
    pub(crate) accounts: Accounts,
    pub(crate) transfers: Transfers,
    /// When accounts are dormant, where the process runs that marks them.
    pub(crate) dormancy: Dormancy,
}

impl Bank {
    /// Accounts that are loaded again and again stay in memory, up to this many.
    const CACHED: usize = 10_000;
    const SNAPSHOT_EVERY: u64 = 100;

    pub(crate) fn new<S: EventStore + SnapshotStore + Clone>(store: S) -> Self {
        let snapshots = Arc::new(store.clone());
        let store: Arc<dyn EventStore> = Arc::new(store);
        let transfers = EventSourced::new(store.clone());
        let accounts = EventSourced::new(store)
            .cached(Self::CACHED)
            .snapshots_in(snapshots, Self::SNAPSHOT_EVERY);
        Self {
            accounts,
            transfers,
            dormancy: Dormancy::default(),
        }
    }

    /// Executes a command, once per key. A key that named another command before is an error, never a silent success.
    pub(crate) async fn execute(
        &self,
        command: AccountCommand,
        idempotency_key: Option<String>,
        metadata: Metadata,
    ) -> Result<Outcome<Account>, Error> {
        let account = command.target().clone();
        let options = ExecuteOptions {
            idempotency_key: idempotency_key.clone(),
            metadata,
            ..ExecuteOptions::default()
        };
        let reused = || Error::KeyReused(idempotency_key.clone().unwrap_or_default());
        match self.accounts.execute_with(command.clone(), options).await {
            Ok(outcome)
                if outcome.duplicate && outcome.events != command.into_events().as_slice() =>
            {
                match outcome.events.into_iter().next() {
                    Some(AccountEvent::BookingRefused(BookingRefused { reason, .. })) => {
                        Err(Error::RefusedBefore { reason })
                    }
                    _ => Err(reused()),
                }
            }
            Ok(outcome) => Ok(outcome),
            Err(eventsourcing::ExecuteError::Load(LoadError::OtherStream { .. })) => Err(reused()),
            Err(error) => Err(Error::of(&account, error)),
        }
    }

    /// An account that exists, as it is or as it was.
    pub(crate) async fn account(
        &self,
        id: &AccountId,
        as_of: Option<AsOf>,
    ) -> Result<Root<Account>, Error> {
        let root = match as_of {
            None => self.accounts.load(id).await?,
            Some(as_of) => match self.accounts.load_at(id, as_of).await {
                Err(LoadError::VersionBeyondHead { head, .. }) if head == Version::EMPTY => {
                    return Err(Error::refused(id, AccountError::NotOpened));
                }
                loaded => loaded?,
            },
        };
        if root.exists() {
            return Ok(root);
        }
        // Not there, or only not yet?
        match as_of {
            Some(as_of) if self.accounts.exists(id).await? => Err(Error::NotYet {
                account: id.clone(),
                when: match as_of {
                    AsOf::Version(version) => format!("version {version}"),
                    AsOf::Time(time) => time.to_string(),
                },
            }),
            _ => Err(Error::refused(id, AccountError::NotOpened)),
        }
    }
}
