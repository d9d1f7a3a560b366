//! Case 3: what a name may hold.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}
#[derive(Serialize, Deserialize)]
struct Closed {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "Bank Account Opened")]
    Opened(Opened),
    #[es(name = "account..added")]
    Added(Added),
    #[es(name = "-")]
    Closed(Closed),
}

fn main() {}
