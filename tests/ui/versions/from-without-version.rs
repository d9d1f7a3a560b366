//! Case 21.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", from(v1 = _))]
    Opened(Opened),
}

fn main() {}
