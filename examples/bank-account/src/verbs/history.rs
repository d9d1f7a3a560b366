//! `history`: everything that happened to an account, as a bank statement.

use std::fmt;

use eventsourcing::{
    Aggregate, CommitId, Decoded, Json, RecordedEvent, Skipped, StreamRange, Timestamp, Version,
    stream_id,
};
use serde::Serialize;

use crate::args::History;
use crate::domain::{Account, AccountError, AccountEvent, Currency, Minor};
use crate::error::Error;
use crate::log::{StoredAs, Today, today};
use crate::output::{cut, seconds, signed};
use crate::session::Session;

pub(super) async fn run(session: &mut Session, args: History) -> Result<(), Error> {
    let accounts = session.bank.accounts.clone();
    let stream = stream_id::<Account>(&args.account).map_err(eventsourcing::LoadError::from)?;
    let mut reading = Reading {
        account: Account::initial(),
        long: args.long,
    };
    let mut range = StreamRange::all();
    loop {
        let page = eventsourcing::EventStore::read_stream(accounts.store(), &stream, range).await?;
        if page.head == Version::EMPTY {
            return Err(Error::refused(&args.account, AccountError::NotOpened));
        }
        if range.from == Version::FIRST {
            session.out.note(&heading())?;
        }
        for event in &page.events {
            for line in reading.lines(event)? {
                session.out.print(&line)?;
            }
        }
        match page.next {
            Some(next) => range = next,
            None => return Ok(()),
        }
    }
}

/// How far the statement has been written.
struct Reading {
    account: Account,
    long: bool,
}

impl Reading {
    /// The lines of one stored event: one, or one for each part of a split event.
    fn lines(&mut self, recorded: &RecordedEvent) -> Result<Vec<Line>, Error> {
        let line = |what, account: &Account| Line {
            version: recorded.version,
            time: recorded.recorded_at,
            what,
            amount: None,
            balance: account.balance(),
            currency: account.currency(),
            event: None,
            stored_as: None,
            retired: None,
            actor: recorded.metadata.actor.clone(),
            commit: recorded.commit_id,
            long: self.long,
        };
        let events = match recorded.decode::<AccountEvent>(&Json)? {
            Decoded::One(event) => vec![event],
            Decoded::Many(events) => events,
            Decoded::Skipped(skipped) => {
                let reason = match skipped {
                    Skipped::Retired(reason) => reason,
                    _ => "not read any more",
                };
                return Ok(vec![Line {
                    stored_as: StoredAs::of(recorded, None),
                    retired: Some(reason),
                    ..line(format!("retired: {reason}"), &self.account)
                }]);
            }
        };
        let mut lines = Vec::with_capacity(events.len());
        for event in events {
            let (what, amount) = (event.to_string(), event.booking());
            let today = today(&event, recorded)?;
            self.account.evolve(event);
            lines.push(Line {
                amount,
                stored_as: StoredAs::of(recorded, Some(&today)),
                event: Some(today),
                ..line(what, &self.account)
            });
        }
        Ok(lines)
    }
}

/// One line of the statement.
#[derive(Debug, Serialize)]
struct Line {
    version: Version,
    #[serde(serialize_with = "crate::output::as_text")]
    time: Timestamp,
    what: String,
    #[serde(serialize_with = "as_signed", skip_serializing_if = "Option::is_none")]
    amount: Option<(bool, Minor)>,
    balance: Minor,
    currency: Currency,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    event: Option<Today>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_as: Option<StoredAs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    commit: CommitId,
    #[serde(skip)]
    long: bool,
}

// The signature is serde's.
#[allow(clippy::ref_option)]
fn as_signed<S: serde::Serializer>(
    amount: &Option<(bool, Minor)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let signed = amount.map(|(credit, amount)| {
        let minor = i128::from(amount.get());
        if credit { minor } else { -minor }
    });
    signed.serialize(serializer)
}

/// Width of the text column.
const WHAT: usize = 54;

fn heading() -> String {
    format!(
        "{:>7}  {:<20}  {:<WHAT$}  {:>14}  {:>18}",
        "version", "time", "what", "amount", "balance"
    )
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.amount.map(|(credit, amount)| signed(credit, amount));
        write!(
            f,
            "{:>7}  {:<20}  {:<WHAT$}  {:>14}  {:>14} {}",
            self.version.get(),
            seconds(self.time).to_string(),
            cut(&self.what, WHAT),
            amount.unwrap_or_default(),
            self.balance,
            self.currency,
        )?;
        if let Some(stored_as) = &self.stored_as {
            write!(f, "  {stored_as}")?;
        }
        if self.long {
            let what = if self.what.chars().count() > WHAT {
                &self.what
            } else {
                ""
            };
            let actor = self.actor.as_deref().unwrap_or("-");
            write!(f, "\n{:>7}  by {actor}, commit {}", "", self.commit)?;
            if !what.is_empty() {
                write!(f, "\n{:>7}  {what}", "")?;
            }
        }
        Ok(())
    }
}
