//! Case 42.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(retired(name = "account.moved", versions = 1.., reason = "unused"))]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

fn main() {}
