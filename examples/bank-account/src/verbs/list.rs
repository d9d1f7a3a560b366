//! `list`: all accounts, in the order in which they were opened.

use std::fmt;

use eventsourcing::{Aggregate, EventStore, Filter, Position, Version, aggregate_id};
use serde::Serialize;

use crate::domain::{Account, AccountEvent, AccountId, Currency, Minor, Status};
use crate::error::Error;
use crate::session::Session;

/// Accounts per page of the log, so that any number of them takes the same memory.
const PAGE: usize = 500;

pub(super) async fn run(session: &mut Session) -> Result<(), Error> {
    let openings = Filter::all()
        .category(Account::NAME)
        .event_type(AccountEvent::OPENING);
    let (mut after, mut count) = (Position::START, 0_u64);
    loop {
        let store = session.bank.accounts.store();
        let page = store.read_all(after, &openings, PAGE).await?;
        for event in &page.events {
            let id = aggregate_id::<Account>(&event.stream)?;
            let root = session.bank.account(&id, None).await?;
            if count == 0 {
                session.out.note(&heading())?;
            }
            session.out.print(&Listed {
                account: id,
                status: root.state().status(),
                balance: root.state().balance(),
                currency: root.state().currency(),
                version: root.version(),
                owner: root.state().owner().into(),
            })?;
            count += 1;
        }
        after = page.next;
        if after >= page.head {
            break;
        }
    }
    let plural = if count == 1 { "" } else { "s" };
    session.out.note(&format!("{count} account{plural}"))
}

/// One line of the list.
#[derive(Debug, Serialize)]
struct Listed {
    account: AccountId,
    status: Status,
    balance: Minor,
    currency: Currency,
    version: Version,
    owner: String,
}

fn heading() -> String {
    format!(
        "{:<12} {:<7} {:>17} {:<3} {:>7}  owner",
        "account", "status", "balance", "", "events"
    )
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<12} {:<7} {:>17} {} {:>7}  {}",
            self.account.0,
            self.status,
            self.balance,
            self.currency,
            self.version.get(),
            self.owner
        )
    }
}
