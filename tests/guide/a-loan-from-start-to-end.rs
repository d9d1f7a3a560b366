use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use eventsourcing::{
    Aggregate, Apply, Command, Context, Correlation, Event, EventSourced, Events, Handle, MemoryStore, ProcessContext,
    ProcessManager, Reaction, Repository, events,
};
use serde::{Deserialize, Serialize};

// the guide

use super::run_it::Desk;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lent { pub loan: u64, pub book: String, pub member: String, pub kind: String }
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Returned { pub loan: u64 }
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Borrowed { pub loan: u64 }
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reminded { pub book: String }
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Left {}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Began { pub book: String, pub member: String }
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refused { pub reason: String }

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "book", id = String, event = BookEvent, error = String)]
pub struct Book { pub lent: Option<u64> }

impl Apply<Lent> for Book { fn apply(&mut self, e: Lent) { self.lent = Some(e.loan) } }
impl Apply<Returned> for Book { fn apply(&mut self, _: Returned) { self.lent = None } }

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[es(aggregate = Book)]
pub struct Lend { #[es(id)] pub book: String, pub loan: u64, pub member: String, pub kind: String }

impl Handle<Lend> for Book {
    fn handle(&self, c: Lend, _: &Context) -> Result<Events<BookEvent>, String> {
        if let Some(loan) = self.lent { return Err(format!("it is lent, loan {loan}")) }
        Ok(events![Lent { loan: c.loan, book: c.book, member: c.member, kind: c.kind }])
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Book)]
pub struct TakeBack { #[es(id)] pub book: String, pub loan: u64 }

impl Handle<TakeBack> for Book {
    fn handle(&self, c: TakeBack, _: &Context) -> Result<Events<BookEvent>, String> {
        if self.lent != Some(c.loan) { return Err(format!("it is not lent, loan {}", c.loan)) }
        Ok(events![Returned { loan: c.loan }])
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "member", id = String, event = MemberEvent, error = String)]
pub struct Member { pub loans: Vec<u64>, pub reminded: Vec<String>, pub left: bool }

impl Apply<Borrowed> for Member { fn apply(&mut self, e: Borrowed) { self.loans.push(e.loan) } }
impl Apply<Reminded> for Member { fn apply(&mut self, e: Reminded) { self.reminded.push(e.book) } }
impl Apply<Left> for Member { fn apply(&mut self, _: Left) { self.left = true } }

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Member)]
pub struct Borrow { #[es(id)] pub member: String, pub loan: u64 }

impl Handle<Borrow> for Member {
    fn handle(&self, c: Borrow, _: &Context) -> Result<Events<MemberEvent>, String> {
        if self.left { return Err(format!("{} has left", c.member)) }
        Ok(events![Borrowed { loan: c.loan }])
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Member)]
pub struct Remind { #[es(id)] pub member: String, pub book: String }

impl Handle<Remind> for Member {
    fn handle(&self, c: Remind, _: &Context) -> Result<Events<MemberEvent>, String> {
        if self.left { return Err(format!("{} has left", c.member)) }
        Ok(events![Reminded { book: c.book }])
    }
}

#[derive(Debug, Clone, Command)]
#[es(aggregate = Member)]
pub struct Leave { #[es(id)] pub member: String }

impl Handle<Leave> for Member {
    fn handle(&self, _: Leave, _: &Context) -> Result<Events<MemberEvent>, String> {
        Ok(events![Left {}])
    }
}

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The process of a library that lends novels only.
pub(super) fn loans() -> Loans {
    Loans { days: BTreeMap::from([("novel", 14)]) }
}

pub(super) fn desk(log: &MemoryStore) -> Desk {
    Desk { books: EventSourced::new(log.clone()), members: EventSourced::new(log.clone()) }
}

/// A novel is lent.
pub(super) fn lend(loan: u64, book: &str, member: &str) -> Lend {
    Lend { book: book.into(), loan, member: member.into(), kind: "novel".into() }
}

pub(super) async fn borrowed(desk: &Desk, member: &str) -> Result<Vec<u64>, eventsourcing::LoadError> {
    Ok(desk.members.load(&member.to_owned()).await?.into_state().loans)
}

pub(super) async fn reminders(desk: &Desk, member: &str) -> Result<Vec<String>, eventsourcing::LoadError> {
    Ok(desk.members.load(&member.to_owned()).await?.into_state().reminded)
}
