//! `transfers`: how far they have come.

use std::fmt;

use eventsourcing::{ReadModelError, Timestamp, under};
use serde::Serialize;

use crate::args::Transfers as Args;
use crate::domain::{AccountId, Currency, Minor, TransferId};
use crate::error::{Error, one_line};
use crate::output::{Printer, amount_of, seconds};
use crate::read::transfers::{BY_ACCOUNT, BY_BEGINNING, Stage, TRANSFERS, Transfer, TransferList};
use crate::read::{Fresh, fresh};
use crate::session::Session;
use crate::store::Store;

pub(super) async fn run(session: &mut Session, store: &Store, args: Args) -> Result<(), Error> {
    let Fresh { view, caveat } = fresh(&session.bank, store, TransferList).await?;
    match args.account {
        Some(account) => print(
            &mut session.out,
            view.by_index(&TRANSFERS, &BY_ACCOUNT, under(account))?,
        ),
        None => print(
            &mut session.out,
            view.by_index(&TRANSFERS, &BY_BEGINNING, ..)?,
        ),
    }?;
    super::caveat(session, caveat.as_ref())
}

fn print(
    out: &mut Printer,
    rows: impl Iterator<Item = Result<(TransferId, Transfer), ReadModelError>>,
) -> Result<(), Error> {
    let (mut count, mut waiting) = (0, 0_u64);
    for row in rows {
        let (transfer, row) = row?;
        if count == 0 {
            out.note(&heading())?;
        }
        count += 1;
        waiting += u64::from(row.stage.is_waiting());
        out.print(&Line::new(transfer, row))?;
    }
    out.note(&amount_of(count, "transfer"))?;
    if waiting == 0 {
        return Ok(());
    }
    out.note(&format!(
        "{waiting} of them waiting: `projections catch-up` leads them on; `projections list` and `parked list transfer` show what is in the way"
    ))
}

/// A transfer.
#[derive(Debug, Serialize)]
struct Line {
    transfer: TransferId,
    from: AccountId,
    to: AccountId,
    amount: Minor,
    currency: Currency,
    in_steps: bool,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(serialize_with = "crate::output::as_text")]
    begun_at: Timestamp,
    #[serde(flatten)]
    since: Since,
}

/// When it has come to where it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Since {
    /// It is still to be led on.
    #[serde(serialize_with = "crate::output::as_text")]
    WaitingSince(Timestamp),
    #[serde(serialize_with = "crate::output::as_text")]
    EndedAt(Timestamp),
}

impl Line {
    fn new(transfer: TransferId, row: Transfer) -> Self {
        let since = if row.stage.is_waiting() {
            Since::WaitingSince(row.since)
        } else {
            Since::EndedAt(row.since)
        };
        let (state, reason) = match row.stage {
            Stage::Begun => ("begun", None),
            Stage::Sent => ("sent", None),
            Stage::Returning { reason } => ("returning", Some(reason)),
            Stage::Completed => ("completed", None),
            Stage::Refused { reason } => ("refused", Some(reason)),
            Stage::Returned { reason } => ("returned", Some(reason)),
        };
        Self {
            transfer,
            from: row.from,
            to: row.to,
            amount: row.amount,
            currency: row.currency,
            in_steps: row.in_steps,
            state,
            reason,
            begun_at: row.begun_at,
            since,
        }
    }
}

fn heading() -> String {
    format!(
        "{:<20}  {:<12} {:<12} {:>14} {:<3}  {:<36} state",
        "begun", "from", "to", "amount", "", "transfer"
    )
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<20}  {:<12} {:<12} {:>14} {}  {:<36} {}",
            seconds(self.begun_at).to_string(),
            self.from.0,
            self.to.0,
            self.amount,
            self.currency,
            self.transfer.0,
            self.state
        )?;
        if let Some(reason) = &self.reason {
            let who = if self.state == "refused" {
                "sender"
            } else {
                "receiver"
            };
            write!(f, ": the {who} {}", one_line(reason))?;
        }
        match self.since {
            Since::WaitingSince(time) => write!(f, ", waiting since {}", seconds(time)),
            Since::EndedAt(_) => Ok(()),
        }
    }
}
