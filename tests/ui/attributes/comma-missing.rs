//! Case 86: a comma is missing, once: the entry behind it is read all the same.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(retired(name = "account.moved", versions = 1..=1 reason = "never used"))]
enum AccountEvent {
    #[es(name = "account.opened", version = 2 from(v1 = _))]
    Opened(Opened),
}

fn main() {}
