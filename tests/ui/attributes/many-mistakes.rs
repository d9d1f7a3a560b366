//! One page of errors: all mistakes of an item, and no trait errors after them.

use eventsourcing::{Aggregate, Apply, Event};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}

#[derive(Clone, Event)]
#[es(retired(name = "account.moved"))]
enum AccountEvent {
    #[es(name = "Opened", version = 2)]
    Opened(Opened),
    Closed,
}

#[derive(Default, Aggregate)]
#[es(name = "account", id = String, event = AccountEvent, error = String)]
struct Account {}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: Opened) {}
}

fn main() {}
