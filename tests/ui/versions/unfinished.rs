//! Case 29: while typing; the rest of the item still works.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = ))]
    Opened(Opened),
}

fn still_an_event_set() -> impl Event {
    AccountEvent::from(Opened {})
}

fn main() {}
