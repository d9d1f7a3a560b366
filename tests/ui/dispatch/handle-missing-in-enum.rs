//! Case 64 for a routed command: told once, at the command itself.

use eventsourcing::{Aggregate, Apply, Command, Context, Event, Events, Handle};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}
#[derive(Clone, Serialize, Deserialize)]
struct Deposited {}
#[derive(Clone, Serialize, Deserialize)]
struct Withdrawn {}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
    #[es(name = "account.deposited")]
    Deposited(Deposited),
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
}

#[derive(Default, Aggregate)]
#[es(name = "account", id = String, event = AccountEvent, error = String)]
struct Account {}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: Opened) {}
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, _: Deposited) {}
}

impl Apply<Withdrawn> for Account {
    fn apply(&mut self, _: Withdrawn) {}
}

#[derive(Command)]
#[es(aggregate = Account)]
struct Deposit {
    #[es(id)]
    account: String,
}

#[derive(Command)]
#[es(aggregate = Account)]
enum AccountCommand {
    Deposit(Deposit),
    Close(Close),
}

#[derive(Command)]
#[es(aggregate = Account)]
struct Close(#[es(id)] String);

impl Handle<Deposit> for Account {
    fn handle(&self, _: Deposit, _: &Context) -> Result<Events<AccountEvent>, String> {
        Ok(Events::none())
    }
}

fn main() {}
