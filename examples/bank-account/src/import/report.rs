//! What an import prints.

use std::cmp::Ordering;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::reconcile::Drift;
use super::row::{BadRow, Row};
use crate::domain::money::decimal;
use crate::domain::{AccountId, Currency, Day, Minor};

/// A row that was not booked.
#[derive(Debug, Serialize)]
pub(super) struct Rejected {
    #[serde(rename = "rejected_line")]
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    reason: String,
}

impl Rejected {
    pub(super) fn unreadable(line: u64, reason: &BadRow) -> Self {
        Self {
            line,
            transaction: None,
            account: None,
            reason: reason.to_string(),
        }
    }

    pub(super) fn refused(row: &Row, reason: String) -> Self {
        Self {
            line: row.line,
            transaction: Some(row.transaction.clone()),
            account: Some(row.account.clone()),
            reason,
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} rejected: ", self.line)?;
        if let (Some(transaction), Some(account)) = (&self.transaction, &self.account) {
            write!(f, "transaction {transaction}, account {account}: ")?;
        }
        f.write_str(&self.reason)
    }
}

/// An account that leaves the bank's balance at the end of a day.
#[derive(Debug, Serialize)]
pub(super) struct DriftNote {
    #[serde(rename = "drift_of_account")]
    account: AccountId,
    first_day: Day,
    running_balance: i128,
    bank_balance: Minor,
    difference: i128,
    days: u64,
    last_difference: i128,
    currency: Currency,
}

impl DriftNote {
    /// How many are shown unless all are asked for.
    pub(super) const FEW: usize = 5;

    pub(super) fn new(account: AccountId, drift: &Drift, currency: Currency) -> Self {
        Self {
            account,
            first_day: drift.first_day,
            running_balance: drift.running,
            bank_balance: drift.bank,
            difference: drift.running - i128::from(drift.bank.get()),
            days: drift.days,
            last_difference: drift.last_difference,
            currency,
        }
    }

    /// By first day, then by account.
    pub(super) fn in_order(&self, other: &Self) -> Ordering {
        let by_day = self.first_day.cmp(&other.first_day);
        by_day.then_with(|| self.account.cmp(&other.account))
    }
}

impl fmt::Display for DriftNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.days == 1 { "day" } else { "days" };
        write!(
            f,
            "account {} leaves the bank's balance on {}: {} here, {} there (off by {}; on {} {plural}, at last by {})",
            self.account,
            self.first_day,
            decimal(self.running_balance),
            self.bank_balance,
            decimal(self.difference),
            self.days,
            decimal(self.last_difference),
        )
    }
}

/// Counts and sums; the sums are wider than any single amount, so they cannot overflow.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) rows: u64,
    pub(super) applied: u64,
    pub(super) already_imported: u64,
    pub(super) rejected: u64,
    pub(super) accounts: u64,
    pub(super) credits: u64,
    pub(super) credit_sum: i128,
    pub(super) debits: u64,
    pub(super) debit_sum: i128,
    pub(super) balances: i128,
}

impl Tally {
    /// Adds what a worker counted.
    pub(super) fn add(&mut self, other: &Self) {
        self.applied += other.applied;
        self.already_imported += other.already_imported;
        self.credits += other.credits;
        self.credit_sum += other.credit_sum;
        self.debits += other.debits;
        self.debit_sum += other.debit_sum;
    }
}

/// The last line of an import.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    imported: String,
    rows: u64,
    applied: u64,
    already_imported: u64,
    rejected: u64,
    accounts: u64,
    credits: u64,
    credit_sum: i128,
    debits: u64,
    debit_sum: i128,
    balance_sum: i128,
    currency: Currency,
    drifting_accounts: usize,
}

impl Summary {
    pub(super) fn new(file: &Path, currency: Currency, tally: &Tally, drifting: usize) -> Self {
        Self {
            imported: file.display().to_string(),
            rows: tally.rows,
            applied: tally.applied,
            already_imported: tally.already_imported,
            rejected: tally.rejected,
            accounts: tally.accounts,
            credits: tally.credits,
            credit_sum: tally.credit_sum,
            debits: tally.debits,
            debit_sum: tally.debit_sum,
            balance_sum: tally.balances,
            currency,
            drifting_accounts: drifting,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sum = |name: &str, count: u64, sum: i128| {
            writeln!(
                f,
                "{name:<9} {count:>9}  {:>20} {}",
                decimal(sum),
                self.currency
            )
        };
        sum("credits", self.credits, self.credit_sum)?;
        sum("debits", self.debits, self.debit_sum)?;
        sum("accounts", self.accounts, self.balance_sum)?;
        writeln!(
            f,
            "{:<9} {:>9}  accounts leave the bank's end-of-day balance",
            "drift", self.drifting_accounts
        )?;
        write!(
            f,
            "{:<9} {:>9}  {} applied, {} imported before, {} rejected",
            "rows", self.rows, self.applied, self.already_imported, self.rejected
        )
    }
}
