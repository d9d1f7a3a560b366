//! Booking the rows of some accounts, in file order.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use eventsourcing::{
    AppendError, AsOf, CommitId, Metadata, Outcome, Repository, SaveError, Version,
};
use tokio::sync::mpsc;

use super::progress::Progress;
use super::reconcile::Ledger;
use super::report::{Rejected, Tally};
use super::row::Row;
use crate::bank::Bank;
use crate::domain::{AccountCommand, AccountId, Currency, OpenAccount, Overdraft};
use crate::error::Error;

/// The accounts of a statement, each with its running balance.
pub(super) type Ledgers = HashMap<AccountId, Ledger>;

/// Works off the rows of the accounts that are its own.
pub(super) struct Worker {
    bank: Bank,
    currency: Currency,
    metadata: Metadata,
    findings: mpsc::Sender<Rejected>,
    progress: Arc<Progress>,
    tally: Tally,
    ledgers: Ledgers,
    opened: HashSet<AccountId>,
    /// Transactions of this file that are counted, so that a row that stands there twice counts once.
    counted: HashSet<CommitId>,
}

/// What became of a row.
enum Booked {
    /// It stands in the log now, its event at this version.
    Yes {
        version: Version,
        duplicate: bool,
    },
    No {
        reason: String,
    },
}

impl Worker {
    pub(super) fn new(
        bank: Bank,
        currency: Currency,
        metadata: Metadata,
        findings: mpsc::Sender<Rejected>,
        progress: Arc<Progress>,
    ) -> Self {
        Self {
            bank,
            currency,
            metadata,
            findings,
            progress,
            tally: Tally::default(),
            ledgers: Ledgers::default(),
            opened: HashSet::new(),
            counted: HashSet::new(),
        }
    }

    /// Works until there are no more rows. An error is the store's: nothing more can be booked.
    pub(super) async fn work(
        mut self,
        mut rows: mpsc::Receiver<Row>,
    ) -> Result<(Tally, Ledgers), Error> {
        while let Some(row) = rows.recv().await {
            self.open(&row).await?;
            match self.book(&row).await? {
                Booked::Yes { version, duplicate } => self.count(&row, version, duplicate).await?,
                Booked::No { reason } => self.reject(&row, reason).await?,
            }
            self.progress.row_done();
        }
        Ok((self.tally, self.ledgers))
    }

    /// Opens the row's account, unless it has been.
    async fn open(&mut self, row: &Row) -> Result<(), Error> {
        if self.opened.contains(&row.account) {
            return Ok(());
        }
        let key = format!("statement-open-{}", row.account);
        let command = AccountCommand::Open(OpenAccount {
            account: row.account.clone(),
            owner: format!("holder of {}", row.account),
            currency: self.currency,
            overdraft: Overdraft::Unlimited,
        });
        match self.bank.execute(command, Some(key), self.metadata.clone()).await {
            Ok(_)
            // Opened by hand, or closed since; or by an import in another currency. The row finds out what that means.
            | Err(Error::Refused { .. } | Error::KeyReused(_)) => {}
            Err(error) => return Err(error),
        }
        self.opened.insert(row.account.clone());
        Ok(())
    }

    async fn book(&self, row: &Row) -> Result<Booked, Error> {
        let (command, key) = (row.command(self.currency), row.idempotency_key());
        let reason = match self
            .bank
            .execute(command, Some(key), self.metadata.clone())
            .await
        {
            Ok(Outcome {
                version, duplicate, ..
            }) => return Ok(Booked::Yes { version, duplicate }),
            Err(Error::Refused { source, .. }) => format!("the account {source}"),
            Err(Error::KeyReused(_)) => {
                "the transaction id was used before with other content".into()
            }
            Err(Error::Save(SaveError::Append(
                error @ (AppendError::TooLarge { .. } | AppendError::InvalidInput { .. }),
            ))) => error.to_string(),
            Err(error) => return Err(error),
        };
        Ok(Booked::No { reason })
    }

    async fn count(&mut self, row: &Row, version: Version, duplicate: bool) -> Result<(), Error> {
        if duplicate {
            self.tally.already_imported += 1;
        } else {
            self.tally.applied += 1;
        }
        if !self
            .counted
            .insert(CommitId::from_key(&row.idempotency_key()))
        {
            return Ok(());
        }
        let amount = i128::from(row.amount.get());
        let credit = row.kind.is_credit();
        if credit {
            self.tally.credits += 1;
            self.tally.credit_sum += amount;
        } else {
            self.tally.debits += 1;
            self.tally.debit_sum += amount;
        }
        let before = Version::new(version.get().saturating_sub(1));
        let booked = if credit { amount } else { -amount };
        let ledger = self.ledger(row, before).await?;
        ledger.add(row.day, booked, row.balance);
        Ok(())
    }

    async fn reject(&mut self, row: &Row, reason: String) -> Result<(), Error> {
        let root = self.bank.accounts.load(&row.account).await?;
        let version = root.version();
        let ledger = self.ledger(row, version).await?;
        ledger.add(row.day, 0, row.balance);
        // Nobody listens any more only after another failure, which is the one to report.
        let _ = self.findings.send(Rejected::refused(row, reason)).await;
        Ok(())
    }

    /// The account's ledger. It starts at the balance the account had before the file's first row of it.
    async fn ledger(&mut self, row: &Row, before: Version) -> Result<&mut Ledger, Error> {
        Ok(match self.ledgers.entry(row.account.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let as_of = AsOf::Version(before);
                let root = self.bank.accounts.load_at(&row.account, as_of).await?;
                entry.insert(Ledger::new(root.state().balance()))
            }
        })
    }
}
