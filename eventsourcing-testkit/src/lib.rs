//! Tests for domains and for stores of the [`eventsourcing`] toolkit.
//!
//! # Testing a domain
//!
//! [`given`] some history, when a command comes, then these events follow. No store, no runtime: the aggregate's own
//! functions are called, and every event passes through its payload format and the read path, upcasts included.
//!
//! ```
//! use eventsourcing::{Aggregate, Apply, Command, Context, Event, Events, FormatId, Handle, events};
//! use eventsourcing_testkit::given;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! pub struct Deposited { pub cents: u64 }
//! #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! pub struct Withdrawn { pub cents: u64 }
//!
//! #[derive(Debug, Clone, PartialEq, Event)]
//! pub enum AccountEvent {
//!     #[es(name = "account.deposited", was = "account.money-added")]
//!     Deposited(Deposited),
//!     #[es(name = "account.withdrawn")]
//!     Withdrawn(Withdrawn),
//! }
//!
//! #[derive(Debug, PartialEq)]
//! pub enum AccountError { InsufficientFunds }
//!
//! #[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
//! #[es(name = "account", id = u64, event = AccountEvent, error = AccountError)]
//! pub struct Account { balance: u64 }
//!
//! impl Apply<Deposited> for Account { fn apply(&mut self, e: Deposited) { self.balance += e.cents } }
//! impl Apply<Withdrawn> for Account { fn apply(&mut self, e: Withdrawn) { self.balance -= e.cents } }
//!
//! #[derive(Debug, Clone, Command)]
//! #[es(aggregate = Account)]
//! pub struct Withdraw { #[es(id)] pub account: u64, pub cents: u64 }
//!
//! impl Handle<Withdraw> for Account {
//!     fn handle(&self, cmd: Withdraw, _: &Context) -> Result<Events<AccountEvent>, AccountError> {
//!         if cmd.cents > self.balance { return Err(AccountError::InsufficientFunds) }
//!         Ok(events![Withdrawn { cents: cmd.cents }])
//!     }
//! }
//!
//! // A history, a command, and what follows.
//! given::<Account>()
//!     .event(Deposited { cents: 500 })
//!     .when(Withdraw { account: 7, cents: 200 })
//!     .then([AccountEvent::Withdrawn(Withdrawn { cents: 200 })])
//!     .then_state(|account| account.balance == 300);
//!
//! // A refusal.
//! given::<Account>()
//!     .when(Withdraw { account: 7, cents: 1 })
//!     .then_error(AccountError::InsufficientFunds);
//!
//! // What was stored years ago, in its bytes.
//! given::<Account>()
//!     .stored("account.money-added", 1, FormatId::JSON, br#"{"cents":42}"#)
//!     .then_state(|account| account.balance == 42);
//! ```
//!
//! Time stands still at [`ManualClock::START`] unless [`Given::at`] moves it; a repository takes a [`ManualClock`].
//!
//! # Testing read models and process managers
//!
//! [`projected`]: given events, then these rows. The log is folded as in a program, and again in ways that must make no difference: event by
//! event, and with every commit lost once. [`given_process`]: given an instance of a process manager, when an event happens, a
//! timer is due or a command is refused, then these commands, events and timers follow; the same ones whenever it is asked.
//!
//! A whole process with its timers runs on a clock that the test moves: the same [`ManualClock`] for the log, for each repository and for
//! the runner.
//!
//! ```
//! # use std::convert::Infallible;
//! # use eventsourcing::{
//! #     Aggregate, Apply, Command, Context, Correlation, Event, Events, Handle, ProcessContext, ProcessManager, Reaction, events,
//! # };
//! # use serde::{Deserialize, Serialize};
//! use std::{sync::Arc, time::Duration};
//! use eventsourcing::{EventSourced, MemoryStore, ProjectionRunner, ReadModels, Repository, RepositoryExt};
//! use eventsourcing_testkit::ManualClock;
//! # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! # struct Lent {}
//! # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
//! # struct Reminded {}
//! # #[derive(Debug, Clone, PartialEq, Event)]
//! # enum BookEvent { #[es(name = "book.lent")] Lent(Lent), #[es(name = "book.reminded")] Reminded(Reminded) }
//! # #[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
//! # #[es(name = "book", id = u64, event = BookEvent, error = Infallible)]
//! # struct Book { reminders: u32 }
//! # impl Apply<Lent> for Book { fn apply(&mut self, _: Lent) {} }
//! # impl Apply<Reminded> for Book { fn apply(&mut self, _: Reminded) { self.reminders += 1 } }
//! # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
//! # #[es(aggregate = Book)]
//! # struct Lend { #[es(id)] book: u64 }
//! # impl Handle<Lend> for Book {
//! #     fn handle(&self, _: Lend, _: &Context) -> Result<Events<BookEvent>, Infallible> { Ok(events![Lent {}]) }
//! # }
//! # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
//! # #[es(aggregate = Book)]
//! # struct Remind { #[es(id)] book: u64 }
//! # impl Handle<Remind> for Book {
//! #     fn handle(&self, _: Remind, _: &Context) -> Result<Events<BookEvent>, Infallible> { Ok(events![Reminded {}]) }
//! # }
//! # #[derive(Debug, Clone, PartialEq, Event)]
//! # enum DeskEvent { #[es(name = "desk.began")] Began(Lent) }
//! # #[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
//! # #[es(name = "desk", id = u64, event = DeskEvent, error = Infallible)]
//! # struct Loan {}
//! # impl Apply<Lent> for Loan { fn apply(&mut self, _: Lent) {} }
//! # struct Desk;
//! # const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
//! # impl ProcessManager for Desk {
//! #     type State = Loan;
//! #     type View = BookEvent;
//! #     type Command = Remind;
//! #     type Error = std::num::ParseIntError;
//! #     fn correlate(&self, event: &BookEvent, cx: &ProcessContext<'_>) -> Correlation<u64> {
//! #         let book = cx.event().and_then(|event| event.stream.id().parse().ok());
//! #         match (event, book) {
//! #             (BookEvent::Lent(_), Some(book)) => Correlation::Start(book),
//! #             _ => Correlation::Ignore,
//! #         }
//! #     }
//! #     fn react(&self, _: &Loan, _: BookEvent, cx: &ProcessContext<'_>) -> Result<Reaction<Self>, Self::Error> {
//! #         Ok(Reaction::none().timer("overdue", cx.now() + MONTH))
//! #     }
//! #     fn on_timer(&self, _: &Loan, _: &str, cx: &ProcessContext<'_>) -> Result<Reaction<Self>, Self::Error> {
//! #         Ok(Reaction::none().command(Remind { book: cx.instance().parse()? }))
//! #     }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::default();
//! let log = MemoryStore::with_clock(Arc::new(clock.clone()));
//! let books = EventSourced::<Book, _>::new(log.clone()).clock(Arc::new(clock.clone()));
//! let processes = ProjectionRunner::new(log, ReadModels::in_memory())
//!     .clock(Arc::new(clock.clone()))
//!     .add_process(Desk, books.clone())
//!     .idle()?;
//!
//! books.execute(Lend { book: 7 }).await?;
//! processes.catch_up().await?;                        // sets the timer
//! clock.advance(MONTH);
//! processes.catch_up().await?;                        // it is due now
//! assert_eq!(books.load(&7).await?.state().reminders, 1);
//! # Ok(()) }
//! ```
//!
//! # Testing a store
//!
//! The [`contract`] suite is what every store keeps; [`contract_tests!`] mounts it on a [`Fixture`](contract::Fixture) in
//! ten lines. How, and what each part of it proves: [`stores`].
//!
//! What happens when many calls meet is for [`history`]: it records them and checks afterwards that one order explains all.
//!
//! # Breaking the machine
//!
//! [`faults`] has what tests of stores share that break something: a short and a long form, a tally of losses, and in
//! [`faults::kill`] a loop that kills a program of yours and looks for everything it had acknowledged.

pub mod adversarial;
mod clock;
pub mod contract;
pub mod faults;
pub mod history;
pub mod read_models;
mod scenario;
#[doc = include_str!("../doc/stores.md")]
pub mod stores {}

pub use crate::clock::ManualClock;
pub use crate::scenario::{
    Folded, Given, GivenProcess, Projected, Reacted, Then, When, given, given_process, projected,
};
