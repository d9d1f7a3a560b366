//! Case 1: an event without a stored name; the help takes its prefix from a sibling.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}

#[derive(Event)]
enum AccountEvent {
    Opened(Opened),
    #[es(name = "bank.account.money-added")]
    Added(Added),
}

fn main() {}
