//! The same set in two variants.

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
    #[es(nested)]
    Fee(FeeEvent),
    #[es(nested)]
    Charge(FeeEvent),
}

fn main() {}
