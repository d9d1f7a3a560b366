//! `turnover`: what came in and went out, by month.

use std::fmt;
use std::ops::Bound;

use serde::Serialize;

use crate::args::Turnover as Args;
use crate::domain::Month;
use crate::domain::money::decimal;
use crate::error::Error;
use crate::read::fresh;
use crate::read::turnover::{MonthlyTurnover, TURNOVER, Turnover};
use crate::session::Session;
use crate::store::Store;

pub(super) async fn run(session: &mut Session, store: &Store, args: Args) -> Result<(), Error> {
    let fresh = fresh(&session.bank, store, MonthlyTurnover).await?;
    // No currency comes before the empty text, and none has a code behind `ZZZ`.
    let months = match args.month {
        Some(month) => (
            Bound::Included((month, String::new())),
            Bound::Included((month, "ZZZ".into())),
        ),
        None => (Bound::Unbounded, Bound::Unbounded),
    };
    let mut any = false;
    for row in fresh.view.range(&TURNOVER, months)? {
        let ((month, currency), moved) = row?;
        if !any {
            session.out.note(&heading())?;
        }
        any = true;
        session.out.print(&Line {
            month,
            moved,
            net: moved.credit_sum - moved.debit_sum,
            currency,
        })?;
    }
    if !any {
        session.out.note("nothing moved")?;
    }
    super::caveat(session, fresh.caveat.as_ref())
}

/// A month in one currency.
#[derive(Debug, Serialize)]
struct Line {
    month: Month,
    #[serde(flatten)]
    moved: Turnover,
    net: i128,
    currency: String,
}

fn heading() -> String {
    format!(
        "{:<7} {:>8} {:>18} {:>8} {:>18} {:>18}",
        "month", "credits", "in", "debits", "out", "net"
    )
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Turnover {
            credits,
            credit_sum,
            debits,
            debit_sum,
        } = self.moved;
        write!(
            f,
            "{:<7} {credits:>8} {:>18} {debits:>8} {:>18} {:>18} {}",
            self.month,
            decimal(credit_sum),
            decimal(debit_sum),
            decimal(self.net),
            self.currency
        )
    }
}
