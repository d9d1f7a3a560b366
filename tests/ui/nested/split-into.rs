//! A split into a nested set.

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
#[es(split(name = "account.moved", v1 = u8, into(Opened, Fee)))]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
    #[es(nested)]
    Fee(FeeEvent),
}

fn main() {}
