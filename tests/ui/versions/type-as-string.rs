//! A type is written as a type.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = "v1::Opened"))]
    Opened(Opened),
}

fn main() {}
