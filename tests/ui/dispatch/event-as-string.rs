//! Case 66: no complaints about what depends on it.

use eventsourcing::{Aggregate, Apply, Command, Context, Event, Events, Handle, events};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

#[derive(Default, Aggregate)]
#[es(name = "account", id = String, event = "AccountEvent", error = String)]
struct Account {}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: Opened) {}
}

#[derive(Command)]
#[es(aggregate = Account)]
struct Open(#[es(id)] String);

impl Handle<Open> for Account {
    fn handle(&self, _: Open, _: &Context) -> Result<Events<AccountEvent>, String> {
        Ok(events![Opened {}])
    }
}

fn main() {}
