//! Case 40: all that is missing.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(retired(name = "account.moved"), refused())]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

fn main() {}
