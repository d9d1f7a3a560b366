//! A command names its aggregate. Its handler is not complained about.

use eventsourcing::{Aggregate, Apply, Command, Context, Event, Events, Handle, events};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Event)]
#[es(name = "account.opened")]
struct Opened {}

#[derive(Default, Aggregate)]
#[es(name = "account", id = String, event = Opened, error = String)]
struct Account {}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: Opened) {}
}

#[derive(Command)]
struct Deposit {
    #[es(id)]
    account: String,
}

impl Handle<Deposit> for Account {
    fn handle(&self, _: Deposit, _: &Context) -> Result<Events<Opened>, String> {
        Ok(events![Opened {}])
    }
}

#[derive(Command)]
#[es(aggregate = Account)]
enum AccountCommand {
    Deposit(Deposit),
}

fn main() {
    let deposit = Deposit { account: "1".to_owned() };
    assert_eq!(deposit.target(), "1");
}
