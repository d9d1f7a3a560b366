//! Case 39.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(split(name = "account.opened", v1 = v1::Moved, into(Opened)), split(name = "account.begun", v1 = v1::Begun, into(Opened)))]
enum AccountEvent {
    #[es(name = "account.opened", was = "account.begun")]
    Opened(Opened),
}

fn main() {}
