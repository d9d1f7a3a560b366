//! Case 23.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 3, from(v2 = _, v1 = _))]
    Opened(Opened),
}

fn main() {}
