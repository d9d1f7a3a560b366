//! Case 28.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1(v1::Opened, by = lift)))]
    Opened(Opened),
    #[es(name = "account.added", version = 2, from(v1(v1::Added, vai = lift)))]
    Added(Added),
}

fn main() {}
