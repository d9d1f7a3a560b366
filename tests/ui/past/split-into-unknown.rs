//! Case 38.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Withdrawn {}

#[derive(Event)]
#[es(split(name = "account.moved", v1 = v1::Moved, into(Withdraw, Sent, Withdrawn)))]
enum AccountEvent {
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
}

fn main() {}
