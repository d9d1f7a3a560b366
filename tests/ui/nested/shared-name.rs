//! Case 11.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct FeeCharged {}
#[derive(Clone, Serialize, Deserialize)]
struct Charged {}

#[derive(Clone, Event)]
enum FeeEvent {
    #[es(name = "fee.charged")]
    Charged(Charged),
}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "fee.charged")]
    Charged(FeeCharged),
    #[es(nested)]
    Fee(FeeEvent),
}

fn main() {}
