//! Case 24: no conversion from the last old version to the payload.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 3, from(v1 = v1::Opened, v2 = v2::Opened))]
    Opened(Opened),
}

mod v1 {
    #[derive(serde::Deserialize)]
    pub struct Opened {}
}

mod v2 {
    #[derive(serde::Deserialize)]
    pub struct Opened {}
}

impl From<v1::Opened> for v2::Opened {
    fn from(_: v1::Opened) -> Self {
        Self {}
    }
}

fn main() {}
