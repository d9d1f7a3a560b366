//! Case 17.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 3)]
    Opened(Opened),
    #[es(name = "account.added", version = 2)]
    Added(Added),
}

fn main() {}
