//! A domain of one aggregate, and events that make it panic.

use eventsourcing::{Aggregate, Apply, Command, Context, Event, Events, Handle, events};
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Deposited {
    pub(super) cents: u64,
}

/// Applying it panics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Exploded {}

/// Decoding it panics.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Unreadable {}

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("decoding panics, as the test wants it")
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(super) enum AccountEvent {
    #[es(name = "account.deposited")]
    Deposited(Deposited),
    #[es(name = "account.exploded")]
    Exploded(Exploded),
    #[es(name = "account.unreadable")]
    Unreadable(Unreadable),
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = u64, event = AccountEvent, error = std::convert::Infallible)]
pub(super) struct Account {
    pub(super) cents: u64,
    pub(super) deposits: u64,
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.cents += event.cents;
        self.deposits += 1;
    }
}

impl Apply<Exploded> for Account {
    fn apply(&mut self, _: Exploded) {
        panic!("applying panics, as the test wants it")
    }
}

impl Apply<Unreadable> for Account {
    fn apply(&mut self, _: Unreadable) {}
}

#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub(super) struct Deposit {
    #[es(id)]
    pub(super) account: u64,
    pub(super) cents: u64,
}

impl Handle<Deposit> for Account {
    fn handle(
        &self,
        command: Deposit,
        _: &Context,
    ) -> Result<Events<AccountEvent>, std::convert::Infallible> {
        // Two events, so that a torn commit would show.
        let cents = command.cents;
        Ok(events![Deposited { cents }, Deposited { cents }])
    }
}
