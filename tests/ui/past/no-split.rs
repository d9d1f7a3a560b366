//! Case 35.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(split(name = "account.moved", v1 = v1::Moved, into(Opened)))]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

mod v1 {
    #[derive(serde::Deserialize)]
    pub struct Moved {}
}

fn main() {}
