//! Case 27: `via` with a function of another shape.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1(v1::Opened, via = lift)))]
    Opened(Opened),
}

mod v1 {
    #[derive(serde::Deserialize)]
    pub struct Opened {}
}

fn lift(_: u8) -> Opened {
    Opened {}
}

fn main() {}
