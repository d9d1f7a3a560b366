//! Case 26: the error of a `TryFrom` step must implement `Error`.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = v1::Opened))]
    Opened(Opened),
}

mod v1 {
    #[derive(serde::Deserialize)]
    pub struct Opened {}
}

impl TryFrom<v1::Opened> for Opened {
    type Error = String;
    fn try_from(_: v1::Opened) -> Result<Self, String> {
        Ok(Self {})
    }
}

fn main() {}
