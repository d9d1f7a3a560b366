//! Case 75.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(crate = eventsourcing)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

fn main() {}
