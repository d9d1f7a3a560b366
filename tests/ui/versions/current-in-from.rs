//! Case 20.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = _, v2 = _))]
    Opened(Opened),
}

fn main() {}
