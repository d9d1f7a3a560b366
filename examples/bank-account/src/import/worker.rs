//! Booking the rows of some accounts, in file order.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use eventsourcing::{AppendError, AsOf, Metadata, Outcome, Repository, SaveError, Version};
use tokio::sync::mpsc;

use super::progress::Progress;
use super::reconcile::Ledger;
use super::report::{Rejected, Tally};
use super::row::Row;
use crate::bank::Bank;
use crate::domain::{AccountCommand, AccountId, Currency, OpenAccount, Overdraft, RefuseBooking};
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
    /// Transactions that were refused when they first came: should one come again and be booked, it counts then.
    refused: HashSet<String>,
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
            refused: HashSet::new(),
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
                Booked::No { reason } => self.reject(&row, reason).await,
            }
            self.progress.row_done();
        }
        Ok((self.tally, self.ledgers))
    }

    /// Opens the row's account, unless it has been.
    async fn open(&mut self, row: &Row) -> Result<(), Error> {
        if self.ledgers.contains_key(&row.account) {
            return Ok(());
        }
        let key = format!("statement-open-{}", row.account);
        let command = AccountCommand::Open(OpenAccount {
            account: row.account.clone(),
            owner: format!("holder of {}", row.account),
            currency: self.currency,
            overdraft: Overdraft::Unlimited,
        });
        let metadata = self.metadata.clone();
        match self.bank.execute(command, Some(key), metadata).await {
            // Refused if it was opened by hand, reused if by an import in another currency. The row finds out what that
            // means for it.
            Ok(_) | Err(Error::Refused { .. } | Error::KeyReused(_)) => {
                self.ledgers.insert(row.account.clone(), Ledger::default());
                Ok(())
            }
            Err(error) => Err(error),
        }
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
            Err(Error::Refused { source, .. }) => {
                let reason = format!("the account {source}");
                if source.depends_on_balance() {
                    self.refuse(row, reason.clone()).await?;
                }
                reason
            }
            Err(Error::RefusedBefore { reason }) => reason,
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

    /// Makes a refusal last, under the row's own key: a later run must not come to another result because the account
    /// has more money by then.
    async fn refuse(&self, row: &Row, reason: String) -> Result<(), Error> {
        let command = AccountCommand::Refuse(RefuseBooking {
            account: row.account.clone(),
            transaction: row.transaction.clone(),
            reason,
        });
        let key = row.idempotency_key();
        let refused = self.bank.execute(command, Some(key), self.metadata.clone());
        refused.await.map(drop)
    }

    async fn count(&mut self, row: &Row, version: Version, duplicate: bool) -> Result<(), Error> {
        if duplicate {
            self.tally.already_imported += 1;
        } else {
            self.tally.applied += 1;
        }
        if row.repeated && !self.refused.remove(&row.transaction) {
            // It is counted.
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
        if let Some(ledger) = self.ledgers.get_mut(&row.account) {
            if !ledger.has_start() {
                // Where the account stood before the file's first row of it.
                let before = AsOf::Version(Version::new(version.get().saturating_sub(1)));
                let root = self.bank.accounts.load_at(&row.account, before).await?;
                ledger.start(root.state().balance());
            }
            let booked = if credit { amount } else { -amount };
            ledger.add(row.day, booked, row.balance);
        }
        Ok(())
    }

    async fn reject(&mut self, row: &Row, reason: String) {
        if !row.repeated {
            self.refused.insert(row.transaction.clone());
        }
        if let Some(ledger) = self.ledgers.get_mut(&row.account) {
            ledger.add(row.day, 0, row.balance);
        }
        // Nobody listens any more only after another failure, which is the one to report.
        let _ = self.findings.send(Rejected::refused(row, reason)).await;
    }
}
