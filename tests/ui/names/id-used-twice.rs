//! Case 12.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}
#[derive(Clone, Serialize, Deserialize)]
struct Closed {}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened", id = 7)]
    Opened(Opened),
    #[es(name = "account.closed", id = 7)]
    Closed(Closed),
}

fn main() {}
