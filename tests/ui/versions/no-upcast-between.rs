//! Case 25: a conversion that skips a version does not help.

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

impl From<v1::Opened> for Opened {
    fn from(_: v1::Opened) -> Self {
        Self {}
    }
}

impl From<v2::Opened> for Opened {
    fn from(_: v2::Opened) -> Self {
        Self {}
    }
}

fn main() {}
