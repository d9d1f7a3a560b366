//! Case 18.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 3, from(v2 = v2::Opened))]
    Opened(Opened),
}

mod v2 {
    #[derive(serde::Deserialize)]
    pub struct Opened {}
}

fn main() {}
