//! Case 61, for an event of a nested set.

use eventsourcing::{Aggregate, Apply, Event};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}
#[derive(Clone, Serialize, Deserialize)]
struct Charged {}

#[derive(Clone, Event)]
enum FeeEvent {
    #[es(name = "fee.charged")]
    Charged(Charged),
}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
    #[es(nested)]
    Fee(FeeEvent),
}

#[derive(Default, Aggregate)]
#[es(name = "account", id = String, event = AccountEvent, error = String)]
struct Account {}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: Opened) {}
}

fn main() {}
