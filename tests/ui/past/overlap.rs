//! Case 43.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(retired(name = "account.moved", versions = 1..=2, reason = "unused"), refused(name = "account.moved", versions = 2..=3, reason = "wrong"))]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

fn main() {}
