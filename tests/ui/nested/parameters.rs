//! A set with parameters and a nested set.

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
enum AccountEvent<T> {
    #[es(name = "account.opened")]
    Opened(Vec<T>),
    #[es(nested)]
    Fee(FeeEvent),
}

fn main() {}
