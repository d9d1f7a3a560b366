//! Case 13.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}
#[derive(Clone, Serialize, Deserialize)]
struct Closed {}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened", id = -1)]
    Opened(Opened),
    #[es(name = "account.closed", id = 5_000_000_000)]
    Closed(Closed),
}

fn main() {}
