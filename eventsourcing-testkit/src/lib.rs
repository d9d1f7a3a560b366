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
