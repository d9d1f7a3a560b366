//! Case 22: keys of `from` are `v1`, `v2`, ..

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(1 = _))]
    Opened(Opened),
    #[es(name = "account.added", version = 2, from(old = _))]
    Added(Added),
}

fn main() {}
