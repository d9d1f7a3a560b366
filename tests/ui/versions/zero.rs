//! Case 14.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 0)]
    Opened(Opened),
}

fn main() {}
