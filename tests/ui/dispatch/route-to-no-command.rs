//! A command enum with a struct that is handled, but no command.

use eventsourcing::{Aggregate, Apply, Command, Context, Event, Events, Handle};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Event)]
#[es(name = "opened")]
struct Opened {}

#[derive(Default, Aggregate)]
#[es(name = "account", id = String, event = Opened, error = String)]
struct Account {}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: Opened) {}
}

struct Open {}

impl Handle<Open> for Account {
    fn handle(&self, _: Open, _: &Context) -> Result<Events<Opened>, String> {
        Ok(Events::none())
    }
}

#[derive(Command)]
#[es(aggregate = Account)]
enum AccountCommand {
    Open(Open),
}

fn main() {}
