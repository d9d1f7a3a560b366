//! Case 72.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}

#[derive(Event)]
enum AccountEvent {
    #[es(nmae = "account.opened")]
    Opened(Opened),
    #[es(colour = "red", name = "account.added")]
    Added(Added),
}

fn main() {}
