//! A command enum with a command to another aggregate.

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

#[derive(Default, Aggregate)]
#[es(name = "door", id = String, event = Opened, error = String)]
struct Door {}

impl Apply<Opened> for Door {
    fn apply(&mut self, _: Opened) {}
}

#[derive(Command)]
#[es(aggregate = Door)]
struct Open(#[es(id)] String);

impl Handle<Open> for Door {
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
