//! Case 71: an old generation is for reading only.

use eventsourcing::{Context, Event, Events, Json, NewEvent, events};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {
    owner: String,
}

mod v1 {
    #[derive(serde::Deserialize)]
    pub struct Opened {}
}

impl From<v1::Opened> for Opened {
    fn from(_: v1::Opened) -> Self {
        Opened { owner: String::new() }
    }
}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = v1::Opened))]
    Opened(Opened),
}

fn decide(_: &Context) -> Events<AccountEvent> {
    events![v1::Opened {}]
}

fn main() {
    let _ = NewEvent::encode(&v1::Opened {}, &Json);
}
