//! Case 85: `from` and `version` misspelt, each one error: what is not given then is no mistake of its own.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}
#[derive(Serialize, Deserialize)]
struct Charged {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, form(v1 = v1::Opened))]
    Opened(Opened),
    #[es(name = "account.added", versoin = 2, from(v1 = v1::Added), write = 1)]
    Added(Added),
    #[es(name = "account.charged", version = 2, from(w1 = v1::Charged))]
    Charged(Charged),
}

fn main() {}
