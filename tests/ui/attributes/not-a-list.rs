//! Case 74.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}

#[derive(Event)]
enum AccountEvent {
    #[es]
    Opened(Opened),
    #[es = "account.added"]
    Added(Added),
}

fn main() {}
