//! Case 10, for every key that its events keep for themselves.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}
#[derive(Clone, Serialize, Deserialize)]
struct Charged {}

#[derive(Clone, Event)]
enum FeeEvent {
    #[es(name = "fee.charged")]
    Charged(Charged),
}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
    #[es(nested, name = "account.fee", was = "account.fees", version = 2, from(v1 = _), id = 7)]
    Fee(FeeEvent),
}

fn main() {}
